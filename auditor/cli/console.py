"""Standard error for people, standard output for results."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from .. import store
from ..model import UsageError
from ..registry.reference import SCHEME, Reference
from ..report.sanitize import printable
from ..report.screen import MIN_WIDTH, Screen


def complain(line: str, prefix: str = "envaudit: ") -> None:
    """One line on standard error, safe for a terminal, whatever it quotes."""
    if sys.stderr is None:  # closed when we were started
        return
    text = f"{prefix}{printable(line)}\n"
    encoding = sys.stderr.encoding or "ascii"
    try:
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()
    except (OSError, ValueError):  # full, or nobody reads it
        _abandon(sys.stderr)


class Progress:
    """Shows how far work is. `show` shows a line in place of the last one, if anybody watches."""

    def __init__(self, line: str, show: Callable[[Text], None] | None) -> None:
        self._line = line
        self._show = show
        self._shown = ""

    def files(self, done: int, of: int) -> None:
        self._tell(f"{done:,} of {of:,} files")

    def bytes_read(self, done: int, of: int) -> None:
        """`of` is 0 where nobody knows. A second reading goes beyond it, and says so."""
        if not of:
            self._tell(f"{_amount(done)} read")
        elif done <= of:
            self._tell(f"{_amount(done)} of {_amount(of)} read")
        else:
            self._tell(f"{_amount(done - of)} read again")

    def _tell(self, state: str) -> None:
        if self._show is not None and state != self._shown:
            self._shown = state
            self._show(Text(printable(f"{self._line}: {state}")))


def _amount(size: int) -> str:
    """A number of bytes for people who watch it grow."""
    if size >= 1024**3:
        return f"{size / 1024**3:.1f} GiB"
    return f"{size // 1024**2} MiB" if size >= 1024**2 else f"{size // 1024} KiB"


@contextlib.contextmanager
def progress(line: str, quiet: bool = False) -> Iterator[Progress]:
    """Shows that work is going on, where a person watches; nothing in a pipe or in CI."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal or os.environ.get("CI"):
        yield Progress(line, None)
        return
    from rich.status import Status  # where nobody watches, it need not be imported

    with Status(Text(printable(line)), console=console) as status:
        yield Progress(line, status.update)


def emit(text: str, output: Path | None) -> None:
    """The result: to a file, whole or not at all, or to standard output.

    Whoever reads standard output may stop before its end (`| head`): no error, and what was
    found out still decides the exit code.
    """
    if output is not None and str(output) != "-":
        store.write(output, text)
        return
    if sys.stdout is None:
        raise UsageError("standard output is closed: name a file with -o")
    emit_bytes(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))


def emit_bytes(data: bytes) -> None:
    """To standard output, which is open, as it is."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        abandon_stdout()
    except OSError as error:
        raise stdout_failed(error) from None


def stdout_failed(error: OSError) -> UsageError:
    """What to say where standard output takes nothing (a full disk), of which no more is made."""
    abandon_stdout()
    return UsageError(f"standard output: {(error.strerror or 'cannot be written').lower()}")


def watched() -> bool:
    """Whether a person reads standard output. Raises `UsageError` where it is closed."""
    if sys.stdout is None:
        raise UsageError("standard output is closed")
    return sys.stdout.isatty()


def registry_output(output: Path | None) -> Reference | None:
    """The image in a registry that `-o oci://...` names; a path has but one slash of the two."""
    text = "" if output is None else str(output)
    if not text.startswith("oci:/"):
        return None
    return Reference.parse(SCHEME + text.removeprefix("oci:").lstrip("/"))


def abandon_stdout() -> None:
    """Standard output takes no more, and that is no error."""
    if sys.stdout is not None:
        _abandon(sys.stdout)


def _abandon(stream: TextIO) -> None:
    """Python flushes its streams once more at exit, which would raise again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def screen(output: Path | None) -> Screen:
    """What a text report is shown on: the terminal, or a file or pipe, where lines may be as
    long as they need to be unless COLUMNS says otherwise."""
    columns = os.environ.get("COLUMNS", "")
    if sys.stdout is None or (output is not None and str(output) != "-"):
        return Screen()
    found = Screen.of(sys.stdout)
    if found.width is None and columns.isascii() and columns.isdigit():
        return replace(found, width=max(MIN_WIDTH, int(columns[:6])))
    return found
