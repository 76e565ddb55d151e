"""`envaudit agent`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from ..agent.files import write_file
from ..agent.section import why
from ..capture import bundle
from ..model import UsageError
from .console import complain, emit_bytes, watched

_SECONDS = 30.0  # until a program answers that is asked whether it is Python


def agent(
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to write the agent, - for standard output.",
        ),
    ] = Path("envaudit.pyz"),
    compile_for: Annotated[
        Optional[list[str]],
        typer.Option(
            "--compile-for",
            metavar="PYTHON",
            help="Also compile it by this interpreter, for the Pythons of its series.",
        ),
    ] = None,
) -> None:
    """Write the single-file agent: `python3 envaudit.pyz snapshot` needs nothing else."""
    named = compile_for or []
    for interpreter in named:
        _require_python(interpreter)
    if str(output) == "-":
        if watched():
            raise UsageError("standard output is a terminal: name a file with -o, or pipe it on")
        emit_bytes(bundle.zipapp([sys.executable, *named]))
        return
    try:
        write_file(str(output), bundle.zipapp([sys.executable, *named]), 0o755)
    except OSError as error:
        raise UsageError(f"{output}: {why(error)}") from None
    complain(f"agent -> {output}")


def _require_python(interpreter: str) -> None:
    """Any other program would quote what it is given, a whole script, or leave it unread. What
    does not start at all is told by whoever compiles."""
    words = [interpreter, "-I", "-S", "-c", "print(6 * 7)"]
    try:
        answer = subprocess.run(  # noqa: S603 - the user names it
            words, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=_SECONDS
        ).stdout
    except subprocess.TimeoutExpired:
        answer = b""
    except OSError:
        return
    if answer.strip() != b"42":
        raise UsageError(f"--compile-for takes a Python 3 interpreter, which {interpreter} is not")
