"""Runs `envaudit` as a stranger would: as a process of its own, with an environment of ours."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from auditor.cli import run

ROOT = Path(__file__).parent.parent.parent
PYTHON = sys.executable
# The program whose command line comes after the interpreter's own options.
PROGRAM = (PYTHON, "-m", "auditor")
# Far more than any command takes; what hangs fails.
TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Of standard error."""
        return self.err.splitlines()


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Little, and the same everywhere: what the developer has set does not count."""
    path = os.environ.get("PATH", os.defpath)
    made = {"PATH": path, "HOME": "/nonexistent", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    if "DOCKER_HOST" in os.environ:
        made["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
    made.update(extra or {})
    return made


def envaudit(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = PROGRAM,
    **options: Any,
) -> Ended:
    """Run a command to its end. `env` is added to a small environment."""
    ended = subprocess.run(
        [*program, *map(str, arguments)],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
        **options,
    )
    # No newline is translated and nothing that was written is lost.
    return Ended(
        ended.returncode,
        ended.stdout.decode("utf-8", "surrogateescape"),
        ended.stderr.decode("utf-8", "surrogateescape"),
    )


# The program, run by an ordinary user in no group, who may not even read our files: all is
# imported before.
AS_NOBODY = (
    PYTHON,
    "-c",
    """
import os, sys
import auditor.capture.container, auditor.capture.image, auditor.__main__
from auditor.cli import run
from auditor.__main__ import main
with open(os.devnull, "w") as nothing:  # what is imported only where it is needed
    out, err, sys.stdout, sys.stderr = sys.stdout, sys.stderr, nothing, nothing
    run(["compare", "missing", "missing"])
    run(["compare", "a.json", "a.json", "-o", "/dev/null"])
    sys.stdout, sys.stderr = out, err
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
main()
""",
)


def inside(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """Run a command to its end in this process: a tenth of the time."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    before = os.getcwd()
    handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    os.chdir(cwd)
    try:
        with (
            mock.patch.dict(os.environ, environment(env), clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(list(map(str, arguments)))
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
        os.chdir(before)
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode())
    return Ended(code, *told)


def default_signals() -> None:
    """In the child: a shell may have made it ignore SIGINT (background jobs do)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)


def docker(*arguments: str | Path, check: bool = True) -> str:
    ended = subprocess.run(
        ["docker", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if check and ended.returncode != 0:
        raise AssertionError(ended.stderr)
    return ended.stdout.strip()
