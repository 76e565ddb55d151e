"""Bad input: one line that says what is wrong, exit code 2 (3 for a failed capture), no
traceback, nothing on standard output, and an existing output file as it was."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.store import load

from .running import AS_NOBODY, Ended, docker, envaudit, inside

BEFORE = "what stood here before\n"
# Deeper than Python's own recursion goes.
DEEP = 5_000

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a good fingerprint, its baseline, and a comparison and a verdict."""
    directory = tmp_path_factory.mktemp("sound")
    for arguments in (
        ("snapshot", "-q", "-o", "a.json"),
        ("bless", "a.json", "-q", "-o", "base.json"),
        ("compare", "a.json", "a.json", "--format", "json", "-o", "comparison.json"),
        ("gate", "a.json", "--against", "base.json", "--format", "json", "-o", "verdict.json"),
    ):
        ended = envaudit(*arguments, cwd=directory)
        assert ended.code == 0, ended.err
    return directory


@pytest.fixture
def here(sound: Path, tmp_path: Path) -> Path:
    """A directory of the test's own with the same files, and an output file that exists."""
    for path in sound.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "out.json").write_text(BEFORE)
    os.utime(tmp_path / "out.json", ns=(1, 1))
    return tmp_path


@pytest.fixture
def public(here: Path) -> Iterator[Path]:
    """The same, where another user may enter and read but not write."""
    directory = Path(tempfile.mkdtemp(prefix="envaudit-test-"))
    for path in here.iterdir():
        shutil.copy2(path, directory)
    os.utime(directory / "out.json", ns=(1, 1))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def refused(ended: Ended, directory: Path, saying: str, code: int = 2) -> None:
    """The command ended as bad input must, and its line says why."""
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert len(ended.lines) == 1, ended.err
    assert ended.lines[0].startswith("envaudit: ")
    assert ended.lines[0].isprintable()
    assert saying in ended.lines[0]
    assert ended.code == code
    assert (directory / "out.json").read_text() == BEFORE
    assert (directory / "out.json").stat().st_mtime_ns == 1
    assert [name for name in os.listdir(directory) if name.startswith(".envaudit-")] == []


# -- files ------------------------------------------------------------------------------------


def changed(directory: Path, change: Callable[[str], str]) -> None:
    path = directory / "a.json"
    text = change(path.read_text())
    assert text != path.read_text()
    path.write_text(text)


def nested(directory: Path) -> None:
    (directory / "bad").write_text("[" * DEEP + "]" * DEEP)


def in_a_fact(directory: Path, value: str) -> None:
    """A sound document otherwise, so that what is refused is the value."""
    text = (directory / "a.json").read_text()
    (directory / "bad").write_text(text.replace('"facts": {', f'"facts": {{"x": {value},', 1))


def cut(directory: Path, size: int) -> None:
    (directory / "bad").write_bytes((directory / "a.json").read_bytes()[:size])


def edited(directory: Path, before: str, after: str) -> None:
    text = (directory / "a.json").read_text()
    assert before in text
    (directory / "bad").write_text(text.replace(before, after, 1))


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda d: None, "no such file"),
    "directory": (lambda d: (d / "bad").mkdir(), "is a directory"),
    "FIFO": (lambda d: os.mkfifo(d / "bad"), "is a named pipe"),
    "device": (lambda d: (d / "bad").symlink_to("/dev/zero"), "device"),
    "socket": (lambda d: socket_at(d / "bad"), "cannot be read"),
    "broken link": (lambda d: (d / "bad").symlink_to("nowhere"), "no such file"),
    "link to itself": (lambda d: (d / "bad").symlink_to("bad"), "too many levels"),
    "empty": (lambda d: (d / "bad").touch(), "is empty"),
    "blank": (lambda d: (d / "bad").write_text(" \n"), "is empty"),
    "binary": (lambda d: (d / "bad").write_bytes(bytes(range(256))), "is binary"),
    "not UTF-8": (lambda d: (d / "bad").write_bytes(b'{"kind": "\xff"}'), "is not UTF-8"),
    "not JSON": (lambda d: (d / "bad").write_text("[tool.envaudit]\n"), "is not JSON"),
    "truncated early": (lambda d: cut(d, 50), "is truncated"),
    "truncated in the middle": (lambda d: cut(d, 3000), "is truncated"),
    "truncated by one": (lambda d: cut(d, (d / "a.json").stat().st_size - 2), "is truncated"),
    "two documents": (
        lambda d: (d / "bad").write_text((d / "a.json").read_text() * 2), "is not JSON"),
    "a list": (lambda d: (d / "bad").write_text("[]"), "a list"),
    "a number": (lambda d: (d / "bad").write_text("1"), "a number"),
    "duplicate keys": (lambda d: in_a_fact(d, '1, "x": 2'), 'holds the key "x" twice'),
    "NaN": (lambda d: in_a_fact(d, "NaN"), "holds NaN"),
    "Infinity": (lambda d: in_a_fact(d, "-Infinity"), "holds -Infinity"),
    "huge float": (lambda d: in_a_fact(d, "1e999"), "too large"),
    "huge integer": (lambda d: in_a_fact(d, "9" * 100_000), "does not fit in 64 bits"),
    "deep": (nested, "nested deeper"),
    "deep in a fact": (lambda d: in_a_fact(d, "[" * DEEP + "]" * DEEP), "nested deeper"),
    "deep and cut": (lambda d: (d / "bad").write_text('{"a":' * DEEP), "nested deeper"),
    "a comparison": (lambda d: shutil.copy(d / "comparison.json", d / "bad"), "comparison"),
    "a verdict": (lambda d: shutil.copy(d / "verdict.json", d / "bad"), "verdict"),
    "no kind": (lambda d: (d / "bad").write_text('{"schema": "1.0"}'), "kind"),
    "newer major": (lambda d: edited(d, '"schema": "1.0"', '"schema": "2.0"'), "2.0"),
    "wrong digest": (lambda d: edited(d, '"digest": "sha256:', '"digest": "sha256:0'), "digest"),
    "changed by hand": (lambda d: edited(d, '"status": "ok"', '"status": "absent"'), "digest"),
    "wrong type": (lambda d: edited(d, '"sections": {', '"sections": [], "x": {'), "sections"),
    "unknown status": (lambda d: edited(d, '"status": "ok"', '"status": "fine"'), "status"),
}  # fmt: skip


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        directory = os.open(path.parent, os.O_RDONLY)
        try:  # by a short name: a socket's path holds 107 characters at most
            listener.bind(f"/proc/self/fd/{directory}/{path.name}")
        finally:
            os.close(directory)


@pytest.mark.parametrize("case", FILES)
def test_fingerprint_files(here: Path, case: str) -> None:
    make, saying = FILES[case]
    make(here)
    for arguments in (
        ("compare", "bad", "a.json", "-o", "out.json"),
        ("compare", "a.json", "bad", "--format", "json"),
        ("snapshot", "bad", "-o", "out.json"),
        ("gate", "bad", "--against", "base.json", "-o", "out.json"),
        ("bless", "bad", "-o", "out.json"),
    ):
        ended = inside(*arguments, cwd=here)
        refused(ended, here, saying)
        assert "bad" in ended.err


@pytest.mark.parametrize("case", FILES)
def test_baseline_files(here: Path, case: str) -> None:
    """A gate whose baseline cannot be accepted passes nothing."""
    make, saying = FILES[case]
    shutil.move(here / "a.json", here / "fingerprint.json")
    shutil.copy(here / "base.json", here / "a.json")  # what the cases spoil
    make(here)
    ended = inside("gate", "fingerprint.json", "--against", "bad", "-o", "out.json", cwd=here)
    refused(ended, here, saying)


class TestOfAnotherKind:
    def test_a_fingerprint_as_the_baseline(self, here: Path) -> None:
        ended = envaudit("gate", "a.json", "--against", "a.json", cwd=here)
        refused(ended, here, "is a fingerprint, not a baseline")

    def test_a_baseline_as_a_fingerprint(self, here: Path) -> None:
        ended = envaudit("compare", "base.json", "a.json", cwd=here)
        # Either is good: to compare with what was blessed, or to say that it is a baseline.
        if ended.code != 0:
            refused(ended, here, "is a baseline, not a fingerprint")

    def test_too_large(self, here: Path) -> None:
        with (here / "bad").open("w") as file:
            file.truncate(1 << 40)  # sparse
        ended = envaudit("compare", "bad", "a.json", cwd=here)
        refused(ended, here, "larger than")

    @root_only
    def test_a_file_that_may_not_be_read(self, public: Path) -> None:
        (public / "a.json").chmod(0)
        ended = envaudit("compare", "a.json", "a.json", cwd=public, program=AS_NOBODY)
        refused(ended, public, "permission denied")


# -- targets ----------------------------------------------------------------------------------

TARGETS = {
    "": "the target is empty",
    "docker:": "needs a name after the colon",
    "image:": "needs a name after the colon",
    "pid:": "needs a name after the colon",
    "rootfs:": "needs a name after the colon",
    "pid:abc": "takes a process number",
    "pid:0": "takes a process number",
    "pid:-1": "takes a process number",
    "pid:1.5": "takes a process number",
    "pid:99999999999999999999": "takes a process number",
    "pid:\u0663": "takes a process number",
    "pid:2147483647": "no process 2147483647 here",
    "docker:a b": "no name of a container",
    "docker:../../version": "no name of a container",
    "docker:\x1b[31mx": "no name of a container",
    "image:-x": "no name of a container or image",
    "rootfs:/nonexistent": "no such directory or tar file",
    "rootfs:/dev/null": "is a device, not an archive",
    "image:/nonexistent": "no such image archive",
    "image:./nonexistent": "no such image archive",
    "image:nonexistent.tar": "no such image archive",
    "image:nonexistent.tar#a:1@x": "is no platform",
    "image:/dev/null": "is a device, not an archive",
    "/nonexistent/\x1b[31m": "no such file",
    "a\nb": "no such file",
}


@pytest.mark.parametrize("target", TARGETS)
def test_targets(here: Path, target: str) -> None:
    for arguments in (
        ("snapshot", target, "-o", "out.json"),
        ("compare", "a.json", target),
        ("gate", target, "--against", "base.json"),
        ("bless", target, "-o", "out.json"),
    ):
        refused(inside(*arguments, cwd=here), here, TARGETS[target])


def test_a_rootfs_that_is_no_tar(here: Path) -> None:
    (here / "noise.tar").write_bytes(b"not a tar at all" * 1000)
    ended = envaudit("snapshot", "rootfs:noise.tar", "-o", "out.json", cwd=here)
    refused(ended, here, "noise.tar: the archive is damaged")


def test_an_interpreter_that_is_none(here: Path) -> None:
    ended = envaudit("snapshot", "--python", "/nonexistent/python", "-o", "out.json", cwd=here)
    refused(ended, here, "--python /nonexistent/python: the interpreter named by --python does not")


def test_an_interpreter_that_is_a_shell(here: Path) -> None:
    """What starts the application may be named; which Python that is, is looked for."""
    ended = envaudit("snapshot", "--python", "/bin/sh", "-o", "new.json", cwd=here)
    assert ended.code == 0
    assert ended.err.startswith("envaudit: --python /bin/sh is no Python: taking /")
    assert load(here / "new.json").get("python.series") is not None
    quiet = envaudit("snapshot", "--python", "/bin/sh", "-q", "-o", "new.json", cwd=here)
    assert (quiet.code, quiet.err) == (0, "")


def test_an_interpreter_that_a_root_file_system_lacks(here: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    ended = envaudit(
        "snapshot", f"rootfs:{tmp_path}", "--python", "/opt/venv/bin/pyton", "-o", "out.json",
        cwd=here,
    )  # fmt: skip
    refused(ended, here, "--python /opt/venv/bin/pyton: the interpreter named by --python does not")


def test_exec_behind_other_options(here: Path) -> None:
    ended = envaudit("--debug", "exec", "-o", "out.json", "--", "echo", "ran", cwd=here)
    assert (ended.code, ended.out) == (2, "")
    assert ended.lines[-1] == (
        "envaudit: exec goes first: envaudit exec [-o FILE] -- COMMAND [ARG ...]"
    )
    assert (here / "out.json").read_text() == BEFORE


# -- the engine -------------------------------------------------------------------------------

UNREACHABLE = {
    "not running": ("unix:///nonexistent/docker.sock", "no container engine answers"),
    "a file": (f"unix://{__file__}", "no container engine answers"),
    "nobody listens": ("tcp://127.0.0.1:1", "no container engine answers"),
    "no name": ("tcp://", "no container engine answers"),
    "no host": ("tcp://nonexistent.invalid:2375", "no container engine answers"),
    "no port": ("tcp://127.0.0.1:99999999", "no container engine answers"),
    "words": ("not a host at all", "no container engine answers"),
    "another scheme": ("ftp://127.0.0.1", "no container engine answers"),
    "ssh": ("ssh://nobody@nonexistent.invalid", "no container engine answers"),
    "control characters": ("unix:///\x1b[31m", "no container engine answers"),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_no_engine(here: Path, case: str) -> None:
    host, saying = UNREACHABLE[case]
    for target in ("docker:any", "image:any") if case == "not running" else ("docker:any",):
        ended = envaudit("snapshot", target, "-o", "out.json", cwd=here, env={"DOCKER_HOST": host})
        refused(ended, here, saying)


def test_tls_without_certificates(here: Path) -> None:
    env = {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/x"}
    ended = envaudit("snapshot", "docker:any", "-o", "out.json", cwd=here, env=env)
    refused(ended, here, "no container engine answers")


@root_only
def test_no_permission_on_the_socket(public: Path) -> None:
    """A real one that is not ours to use, whatever engine runs here."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(public / "engine"))
        listener.listen()
        (public / "engine").chmod(0o600)
        for target in ("docker:any", "image:any"):
            ended = envaudit(
                "snapshot", target, "-o", "out.json", cwd=public, program=AS_NOBODY,
                env={"DOCKER_HOST": f"unix://{public}/engine"},
            )  # fmt: skip
            refused(ended, public, "no permission to use the container engine's socket")


class TestWithAnEngine:
    @pytest.fixture(autouse=True)
    def _engine(self, engine: None) -> None:
        """All of these ask one."""

    def test_an_unknown_container(self, here: Path) -> None:
        for command in (("snapshot",), ("compare", "a.json")):
            ended = envaudit(*command, "docker:envaudit-test-none", cwd=here)
            refused(ended, here, "no container 'envaudit-test-none'")

    def test_an_unknown_image(self, here: Path) -> None:
        ended = envaudit("snapshot", "image:envaudit-test-none:1", "-o", "out.json", cwd=here)
        refused(ended, here, "no image 'envaudit-test-none:1'")

    def test_a_reference_that_is_none(self, here: Path) -> None:
        ended = envaudit("snapshot", "image:UPPER//case::", "-o", "out.json", cwd=here)
        assert ended.code in (2, 3)
        refused(ended, here, "", code=ended.code)

    def test_captures_that_fail(self, here: Path, base_image: str) -> None:
        """The container exists and cannot be captured: 3, not 2."""
        name = "envaudit-test-paused"
        docker("rm", "--force", name, check=False)
        docker("run", "--detach", "--name", name, base_image, "sleep", "1000")
        try:
            for named in ("/nonexistent/python", "/usr/bin/pyton"):
                ended = envaudit(
                    "snapshot", f"docker:{name}", "--python", named, "-o", "out.json", cwd=here
                )
                refused(ended, here, f"{named} in docker:envaudit-test-paused", code=3)
            docker("pause", name)
            ended = envaudit("snapshot", f"docker:{name}", "-o", "out.json", cwd=here)
            refused(ended, here, "is paused", code=3)
            docker("unpause", name)
        finally:
            docker("rm", "--force", name)


# -- wrong usage --------------------------------------------------------------------------------

USAGE = {
    (): "Missing command",
    ("snapshoot",): "No such command 'snapshoot'",
    ("\x1b[31m",): "No such command",
    ("--nonsense",): "No such option: --nonsense",
    ("snapshot", "--nonsense"): "No such option: --nonsense",
    ("snapshot", "-o"): "requires an argument",
    ("snapshot", ".", "."): "unexpected extra argument",
    ("snapshot", "--integrity", "some"): "--integrity takes fast, full or off",
    ("snapshot", "--deadline", "soon"): "--deadline",
    ("snapshot", "--deadline", "0"): "--deadline takes seconds",
    ("snapshot", "--deadline", "-1"): "--deadline takes seconds",
    ("snapshot", "--deadline", "nan"): "--deadline takes seconds",
    ("snapshot", "--deadline", "inf"): "--deadline takes seconds",
    ("snapshot", "--key-file", "missing"): "missing: cannot be read: no such file",
    ("snapshot", "--key-file", "."): ".: is a directory",
    ("snapshot", "--key-file", "short"): "short: the key is shorter than 16 bytes",
    ("snapshot", "--key-file", "/dev/zero"): "/dev/zero: is a device",
    ("snapshot", "-o", "."): ".: cannot be written: is a directory",
    ("snapshot", "-o", "none/new.json"): "there is no directory none",
    ("snapshot", "-o", "a.json/new.json"): "a.json/new.json: cannot be written",
    ("snapshot", "-o", "x" * 300): "file name too long",
    ("compare",): "Missing argument 'A'",
    ("compare", "a.json"): "Missing argument 'B'",
    ("compare", "a.json", "a.json", "--format", "yaml"): "compare reports as one of",
    ("compare", "a.json", "a.json", "-o", "none/x"): "there is no directory none",
    ("bless",): "Missing",
    ("bless", "a.json"): "Missing option '-o'",
    ("gate", "a.json"): "Missing option '--against'",
    ("gate", "--against", "base.json"): "Missing argument",
    ("gate", "a.json", "--against", "base.json", "--format", "yaml"): "gate reports as one of",
    ("gate", "a.json", "--against", "base.json", "--policy", "missing"): "no such file",
    ("agent", "-o", "."): ".: is a directory",
    ("agent", "-o", "none/agent.pyz"): "none/agent.pyz",
    ("agent", "--compile-for", "/bin/ls"): "takes a Python 3 interpreter, which /bin/ls is not",
    ("agent", "--compile-for", "/bin/true"): "takes a Python 3 interpreter, which /bin/true is",
    ("agent", "--compile-for", "/bin/echo"): "takes a Python 3 interpreter, which /bin/echo is",
    ("agent", "--compile-for", "none/python3"): "none/python3: cannot be started",
}  # fmt: skip


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_usage(here: Path, arguments: tuple[str, ...]) -> None:
    (here / "short").write_text("fifteen bytes..\n")
    refused(inside(*arguments, cwd=here), here, USAGE[arguments])


@pytest.mark.parametrize("value", ["short", "fifteen bytes.."])
def test_a_short_key(here: Path, value: str) -> None:
    ended = inside("snapshot", "-o", "out.json", cwd=here, env={"ENVAUDIT_KEY": value})
    refused(ended, here, "ENVAUDIT_KEY: the key is shorter than 16 bytes")
    assert value not in ended.err.replace("shorter", "")


def test_a_key_file_that_is_not_there(here: Path) -> None:
    env = {"ENVAUDIT_KEY_FILE": "/nonexistent/key"}
    for arguments in (("snapshot",), ("compare", ".", "a.json"), ("bless", ".", "-o", "out.json")):
        refused(inside(*arguments, cwd=here, env=env), here, "/nonexistent/key")


@root_only
def test_a_directory_that_may_not_be_written(public: Path) -> None:
    for output in ("new.json", "out.json"):
        ended = envaudit("compare", "a.json", "a.json", "-o", output, cwd=public, program=AS_NOBODY)
        refused(ended, public, f"{output}: cannot be written")


def test_a_full_disk(here: Path) -> None:
    ended = envaudit("compare", "a.json", "a.json", "-o", "/dev/full", cwd=here)
    refused(ended, here, "no space left on device")


POLICIES = {
    "[gate]\nfial = ['env.*']\n": 'unknown key "fial"',
    "[gate\n": "is not TOML",
    "[gate]\nfail = 'env.*'\n": "must be a list of globs",
    "[gate]\nfail = ['env.[']\n": "env.[",
    "[gate]\nnot_compared = 'maybe'\n": "must be fail, warn or ignore",
    "[gate.leeway]\n'os.*' = 'tiny'\n": "must be a level",
    "[[gate.waivers]]\npath = 'os.*'\nreason = 'b'\nexpires = '31.12.2026'\n": "must be a date",
    "[[gate.waivers]]\npath = 'os.*'\nreason = 'b'\nexpires = '2026-13-01'\n": "must be a date",
    "[[gate.waivers]]\npath = 'os.*'\nreason = 'b'\n": "expires: is missing",
    "[[gate.waivers]]\npath = 'os.*'\nreason = ' '\nexpires = 2026-12-31\n": "must be a text",
    "gates = 1\n": "unknown key",
    "[env]\nshow = ['[a-z]*']\n": "only * and ? are wildcards",
    "": "has no table [gate]",
    "x = " + "[" * 5000 + "]" * 5000 + "\n": "is not TOML",
}


@pytest.mark.parametrize("policy", POLICIES, ids=POLICIES.values())
def test_policies(here: Path, policy: str) -> None:
    (here / "policy.toml").write_text(policy)
    command = ("gate", "a.json", "--against", "base.json", "-o", "out.json")
    refused(inside(*command, "--policy", "policy.toml", cwd=here), here, POLICIES[policy])
    if policy:
        # The same in the file that is found without being named.
        shutil.move(here / "policy.toml", here / "envaudit.toml")
        refused(inside(*command, cwd=here), here, POLICIES[policy])


def test_a_configuration_that_is_binary(here: Path) -> None:
    (here / "envaudit.toml").write_bytes(b"\xff\xfe")
    refused(envaudit("snapshot", "-o", "out.json", cwd=here), here, "is not UTF-8")


def test_the_first_mistake_is_told_before_the_capture(here: Path) -> None:
    """What is cheap and wrong is not found out after a minute of work."""
    (here / "policy.toml").write_text("[gate]\nfial = []\n")
    ended = envaudit(
        "gate", "docker:none", "--against", "base.json", "--policy", "policy.toml", cwd=here,
        env={"DOCKER_HOST": "unix:///nonexistent"},
    )  # fmt: skip
    refused(ended, here, "fial")


def test_debug_tells_where_and_still_ends_the_same(here: Path) -> None:
    ended = envaudit("--debug", "compare", "missing", "a.json", cwd=here)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.lines[-1] == "envaudit: missing: cannot be read: no such file or directory"
    assert any(line.endswith("InvalidInput") for line in ended.lines)
    assert json.loads((here / "a.json").read_text())["kind"] == "fingerprint"
