"""Standard error for people, standard output for results."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.status import Status

from .. import store
from ..report.sanitize import printable


def complain(line: str, prefix: str = "envaudit: ") -> None:
    """One line on standard error, safe for a terminal, whatever it quotes."""
    with contextlib.suppress(OSError, ValueError):
        text = f"{prefix}{printable(line)}\n"
        encoding = getattr(sys.stderr, "encoding", None) or "ascii"
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()


@contextlib.contextmanager
def progress(line: str, quiet: bool = False) -> Iterator[None]:
    """Shows that work is going on, where a person watches; nothing in a pipe or in CI."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal or os.environ.get("CI"):
        yield
        return
    with Status(printable(line), console=console):
        yield


def emit(text: str, output: Path | None) -> None:
    """The result: to a file, whole or not at all, or to standard output."""
    if output is not None and str(output) != "-":
        store.write(output, text)
        return
    data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def width() -> int:
    """Columns of the terminal; a pipe gets enough to lose nothing in."""
    return Console().width if sys.stdout.isatty() else 120
