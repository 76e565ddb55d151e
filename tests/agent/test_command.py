"""The agent as it is run: by every Python, with every output, in every locked-down place."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.agent import command
from auditor.agent.command import Usage, parse, process_number
from auditor.agent.main import main
from auditor.agent.output import say
from auditor.capture import bundle
from auditor.model import UsageError

ROOT = Path(__file__).parents[2]
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
SUPPORTED = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
TOO_OLD = ["2.7", "3.6", "3.7"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "3"}
# The agent runs as the application's interpreter would: from its sources, without `site`.
FROM_SOURCE = "import sys; sys.path.insert(0, %r); from auditor.agent.__main__ import main; " % str(
    ROOT
)
FROM_SOURCE += "sys.exit(main())"


def pythons(series: str) -> list[Path]:
    return sorted(PYENV.glob(series + ".*/bin/python"))


def python(series: str) -> str:
    found = pythons(series)
    if not found:
        pytest.skip(f"pyenv has no Python {series} here")
    return str(found[-1])


def run(
    words: Sequence[str | Path], *, environ: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    options = {"stdin": subprocess.DEVNULL, "timeout": 120, "check": False, **options}
    if "stdout" not in options:
        options["capture_output"] = True
    command = [str(word) for word in words]
    return subprocess.run(command, env=environ or ENVIRONMENT, **options)  # noqa: PLW1510


@pytest.fixture
def agent(zipapp: Path) -> list[str]:
    """How the agent is started in these tests, up to its arguments."""
    return [sys.executable, "-I", "-S", "-B", str(zipapp)]


def assert_refused(result: subprocess.CompletedProcess[bytes], message: str, code: int = 2) -> None:
    assert result.stderr.decode() == f"envaudit: {message}\n"
    assert result.stdout == b""
    assert result.returncode == code


# -- every Python


@pytest.mark.parametrize("series", SUPPORTED)
@pytest.mark.parametrize("form", ["zipapp", "source"])
def test_every_supported_python(series: str, form: str, zipapp: Path, tmp_path: Path) -> None:
    executable = python(series)
    code = [str(zipapp)] if form == "zipapp" else ["-c", FROM_SOURCE]
    result = run([executable, "-I", "-S", "-B", *code, "snapshot"], cwd=tmp_path)
    assert result.returncode == 0
    (line,) = result.stderr.decode().splitlines()
    assert line.startswith("envaudit: ")
    assert " facts in 20 sections, " in line

    fingerprint = store.parse(result.stdout, "agent")
    sections = fingerprint.sections
    assert len(sections) == 20
    assert not [name for name, section in sections.items() if section.status.value == "error"]
    assert sections["python"].facts["series"] == series
    assert sections["python"].facts["executable"] == executable
    assert sections["env"].facts["OMP_NUM_THREADS"] == "3"
    assert sections["python"].facts["hash.algorithm"] in ("siphash24", "siphash13")
    assert os.listdir(tmp_path) == []


def rewritten(archive: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of the single file with each member changed, or left out."""
    copy = archive.with_name("changed.pyz")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return copy


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: None if name.startswith(bundle.PACKAGE) else content,
        lambda name, content: None if name.startswith("code/") else content,
        lambda name, content: b"\0" * len(content) if name.startswith("code/") else content,
    ],
    ids=["compiled code alone", "sources alone", "code of another Python"],
)
def test_compiled_code_is_used_where_it_fits(
    zipapp: Path, change: Callable[[str, bytes], bytes | None]
) -> None:
    result = run([sys.executable, "-I", "-S", rewritten(zipapp, change), "snapshot", "-q"])
    assert result.stderr == b""
    assert len(store.parse(result.stdout, "agent").sections) == 20


def test_compiled_for_several_pythons(tmp_path: Path) -> None:
    others = [python("3.9"), python("3.13")]
    contents = [bundle.zipapp([sys.executable, *order]) for order in (others, others[::-1])]
    assert contents[0] == contents[1]
    path = tmp_path / "envaudit.pyz"
    path.write_bytes(contents[0])
    with zipfile.ZipFile(path) as archive:
        compiled = [name for name in archive.namelist() if name.startswith("code/")]
    assert {"code/cpython-39", "code/cpython-313"} <= set(compiled)
    alone = rewritten(path, lambda n, c: None if n.startswith(bundle.PACKAGE) else c)
    for other in others:
        result = run([other, "-I", "-S", alone, "snapshot", "-q"])
        assert len(store.parse(result.stdout, "agent").sections) == 20


@pytest.mark.parametrize("series", SUPPORTED)
def test_compiled_for_each_python(series: str, tmp_path: Path) -> None:
    """It runs by its compiled code alone, and is the same when it is made again."""
    other = python(series)
    path = tmp_path / "envaudit.pyz"
    path.write_bytes(bundle.zipapp([other]))
    assert path.read_bytes() == bundle.zipapp([other])
    alone = rewritten(path, lambda n, c: None if n.startswith(bundle.PACKAGE) else c)
    result = run([other, "-I", "-S", alone, "snapshot", "-q"])
    assert result.stderr == b""
    assert len(store.parse(result.stdout, "agent").sections) == 20


def test_two_interpreters_of_one_series_compile_it_once(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.symlink_to(python("3.12"))
    path = tmp_path / "envaudit.pyz"
    path.write_bytes(bundle.zipapp([python("3.12"), str(other)]))
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert [name for name in names if name.startswith("code/")] == ["code/cpython-312"]


def test_a_compiler_that_is_none() -> None:
    for interpreter in ("/nonexistent/python", "/bin/false"):
        with pytest.raises(UsageError, match=f"^{interpreter}: "):
            bundle.zipapp([interpreter])


@pytest.mark.parametrize("series", TOO_OLD)
@pytest.mark.parametrize("arguments", [["snapshot"], [], ["--help"]])
def test_older_pythons_are_refused_with_one_line(
    series: str, arguments: list[str], zipapp: Path
) -> None:
    result = run([python(series), zipapp, *arguments])
    assert_refused(result, f"needs Python 3.8 or newer, this is {series}")


@pytest.mark.parametrize("form", ["zipapp", "source"])
@pytest.mark.parametrize("series", TOO_OLD)
def test_older_pythons_run_the_command_without_a_snapshot(
    series: str, form: str, zipapp: Path, tmp_path: Path
) -> None:
    agent = [zipapp] if form == "zipapp" else ["-B", ROOT / "auditor/agent/__main__.py"]
    start = [python(series), *agent, "exec", "-o", tmp_path / "x.json", "--"]
    result = run([*start, "sh", "-c", "echo ran $0; exit 7", "--"])
    assert (result.returncode, result.stdout) == (7, b"ran --\n")
    assert result.stderr.decode() == f"envaudit: needs Python 3.8 or newer, this is {series}\n"
    assert list(tmp_path.iterdir()) == []
    result = run([*start, "/does/not/exist"])
    assert (result.returncode, result.stdout) == (127, b"")
    assert result.stderr.decode().splitlines()[-1] == "envaudit: /does/not/exist cannot be started"
    assert run(start).returncode == 2


@pytest.mark.parametrize("series", TOO_OLD)
def test_older_pythons_are_refused_from_source(series: str) -> None:
    result = run([python(series), "-B", ROOT / "auditor/agent/__main__.py", "snapshot"])
    assert_refused(result, f"needs Python 3.8 or newer, this is {series}")


@pytest.mark.parametrize("series", TOO_OLD)
def test_the_sent_agent_refuses_older_pythons(series: str) -> None:
    """What is piped into a container: the program on the command line looks first."""
    program = bundle.bootstrap(0)
    result = run([python(series), "-B", "-c", program])
    assert result.stderr.decode() == f"envaudit: needs Python 3.8 or newer, this is {series}\n"
    assert result.stdout == b""


def test_as_a_module() -> None:
    result = run([sys.executable, "-m", "auditor.agent", "snapshot", "-q"], cwd=ROOT)
    assert result.returncode == 0
    assert result.stderr == b""
    assert store.parse(result.stdout, "agent").provenance.target == "."


def test_the_zipapp_is_one_file_that_starts_itself(zipapp: Path) -> None:
    assert zipapp.read_bytes().startswith(b"#!/usr/bin/env python3\nPK")
    assert bundle.zipapp() == zipapp.read_bytes()


def test_two_snapshots_of_one_place_agree(agent: list[str]) -> None:
    first, second = (
        store.parse(run([*agent, "snapshot"]).stdout, "agent").sections for _ in range(2)
    )
    for name in ("env", "python", "python.packages", "os", "native"):
        assert first[name].facts == second[name].facts


# -- arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no command given; this agent knows `snapshot` and `exec` (--help)"),
        (["compare"], "unknown command 'compare'; this agent knows `snapshot` and `exec` (--help)"),
        (["-x"], "unknown command '-x'; this agent knows `snapshot` and `exec` (--help)"),
        (["snapshot", "-o"], "-o needs a value"),
        (["snapshot", "--key-file"], "--key-file needs a value"),
        (["snapshot", "--wrong=secret"], "unknown option --wrong (--help lists them)"),
        (["snapshot", "--depth"], "unknown option --depth (--help lists them)"),
        (["snapshot", "a", "b"], "one target at a time, got a and b"),
        (["snapshot", "image:x"], "the agent alone captures `.` or `pid:N`, not 'image:x'"),
        (["snapshot", "--integrity", "no"], "--integrity takes fast, full or off, not 'no'"),
        (["snapshot", "--deadline", "soon"], "--deadline takes seconds, not 'soon'"),
        (["snapshot", "--deadline=-1"], "--deadline takes seconds, not '-1'"),
        (["snapshot", "--deadline=nan"], "--deadline takes seconds, not 'nan'"),
        (["snapshot", "--deadline=inf"], "--deadline takes seconds, not 'inf'"),
        (["snapshot", "pid:"], "pid: takes a process number, not ''"),
        (["snapshot", "pid:0"], "pid: takes a process number, not '0'"),
        (["snapshot", "pid:-1"], "pid: takes a process number, not '-1'"),
        (["snapshot", "pid:1/../2"], "pid: takes a process number, not '1/../2'"),
        (["snapshot", "pid:\u00b2"], "pid: takes a process number, not '\\xb2'"),
        (["snapshot", "pid:" + "9" * 30], "pid: takes a process number, not '" + "9" * 30 + "'"),
        (["snapshot", "pid:2147483647"], "no process 2147483647 here"),
        (["snapshot", "-o", "/nowhere/x.json"], "/nowhere/x.json: no such file"),
        (["snapshot", "-o", "/"], "/: is a directory"),
        (["snapshot", "--summary"], "--summary needs a value"),
        (["snapshot", "--summary", "-"], "--summary takes a file, not '-'"),
        (["snapshot", "--summary="], "--summary takes a file, not ''"),
        (["snapshot", "--key-file", "/nowhere/key"], "key file /nowhere/key: no such file"),
        (["snapshot", "--key-file", "/"], "key file /: is a directory"),
        (["snapshot", "--key-file", "/dev/zero"], "/dev/zero: not a regular file"),
        (["snapshot", "a\nb", "c\x1b[2J"], "one target at a time, got a\\nb and c\\x1b[2J"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    for name in ("ENVAUDIT_KEY", "ENVAUDIT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(command, "take_snapshot", lambda *_: {"sections": {}})
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"envaudit: {message}\n")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["snapshot", "--help"]])
def test_help(capfd: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == 0
    out, err = capfd.readouterr()
    assert out.startswith("usage: envaudit snapshot [TARGET]")
    assert err == ""


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    from auditor.agent import __version__

    assert main(["--version"]) == 0
    assert capfd.readouterr().out == f"envaudit agent {__version__}\n"


def test_all_options() -> None:
    options = parse(
        ["pid:7", "-o", "x", "--python=/p", "--name", "a=b", "--integrity", "full", "--show", "A_*",
         "--show=B", "--key-file", "k", "--deadline", "1.5", "-q", "--summary", "/s"]
    )  # fmt: skip
    assert vars(options) == {
        "target": "pid:7", "output": "x", "python": "/p", "name": "a=b", "integrity": "full",
        "show": ["A_*", "B"], "key_file": "k", "deadline": 1.5, "quiet": True, "summary": "/s",
        "bake": False, "deep": False, "at_exit": False, "command": None,
    }  # fmt: skip
    assert parse([]).output is None
    assert parse(["--bake"]).bake
    assert parse(["-o", "-"]).output == "-"
    with pytest.raises(Usage):
        parse(["-q=1"])


def test_targets() -> None:
    assert process_number(".") is None
    assert process_number("") is None
    assert process_number(f"pid:{os.getpid()}") == os.getpid()


def test_any_defect_is_one_line_without_content(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("hunter2")

    monkeypatch.setattr(command, "take_snapshot", fail)
    assert main(["snapshot"]) == 3
    out, err = capfd.readouterr()
    assert (out, err) == ("", "envaudit: the snapshot failed: cannot be understood (ValueError)\n")


def test_an_interruption_has_the_shells_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "take_snapshot", interrupt)
    assert main(["snapshot"]) == 130


def test_a_message_is_one_ascii_line(capfd: pytest.CaptureFixture[str]) -> None:
    say("caf\u00e9 \u2713\r\nnext\x1b[31m\udcff")
    assert capfd.readouterr().err == "envaudit: caf\\xe9 \\u2713\\r\\nnext\\x1b[31m\\udcff\n"


# -- keys


def test_a_key_by_variable_and_file(agent: list[str], tmp_path: Path) -> None:
    key = "0123456789abcdef-" + "k" * 8
    (tmp_path / "key").write_text(key + "\n")
    environ = {**ENVIRONMENT, "DB_PASSWORD": "hunter2"}
    results = [
        run([*agent, "snapshot", "-q"], environ={**environ, "ENVAUDIT_KEY": key}),
        run([*agent, "snapshot", "-q", "--key-file", tmp_path / "key"], environ=environ),
        run(
            [*agent, "snapshot", "-q"],
            environ={**environ, "ENVAUDIT_KEY_FILE": str(tmp_path / "key")},
        ),
    ]
    facts = [store.parse(result.stdout, "agent").sections["env"].facts for result in results]
    digests = {str(fact["DB_PASSWORD"]) for fact in facts}
    assert len(digests) == 1
    assert digests.pop().startswith("hmac-sha256:")
    for result, fact in zip(results, facts, strict=True):
        assert not [name for name in fact if name.startswith("ENVAUDIT")]
        assert key.encode() not in result.stdout


def test_a_short_key_is_no_key(agent: list[str], tmp_path: Path) -> None:
    result = run([*agent, "snapshot"], environ={**ENVIRONMENT, "ENVAUDIT_KEY": "short"})
    assert_refused(result, "ENVAUDIT_KEY: the key is shorter than 16 bytes")
    (tmp_path / "key").write_text("\n")
    result = run([*agent, "snapshot", "--key-file", tmp_path / "key"])
    assert_refused(result, f"{tmp_path / 'key'}: the key is shorter than 16 bytes")


def test_what_the_user_shows(agent: list[str]) -> None:
    environ = {
        **ENVIRONMENT, "APP_MODE": "blue", "APP_URL": "http://me:hunter2@db/", "OTHER": "x",
        "THIRD": "y", "ENVAUDIT_ENV_SHOW": "OTHER, NONE",
    }  # fmt: skip
    result = run([*agent, "snapshot", "-q", "--show", "APP_*"], environ=environ)
    facts = store.parse(result.stdout, "agent").sections["env"].facts
    assert facts["APP_MODE"] == "blue"
    assert facts["APP_URL"] == "http://<redacted>@db/"
    assert facts["OTHER"] == "x"
    assert facts["THIRD"] == {"set": True}


# -- outputs


def test_to_a_file(agent: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    result = run([*agent, "snapshot", "-o", path, "--name", "label"])
    assert result.returncode == 0
    assert result.stdout == b""
    assert result.stderr.decode().rstrip().endswith(f" -> {path}")
    assert store.load(path).provenance.name == "label"
    assert os.listdir(tmp_path) == ["x.json"]


def test_a_failed_snapshot_leaves_the_file(agent: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("before")
    assert run([*agent, "snapshot", "-o", path, "pid:2147483647"]).returncode == 2
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["x.json"]


@pytest.mark.skipif(os.getuid() != 0, reason="takes root to become another user")
def test_an_unwritable_directory() -> None:
    """As nobody. The interpreter may lie where only root can go, so it gives up its rights
    after a snapshot, when all modules are loaded."""
    program = (
        "import os, sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from auditor.agent.main import main; "
        "main(['snapshot', '-q', '-o', '/dev/null']); "
        "os.chdir('/'); os.setgroups([]); os.setgid(65534); os.setuid(65534); "
        "sys.exit(main(sys.argv[1:]))"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # pytest's own is for root only
        Path(place).chmod(0o755)
        result = run(
            [sys.executable, "-S", "-B", "-c", program, ROOT, "snapshot", "-o", place + "/x.json"]
        )
        assert_refused(result, f"{place}/x.json: permission denied")
        assert os.listdir(place) == []


def test_a_pipe_without_a_reader(agent: list[str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    result = run([*agent, "snapshot", "-o", tmp_path / "fifo"])
    assert_refused(result, f"{tmp_path / 'fifo'}: no such device or address")


def test_dev_null_and_dev_full(agent: list[str]) -> None:
    assert run([*agent, "snapshot", "-q", "-o", "/dev/null"]).returncode == 0
    assert_refused(
        run([*agent, "snapshot", "-o", "/dev/full"]), "/dev/full: no space left on device"
    )


def shell(agent: list[str], line: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return run(["sh", "-c", line.replace("AGENT", '"$0" "$@"'), *agent], **options)


def test_a_closed_standard_output(agent: list[str], tmp_path: Path) -> None:
    result = shell(agent, "AGENT snapshot >&-")
    assert result.returncode == 3
    assert result.stderr == b"envaudit: the snapshot failed: bad file descriptor\n"
    # A file is another matter, whatever numbers its descriptors then get.
    result = shell(agent, f"AGENT snapshot -o {tmp_path}/x.json >&- 2>&- <&-")
    assert result.returncode == 0
    store.load(tmp_path / "x.json")


def test_a_closed_standard_error(agent: list[str]) -> None:
    result = shell(agent, "AGENT snapshot 2>&-")
    assert result.returncode == 0
    store.parse(result.stdout, "agent")


def test_a_full_standard_output(agent: list[str]) -> None:
    result = shell(agent, "AGENT snapshot >/dev/full")
    assert result.returncode == 3
    assert result.stderr == b"envaudit: the snapshot failed: no space left on device\n"


def test_a_reader_that_has_enough(agent: list[str]) -> None:
    """`| head -1`: no complaint, whatever has been read."""
    result = shell(agent, "{ AGENT snapshot -q; echo $? >&2; } | head -1")
    assert result.stdout == b"{\n"
    assert result.stderr == b"0\n"


def test_many_writers_of_one_file(agent: list[str], tmp_path: Path) -> None:
    """Thirty at once: the file is one of theirs, whole, and nothing else is left."""
    path = tmp_path / "x.json"
    words = [*agent, "snapshot", "-q", "--integrity", "off", "-o", str(path), "--name"]
    writers = [
        subprocess.Popen([*words, str(number)], env=ENVIRONMENT, stderr=subprocess.PIPE)
        for number in range(30)
    ]
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            store.load(path)
    for writer in writers:
        assert writer.communicate()[1] == b""
        assert writer.returncode == 0
    assert store.load(path).provenance.name in {str(number) for number in range(30)}
    assert os.listdir(tmp_path) == ["x.json"]


# -- places


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "xx_XX.UTF-8"},
        {"PATH": ""},
        {"HOME": ""},
        {"HOME": "relative"},
        {"TZ": "Nowhere/Nothing"},
        {"TMPDIR": "/nowhere"},
        {"PYTHONPATH": ":::/nowhere"},
        {"COLUMNS": "x", "LINES": "y"},
    ],
    ids="-".join,
)
def test_odd_environments(agent: list[str], environ: dict[str, str]) -> None:
    """HOME is unset in all of them but two."""
    result = run([*agent, "snapshot"], environ={**ENVIRONMENT, **environ})
    assert result.returncode == 0
    sections = store.parse(result.stdout, "agent").sections
    assert [name for name, section in sections.items() if section.status.value == "error"] == []


def test_an_environment_of_noise(agent: list[str]) -> None:
    result = subprocess.run(
        [*agent, "snapshot", "-q"],
        env={b"CAF\xc9": b"\xff\xfe", b"EMPTY": b"", b"LANG": b"\xff", b"PATH": b"/\xff:/bin"},
        capture_output=True, check=True,
    )  # fmt: skip
    facts = store.parse(result.stdout, "agent").sections["env"].facts
    assert facts["CAF\\xc9"] == {"set": True}
    assert facts["PATH"] == "/\\xff:/bin"


def test_a_working_directory_that_is_gone(agent: list[str], tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    result = shell(agent, 'cd gone && rmdir "$PWD" && AGENT snapshot -q', cwd=tmp_path)
    assert result.returncode == 0
    store.parse(result.stdout, "agent")


@pytest.mark.parametrize("deadline", ["0.000001", "0.001", "0.01", "0.03"])
def test_a_deadline_ends_the_snapshot_not_the_program(agent: list[str], deadline: str) -> None:
    """However early or late it rings, there is a fingerprint that tells what it lacks."""
    result = run([*agent, "snapshot", "--deadline", deadline])
    assert result.returncode == 0
    sections = store.parse(result.stdout, "agent").sections
    assert len(sections) == 20
    unread = {section.reason for section in sections.values() if section.status.value == "error"}
    assert unread <= {"time budget spent"}


def test_another_process(agent: list[str]) -> None:
    """`pid:N`: its environment and command line, not ours."""
    with subprocess.Popen(
        [sys.executable, "-O", "-c", "import sys; sys.stdin.read()"],
        env={"TZ": "UTC", "OMP_NUM_THREADS": "7"}, stdin=subprocess.PIPE,
    ) as other:  # fmt: skip
        result = run([*agent, "snapshot", "-q", f"pid:{other.pid}"])
        assert other.stdin is not None
        other.stdin.close()
    fingerprint = store.parse(result.stdout, "agent")
    assert fingerprint.provenance.target == f"pid:{other.pid}"
    assert dict(fingerprint.sections["env"].facts) == {"TZ": "UTC", "OMP_NUM_THREADS": "7"}
    assert fingerprint.sections["python"].facts["flags.optimize"] == 1


def test_nothing_costly_is_imported() -> None:
    """A snapshot that loaded these would cost twice as much (docs/architecture.md)."""
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from auditor.agent.main import main; main(['snapshot', '-q', '-o', '/dev/null']); "
        "print(*sys.modules)"
    )
    result = run([sys.executable, "-I", "-S", "-B", "-c", program, ROOT])
    loaded = set(result.stdout.decode().split())
    assert "auditor.agent.snapshot" in loaded
    assert not loaded & {
        "argparse", "typing", "pathlib", "subprocess", "email", "logging", "inspect", "dataclasses",
        "importlib.metadata", "platform", "ctypes", "tempfile", "shutil",
    }  # fmt: skip
