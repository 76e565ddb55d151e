"""`envaudit exec`: the command must not notice that a snapshot was taken before it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.agent import exec as module
from auditor.agent.exec import initial_environment, interpreter_of
from auditor.agent.root import TreeRoot
from auditor.capture import bundle

from .test_command import FROM_SOURCE, SUPPORTED, python
from .trees import link, write

# What a process is given, as far as it can see it itself.
PROBE = """
import json, os, sys
lines = dict(l.rstrip("\\n").split(":\\t", 1) for l in open("/proc/self/status") if ":\\t" in l)
fields = %r
opened = {}
for fd in os.listdir("/proc/self/fd"):
    try:
        opened[fd] = os.readlink("/proc/self/fd/" + fd)
    except FileNotFoundError:
        pass  # the one by which they were listed
print(json.dumps({
    "pid": os.getpid(), "parent": os.getppid(), "group": os.getpgrp(), "session": os.getsid(0),
    "status": {field: lines[field] for field in fields},
    "fds": sorted(fd + " " + to.split(":")[0] for fd, to in opened.items() if "/proc/" not in to),
    "environ": open("/proc/self/environ", "rb").read().decode("latin-1").split(chr(0)),
    "cwd": os.getcwd(), "argv": sys.argv, "umask": oct(os.umask(0)),
    "nice": os.nice(0), "affinity": sorted(os.sched_getaffinity(0)),
    "limits": open("/proc/self/limits").read(), "cgroup": open("/proc/self/cgroup").read(),
    "threads": os.listdir("/proc/self/task") == [str(os.getpid())],
    "timers": open("/proc/self/timers").read() if os.path.exists("/proc/self/timers") else "",
    "children": open("/proc/self/task/%%d/children" %% os.getpid()).read(),
    "oom": open("/proc/self/oom_score_adj").read(),
}))
""" % (
    ("Umask", "TracerPid", "Uid", "Gid", "Groups", "SigBlk", "CapInh", "CapPrm", "CapEff",
     "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Cpus_allowed", "ShdPnd", "SigPnd"),
)  # fmt: skip
ENVIRONMENT = {b"PATH": b"/usr/bin:/bin", b"LC_ALL": b"C", b"ODD": b"\xff\xfe=", b"EMPTY": b""}


@pytest.fixture(scope="module")
def zipapp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zipapp") / "envaudit.pyz"
    path.write_bytes(bundle.zipapp())
    return path


def ways(zipapp: Path) -> dict[str, list[str]]:
    return {
        "one file": [sys.executable, str(zipapp)],
        "one file, isolated": [sys.executable, "-I", "-S", "-B", str(zipapp)],
        "installed": [sys.executable, "-c", "from auditor.__main__ import main; main()"],
    }


@pytest.fixture(params=["one file", "one file, isolated", "installed"])
def exec_(request: pytest.FixtureRequest, zipapp: Path) -> list[str]:
    return [*ways(zipapp)[request.param], "exec"]


@pytest.fixture
def opened() -> Iterator[int]:
    """A descriptor that the command inherits."""
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)


def seen(words: list[str], opened: int, **options: Any) -> dict[str, Any]:
    ended = subprocess.run(
        words, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
        pass_fds=[opened], timeout=60, check=False, **options,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    for name in ("pid", "parent"):  # another one in every run
        del found[name]
    return found


def test_the_command_sees_what_it_would_have_seen(
    exec_: list[str], opened: int, tmp_path: Path
) -> None:
    command = ["/usr/bin/env", "python3", "-I", "-c", PROBE, "one", "two words", "--", "\udcff"]
    output = tmp_path / "out.json"
    with_it = [*exec_, "-o", str(output), "-q", "--", *command]
    for options in ({}, {"umask": 0o027, "cwd": tmp_path}, {"start_new_session": True}):
        plain, through = (seen(words, opened, **options) for words in (command, with_it))
        plain.pop("session"), through.pop("session")
        plain.pop("group"), through.pop("group")
        assert through == plain
    assert store.load(output).get("env.LC_ALL") == "C"


def test_it_is_the_same_process(exec_: list[str], tmp_path: Path) -> None:
    words = [*exec_, "-q", "-o", str(tmp_path / "x"), "--", "sh", "-c", "echo $$ $PPID; exit 9"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE)
    out, _ = child.communicate(timeout=60)
    assert out.split() == [str(child.pid).encode(), str(os.getpid()).encode()]
    assert child.returncode == 9


@pytest.mark.parametrize("ignored", [(), (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)])
def test_signal_dispositions(
    exec_: list[str], tmp_path: Path, ignored: tuple[signal.Signals, ...]
) -> None:
    """Those that Python sets for itself are at their defaults again."""

    def prepare() -> None:
        for number in range(1, signal.NSIG):
            if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    command = ["cat", "/proc/self/status"]
    masks = []
    for words in (command, [*exec_, "-q", "-o", str(tmp_path / "x"), "--", *command]):
        text = subprocess.run(words, stdout=subprocess.PIPE, preexec_fn=prepare, check=True).stdout
        lines = text.decode().splitlines()
        masks.append([line for line in lines if line.startswith(("SigIgn", "SigCgt", "SigBlk"))])
    assert masks[0] == masks[1]


def test_signals_reach_the_command(exec_: list[str], tmp_path: Path) -> None:
    script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    words = [*exec_, "-q", "-o", str(tmp_path / "x"), "--", "sh", "-c", script]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGTERM)
        assert child.stdout.read() == b"got it\n"
        assert child.wait(60) == 3


def test_a_broken_pipe_ends_the_command(exec_: list[str], tmp_path: Path) -> None:
    words = [*exec_, "-q", "-o", str(tmp_path / "x"), "--", "yes"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read(10)
    child.stdout.close()
    assert child.wait(60) == -signal.SIGPIPE


@pytest.mark.parametrize("series", SUPPORTED)
def test_every_python(series: str, tmp_path: Path) -> None:
    words = [python(series), "-I", "-S", "-B", "-c", FROM_SOURCE]
    output = tmp_path / "out.json"
    ended = subprocess.run(
        [*words, "exec", "-o", output, "--", "cat", "/proc/self/environ"],
        env=ENVIRONMENT, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert set(ended.stdout.split(b"\0")) == {
        *(name + b"=" + value for name, value in ENVIRONMENT.items()), b"",
    }  # fmt: skip
    assert b" facts in " in ended.stderr
    assert store.load(output).get("env.PATH") is not None


# -- whatever becomes of the snapshot


def run(words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "timeout": 60, "check": False, **options}
    return subprocess.run(words, stdin=subprocess.DEVNULL, **options)  # noqa: PLW1510


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        (["-o", "/nonexistent/x.json"], "/nonexistent/x.json: no such file"),
        (["-o", "/"], "is a directory"),
        (["-o", "-"], "standard output is the command's"),
        (["--output=-"], "standard output is the command's"),
        (["--bogus"], "unknown option --bogus"),
        (["--integrity", "some"], "--integrity takes fast, full or off"),
        (["--key-file", "/nonexistent"], "key file /nonexistent: no such file"),
        (["pid:1"], "no other target"),
        (["-o"], "-o needs a value"),
        (["-o", "/dev/null", "--summary", "-"], "--summary takes a file, not '-'"),
        (["-o", "/dev/null", "--summary", "/dev/full"], "/dev/full: no space left on device"),
        (
            ["-o", "/nonexistent/x", "--summary", "/nonexistent/y"],
            "/nonexistent/y: no such file; /nonexistent/x: no such file",
        ),
    ],
)
def test_the_command_runs_all_the_same(exec_: list[str], options: list[str], saying: str) -> None:
    ended = run([*exec_, *options, "--", "sh", "-c", "echo ran; exit 5"])
    assert (ended.returncode, ended.stdout) == (5, "ran\n")
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("envaudit: no snapshot: ")
    assert saying in ended.stderr


@pytest.mark.parametrize("error", ["MemoryError", "RecursionError", "SystemExit(4)", "OSError(5)"])
@pytest.mark.parametrize("place", ["command.snapshot", "command.parse", "snapshot.take_snapshot"])
def test_an_agent_that_fails(error: str, place: str) -> None:
    name, _, function = place.partition(".")
    script = f"""
import sys
from auditor.agent import command, snapshot
from auditor.agent.main import main
def fail(*_, **__): raise {error}
setattr({name}, {function!r}, fail)
command.take_snapshot = snapshot.take_snapshot
sys.exit(main(["exec", "-o", "/dev/null", "--", "echo", "ran"]))
"""
    ended = run([sys.executable, "-c", script])
    assert (ended.returncode, ended.stdout) == (0, "ran\n")
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("envaudit: no snapshot: ")


@pytest.mark.parametrize("module", ["command", "root", "snapshot", "collectors", "section"])
def test_an_agent_that_cannot_be_loaded(module: str) -> None:
    """A Python without half of its library, a file that got lost on the way into the image."""
    script = f"""
import sys
sys.modules["auditor.agent.{module}"] = None
from auditor.agent.main import main
sys.exit(main(["exec", "--", "sh", "-c", "echo ran; exit 5"]))
"""
    ended = run([sys.executable, "-c", script])
    assert (ended.returncode, ended.stdout) == (5, "ran\n")
    assert ended.stderr == "envaudit: no snapshot: the agent cannot be loaded\n"


def test_a_snapshot_that_hangs_is_ended(tmp_path: Path) -> None:
    """A collector in a read that never returns: the deadline ends it, and the others are kept."""
    script = f"""
import sys, time
from auditor.agent import command
from auditor.agent.main import main
from auditor.agent.collectors import os as collector
collector.collect = lambda subject, facts: time.sleep(1000)
arguments = ["exec", "-o", {str(tmp_path / "x.json")!r}, "--deadline", "0.4", "--", "echo", "ran"]
sys.exit(main(arguments))
"""
    begun = time.monotonic()
    ended = run([sys.executable, "-c", script])
    assert time.monotonic() - begun < 30
    assert (ended.returncode, ended.stdout) == (0, "ran\n")
    fingerprint = store.load(tmp_path / "x.json")
    assert fingerprint.sections["os"].status.value == "error"
    assert fingerprint.get("env.PATH") is not None


def test_ctrl_c_during_the_snapshot(tmp_path: Path) -> None:
    script = """
import os, sys, time
from auditor.agent import command
from auditor.agent.main import main
def hang(*_, **__):
    os.write(1, b"@")
    time.sleep(1000)
command.snapshot = hang
sys.exit(main(["exec", "--", "echo", "ran"]))
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - it calls nothing that takes a lock
    )
    assert child.stdout is not None
    assert child.stdout.read(1) == b"@"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (-signal.SIGINT, b"", b"")


def test_a_summary_without_a_place_for_the_fingerprint(exec_: list[str], tmp_path: Path) -> None:
    """As in a container where only the termination message can be written."""
    path = tmp_path / "termination-log"
    ended = run([*exec_, "-o", "/nonexistent/x", "--summary", str(path), "--", "echo", "ran"])
    assert (ended.returncode, ended.stdout) == (0, "ran\n")
    assert ended.stderr == "envaudit: no snapshot: /nonexistent/x: no such file\n"
    assert path.read_text().startswith("envaudit ")


# -- commands that are none


@pytest.mark.parametrize(
    ("command", "code", "saying"),
    [
        (["nothere-at-all"], 127, "nothere-at-all: command not found"),
        (["/nonexistent/x"], 127, "/nonexistent/x: command not found"),
        (["/etc/passwd"], 126, "/etc/passwd: cannot be executed: "),
        (["/etc"], 126, "/etc: cannot be executed: permission denied"),
        ([""], 126, "cannot be executed"),
    ],
)
def test_what_cannot_be_started(
    exec_: list[str], command: list[str], code: int, saying: str, tmp_path: Path
) -> None:
    ended = run([*exec_, "-q", "-o", str(tmp_path / "x.json"), "--", *command])
    assert (ended.returncode, ended.stdout) == (code, "")
    assert len(ended.stderr.splitlines()) == 1
    assert saying in ended.stderr


@pytest.mark.parametrize("arguments", [[], ["--"], ["-o", "x"], ["echo", "ran"]])
def test_no_command(exec_: list[str], arguments: list[str]) -> None:
    ended = run([*exec_, *arguments])
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("envaudit: exec needs a command: envaudit exec [-o FILE] -- ")


def test_help_is_ours_only_before_the_border(exec_: list[str], tmp_path: Path) -> None:
    ended = run([*exec_, "-q", "-o", str(tmp_path / "x.json"), "--", "printf", "%s", "--help"])
    assert ended.stdout == "--help"
    assert "usage: envaudit" in run([*exec_, "--help"]).stdout


# -- whose Python it is


@pytest.mark.parametrize(
    ("command", "interpreter"),
    [
        (["/opt/venv/bin/python", "app.py"], "/opt/venv/bin/python"),
        (["python3", "app.py"], "/usr/bin/python3"),
        (["gunicorn", "app:app"], "/opt/venv/bin/python"),
        (["by-env"], "/usr/bin/python3"),
        (["by-env-s"], "/usr/bin/python3"),
        (["shell-script"], None),
        (["/root/.pyenv/shims/python3"], None),  # a script, by Python's name
        (["nothere"], None),
        (["/opt/venv/bin/dangling"], None),
        (["./relative"], None),
    ],
)
def test_the_python_that_a_command_starts(
    tmp_path: Path, command: list[str], interpreter: str | None
) -> None:
    write(tmp_path, "usr/bin/python3", b"\x7fELF")
    write(tmp_path, "usr/lib/python3.11/os.py")
    write(tmp_path, "root/.pyenv/shims/python3", "#!/usr/bin/env bash\nexec pyenv exec python3\n")
    link(tmp_path, "opt/venv/bin/python", "/usr/bin/python3")
    write(tmp_path, "opt/venv/bin/gunicorn", "#!/opt/venv/bin/python\nimport sys\n")
    write(tmp_path, "usr/bin/by-env", "#!/usr/bin/env python3\n")
    write(tmp_path, "usr/bin/by-env-s", "#!/usr/bin/env -S A=b python3 -u\n")
    write(tmp_path, "usr/bin/shell-script", "#!/bin/sh\n")
    write(tmp_path, "bin/sh", b"\x7fELF")
    link(tmp_path, "opt/venv/bin/dangling", "/gone")
    path = "/opt/venv/bin:relative:/usr/bin"
    if command == ["python3", "app.py"]:
        path = "/usr/bin"
    assert interpreter_of(TreeRoot(str(tmp_path)), command, path) == interpreter


def test_the_fingerprint_is_of_the_commands_python(zipapp: Path, tmp_path: Path) -> None:
    """Another Python than the one that runs the agent."""
    other = python("3.9")
    output = tmp_path / "x.json"
    ended = run([sys.executable, str(zipapp), "exec", "-q", "-o", str(output), "--", other, "-V"])
    assert ended.stdout.startswith("Python 3.9.")
    assert store.load(output).get("python.series") == "3.9"


def test_the_environment_where_proc_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise PermissionError

    assert initial_environment()[b"PATH"]
    monkeypatch.setattr(module, "open", refused, raising=False)
    monkeypatch.setenv("ADDED", "since")
    assert initial_environment()[b"ADDED"] == b"since"
