"""What a report is shown on: its width, whether it has colours, which characters it can show."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from .sanitize import inert, is_command

MIN_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Symbols:
    """Signs that carry no meaning by colour alone."""

    arrow: str = "→"
    up: str = "↑"
    down: str = "↓"
    ellipsis: str = "…"
    dot: str = "·"
    follows: str = "↳"
    ascii_only: bool = False


ASCII = Symbols("->", "up", "down", "...", "|", "'-", ascii_only=True)


@dataclass(frozen=True, slots=True)
class Screen:
    """`width` in columns, None where lines may be as long as they need to be (a pipe)."""

    width: int | None = None
    color: bool = False
    ascii_only: bool = False

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> Screen:
        """The screen behind a stream, by NO_COLOR (https://no-color.org), FORCE_COLOR, TERM,
        COLUMNS and the stream's encoding."""
        terminal = stream.isatty()
        color = terminal and environ.get("TERM") != "dumb"
        if environ.get("FORCE_COLOR"):
            color = True
        if environ.get("NO_COLOR"):
            color = False
        width = max(MIN_WIDTH, shutil.get_terminal_size().columns) if terminal else None
        return cls(width, color, not _can_show(stream, Symbols()))

    @property
    def symbols(self) -> Symbols:
        return ASCII if self.ascii_only else Symbols()

    def render(self, lines: Iterable[Text]) -> str:
        """The lines as text, each ended by a newline, without trailing blanks."""
        stripped = [_rstripped(part) for line in lines for part in self._obeyed_by_nobody(line)]
        if not self.color:
            return "".join(line.plain + "\n" for line in stripped)
        console = _console(force_terminal=True, color_system="standard")
        with console.capture() as capture:
            for line in stripped:
                console.print(line, soft_wrap=True)
        return capture.get()

    def _obeyed_by_nobody(self, line: Text) -> Iterator[Text]:
        """The line in the width that there is. A log of continuous integration obeys lines that
        begin like its commands; wrapping can make one, and so can what makes it longer."""
        for part in self._fitting(line):
            if is_command(part.plain):
                yield from self._obeyed_by_nobody(Text(inert(part.plain)))
            else:
                yield part

    def _fitting(self, line: Text) -> Iterable[Text]:
        """The last resort for what its layout did not make narrow enough."""
        if self.width is None or line.cell_len <= self.width:
            return [line]
        return line.wrap(_console(), self.width, overflow="fold")


def _console(**options: Any) -> Console:
    """One that takes nothing from the surroundings and obeys nothing that stands in a text."""
    plain: dict[str, Any] = {
        "legacy_windows": False,
        "markup": False,
        "emoji": False,
        "highlight": False,
    }
    return Console(file=StringIO(), width=1000, _environ={}, **plain, **options)


def _rstripped(line: Text) -> Text:
    line = line.copy()
    line.rstrip()
    return line


def _can_show(stream: TextIO, symbols: Symbols) -> bool:
    try:
        (symbols.arrow + symbols.ellipsis + symbols.follows).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")
