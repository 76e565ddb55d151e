"""`envaudit exec --at-exit`: the program notices nothing, and its end is recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.agent.command import Options
from auditor.agent.end_state import NoEndState, path_of, with_end_state

from .test_command import ENVIRONMENT, FROM_SOURCE

Run = Callable[..., "subprocess.CompletedProcess[str]"]
# What a program can see of itself.
SELF = """
import json, os, sys, signal
print(json.dumps([dict(os.environ), sys.path, sys.argv, os.getcwd(), sorted(sys.flags),
    [str(signal.getsignal(n)) for n in range(1, 32)], sorted(os.listdir("/proc/self/fd")),
    "envaudit_agent" in sys.modules, sys.dont_write_bytecode]))
"""


@pytest.fixture(params=["folder", "single file"])
def agent(request: pytest.FixtureRequest, zipapp: Path) -> list[str]:
    if request.param == "folder":
        return [sys.executable, "-I", "-S", "-B", "-c", FROM_SOURCE]
    return [sys.executable, "-I", "-S", "-B", str(zipapp)]


@pytest.fixture
def run(agent: list[str], tmp_path: Path) -> Run:
    def start(
        program: str, *options: str, python: tuple[str, ...] = (sys.executable,), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "program.py").write_text(program)
        return subprocess.run(
            [*agent, "exec", "-o", str(tmp_path / "x.json"), "--quiet", "--integrity", "off",
             *options, "--", *python, str(tmp_path / "program.py"), "argument"],
            env={**ENVIRONMENT, **variables}, cwd=tmp_path, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return start


def end_state(tmp_path: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads((tmp_path / "x.at-exit.json").read_text())
    return document


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": "/srv:/opt"}, {"PYTHONPATH": ""}])
def test_the_program_sees_nothing_of_it(
    run: Run, tmp_path: Path, variables: dict[str, str]
) -> None:
    without = run(SELF, **variables)
    told = run(SELF, "--at-exit", **variables)
    assert (told.returncode, told.stdout, told.stderr) == (0, without.stdout, "")
    assert (tmp_path / "x.json").read_text() != ""
    assert end_state(tmp_path)["kind"] == "fingerprint"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import sys; sys.exit(7)", 7),
        ("raise ValueError('x')", 1),
        ("import atexit; atexit.register(print, 'last'); print('first')", 0),
        ("import threading; threading.Timer(0.3, print, ['late']).start()", 0),
        ("import sys; sys.stdout.close()", 0),
        ("import os; [os.close(n) for n in (0, 1, 2)]", 0),
        ("import signal, os; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("import os; os._exit(9)", 9),
    ],
)
def test_output_and_exit_code_are_the_programs(run: Run, program: str, code: int) -> None:
    without, told = run(program), run(program, "--at-exit")
    assert (told.returncode, told.stdout, told.stderr) == (
        without.returncode, without.stdout, without.stderr,
    )  # fmt: skip
    assert told.returncode == code


def test_what_was_loaded_is_recorded(run: Run, tmp_path: Path) -> None:
    ended = run("import ctypes; ctypes.CDLL('libz.so.1'); import os; os.umask(0o31)", "--at-exit")
    assert ended.returncode == 0, ended.stderr
    start = json.loads((tmp_path / "x.json").read_text())["sections"]
    end = json.loads((tmp_path / "x.at-exit.json").read_text())["sections"]
    assert "loaded.z" not in start["native"]["facts"]
    assert "loaded.z" in end["native"]["facts"]
    assert end["process"]["facts"]["umask"] == "0031"
    assert end["process"]["facts"]["argv"][1:] == [str(tmp_path / "program.py"), "argument"]
    assert "ENVAUDIT_AT_EXIT" not in end["env"]["facts"]


def test_a_sitecustomize_of_the_program_is_imported(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("print('own', __name__)")
    program = "import sitecustomize; print(sitecustomize.__file__)"
    without = run(program, PYTHONPATH=str(own))
    told = run(program, "--at-exit", PYTHONPATH=str(own))
    assert (told.stdout, told.stderr) == (without.stdout, without.stderr)
    assert told.stdout.splitlines() == ["own sitecustomize", str(own / "sitecustomize.py")]
    assert end_state(tmp_path)


def test_one_that_fails_fails_as_it_would(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import no_such_module")
    without = run("print(1)", PYTHONPATH=str(tmp_path))
    told = run("print(1)", "--at-exit", PYTHONPATH=str(tmp_path))
    assert (told.returncode, told.stdout) == (without.returncode, without.stdout) == (0, "1\n")
    assert told.stderr.splitlines()[-1] == without.stderr.splitlines()[-1]


def test_children_are_left_alone(run: Run, tmp_path: Path) -> None:
    """Copies of the process and programs that it starts record nothing."""
    program = (
        "import os, subprocess, sys, time\n"
        "if os.fork() == 0: sys.exit(0)\n"
        "os.wait()\n"
        "subprocess.run([sys.executable, '-c', 'import os; print(os.environ)'], check=True)\n"
        f"assert not os.path.exists({str(tmp_path / 'x.at-exit.json')!r})\n"
    )
    ended = run(program, "--at-exit")
    assert ended.returncode == 0, ended.stderr
    assert "ENVAUDIT_AT_EXIT" not in ended.stdout
    assert end_state(tmp_path)


def test_where_it_cannot_be_written_nothing_is_said(run: Run, tmp_path: Path) -> None:
    program = f"import shutil; shutil.rmtree({str(tmp_path / 'gone')!r})"
    (tmp_path / "gone").mkdir()
    ended = run(program, "--at-exit", "-o", str(tmp_path / "gone" / "x.json"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_it_is_bounded_in_time(run: Run, tmp_path: Path) -> None:
    begun = time.monotonic()
    ended = run("print('done')", "--at-exit", "--deadline", "0.2")
    assert (ended.returncode, ended.stdout) == (0, "done\n")
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("switch", ["-I", "-E", "-S", "-Es"])
def test_where_it_cannot_be_had_it_is_said(run: Run, tmp_path: Path, switch: str) -> None:
    ended = run("print('ran')", "--at-exit", python=(sys.executable, switch))
    assert (ended.returncode, ended.stdout) == (0, "ran\n")
    assert ended.stderr.startswith("envaudit: no fingerprint at the end: its -")
    assert not (tmp_path / "x.at-exit.json").exists()


def test_a_command_that_is_no_python(agent: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [*agent, "exec", "-q", "-o", str(tmp_path / "x.json"), "--at-exit", "--",
         "sh", "-c", "env"],
        env=ENVIRONMENT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 0
    assert "no fingerprint at the end: the command is not run by a Python" in ended.stderr
    assert "ENVAUDIT_AT_EXIT" not in ended.stdout


def test_snapshot_has_no_end(agent: list[str]) -> None:
    ended = subprocess.run(
        [*agent, "snapshot", "--at-exit"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "--at-exit is for exec" in ended.stderr


def test_control_characters_are_refused() -> None:
    options = Options("/tmp/a\x1fb.json")
    options.python = "/usr/bin/python3"
    with pytest.raises(NoEndState):
        with_end_state({}, options, ["python3"])


def test_the_name_of_its_file() -> None:
    assert path_of("/run/envaudit/fingerprint.json") == "/run/envaudit/fingerprint.at-exit.json"
    assert path_of("out") == "out.at-exit.json"
    assert os.sep not in path_of("a")
