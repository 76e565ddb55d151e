"""Rows of a report in columns, as wide as the screen is.

A fact's name is never cut: where it is too long for its column it gets lines of its own. Values
that are too long are shown around the place where they differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from .screen import Screen
from .values import clip, common, shortened

# Styles that differ in more than red and green; without colours the signs tell the same.
HIGH = "bold yellow"
ONLY_A = "magenta"
ONLY_B = "cyan"
QUIET = "dim"
STRONG = "bold"

ROOMY = 120  # columns where no terminal limits them
_NAME_SHARE = 0.36  # of the width, for the column of names
_MIN_VALUE = 20  # columns below which a value moves to the next line
_INDENT = 8  # of a value that stands below its name
_MAX_LINES = 24  # of running text, unless everything is shown
_MAX_PARTS_LINES = 4  # of a list's members, unless everything is shown
_MEASURE = Console(width=ROOMY, file=None, legacy_windows=False, _environ={})


@dataclass(frozen=True, slots=True)
class Row:
    """One change. Either `before` and `after`, or `value`, or `parts` of a list."""

    name: str
    mark: str = " "  # "!" for high weight
    sign: str = " "  # "+" only in B, "-" only in A
    before: str = ""
    after: str = ""
    value: str = ""
    parts: tuple[str, ...] = ()
    note: str = ""
    follows: bool = False  # shown below its cause

    @property
    def style(self) -> str:
        return {"+": ONLY_B, "-": ONLY_A}.get(self.sign, "")


class Layout:
    """Lays out the rows of one report."""

    def __init__(self, screen: Screen, show_all: bool) -> None:
        self.screen = screen
        self.symbols = screen.symbols
        self.width = screen.width or ROOMY
        self._show_all = show_all

    # --- running text

    def wrapped(self, text: str, style: str = "", indent: int = 0, hang: int = 0) -> list[Text]:
        """Text over several lines, up to a screenful; `hang` indents all but the first further."""
        room = self.width - indent - hang
        shown = text if self._show_all else clip(text, _MAX_LINES * room, self.symbols)
        lines = _wrap(shown, room)
        return [
            Text(" " * (indent + (hang if number else 0))).append(line, style)
            for number, line in enumerate(lines)
        ]

    def names(self, names: Sequence[str], room: int, limit: int | None = None) -> str:
        """As many names as there is room for, and how many there are beyond."""
        shown: list[str] = []
        used = 0
        for name in names[:limit]:
            used += cell_len(name) + 2
            if shown and used > room - 8:
                break
            shown.append(name)
        rest = len(names) - len(shown)
        more = [f"{self.symbols.ellipsis} {rest} more"] if rest else []
        return ", ".join(shown + more)

    # --- columns

    def rows(self, rows: Sequence[Row], below: Sequence[list[Text]] = ()) -> list[Text]:
        """Rows whose columns are aligned; `below` holds the lines that belong under each."""
        longest = max((cell_len(row.name) for row in rows), default=0)
        name_width = min(longest, max(12, int(self.width * _NAME_SHARE)))
        values = [self._inline(row, self._room(row, name_width)) for row in rows]
        fitting = [value.cell_len for value in values if value is not None]
        value_width = max(fitting, default=0)
        lines: list[Text] = []
        for row, value, under in zip(rows, values, below or [[]] * len(rows), strict=True):
            if value is not None and cell_len(row.name) <= name_width:
                lines.append(self._one_line(row, value, name_width, value_width))
            else:
                lines.extend(self._several_lines(row))
            lines.extend(under)
        return lines

    def _prefix(self, row: Row) -> Text:
        if row.follows:
            lead = f"      {self.symbols.follows} {row.sign} "
            return Text(lead, QUIET)
        return Text("  ").append(row.mark, HIGH).append(f" {row.sign} ", row.style)

    def _room(self, row: Row, name_width: int) -> int:
        note = 2 + cell_len(row.note) if row.note else 0
        return self.width - self._prefix(row).cell_len - name_width - 2 - note

    def _one_line(self, row: Row, value: Text, name_width: int, value_width: int) -> Text:
        line = self._prefix(row).append(row.name, row.style or (STRONG if row.mark == "!" else ""))
        line.append(" " * (name_width + 2 - cell_len(row.name))).append_text(value)
        if row.note:
            room = self.width - line.cell_len - cell_len(row.note)
            line.append(" " * min(max(2, value_width - value.cell_len + 2), max(1, room)))
            line.append(row.note, QUIET)
        return line

    def _several_lines(self, row: Row) -> Iterator[Text]:
        prefix = self._prefix(row)
        style = row.style or (STRONG if row.mark == "!" else "")
        name = _wrap(row.name, self.width - prefix.cell_len)
        for number, part in enumerate(name):
            line = prefix.copy() if number == 0 else Text(" " * prefix.cell_len)
            line.append(part, style)
            last = number == len(name) - 1
            if last and row.note and line.cell_len + 2 + cell_len(row.note) <= self.width:
                line.append("  ").append(row.note, QUIET)
            yield line
        indent = _INDENT + (4 if row.follows else 0)
        for value in self._block(row, self.width - indent):
            yield Text(" " * indent).append_text(value)
        if row.note and prefix.cell_len + cell_len(name[-1]) + 2 + cell_len(row.note) > self.width:
            yield Text(" " * indent).append(
                clip(row.note, self.width - indent, self.symbols), QUIET
            )

    # --- values

    def _inline(self, row: Row, room: int) -> Text | None:
        """The value in one line, None where it does not fit."""
        if row.parts:
            text = Text("  ").join(_part(part) for part in row.parts)
            return text if text.cell_len <= room else None
        if row.value:
            return Text(row.value) if cell_len(row.value) <= room else None
        whole = self._pair(row.before, row.after)
        if whole.cell_len <= room:
            return whole
        each = (room - cell_len(self.symbols.arrow) - 2) // 2
        if each < _MIN_VALUE:
            return None
        before, after = shortened(row.before, row.after, each, self.symbols)
        told_apart = before != after and not _cut(row.before, row.after, each)
        return self._pair(before, after) if told_apart else None

    def _pair(self, before: str, after: str) -> Text:
        pair = Text().append(before, ONLY_A).append(f" {self.symbols.arrow} ", QUIET)
        return pair.append(after, ONLY_B)

    def _block(self, row: Row, room: int) -> Iterator[Text]:
        """The value over several lines below its name."""
        if row.parts:
            yield from self._parts_block(row.parts, room)
            return
        if row.value:
            shown = row.value if self._show_all else clip(row.value, 2 * room, self.symbols)
            yield from (Text(line) for line in _wrap(shown, room))
            return
        whole = self._pair(row.before, row.after)
        if whole.cell_len <= room:
            yield whole
            return
        before, after = row.before, row.after
        if not self._show_all:
            before, after = shortened(before, after, 2 * (room - 3), self.symbols)
        for side, value, style in (("A", before, ONLY_A), ("B", after, ONLY_B)):
            for number, line in enumerate(_wrap(value, room - 3)):
                lead = "   " if number else f"{side}  "
                yield Text().append(lead, QUIET).append(line, style)

    def _parts_block(self, parts: Sequence[str], room: int) -> Iterator[Text]:
        line = Text()
        count = 0
        for number, part in enumerate(parts):
            for piece in _wrap(part, room):
                if line.cell_len and line.cell_len + 2 + cell_len(piece) > room:
                    yield line
                    line, count = Text(), count + 1
                line.append("  " if line.cell_len else "").append_text(_part(piece, part[:1]))
            if count >= _MAX_PARTS_LINES - 1 and not self._show_all and number < len(parts) - 2:
                rest = len(parts) - number - 1
                yield line
                yield Text(f"{self.symbols.ellipsis} {rest} more", QUIET)
                return
        yield line


def _part(part: str, sign: str = "") -> Text:
    style = {"+": ONLY_B, "-": ONLY_A}.get(sign or part[:1], "")
    return Text(part, style)


def _cut(before: str, after: str, room: int) -> bool:
    """Whether what differs is itself too long for the room."""
    start, end = common(before, after)
    return max(len(before), len(after)) - start - end > room


def _wrap(text: str, room: int) -> list[str]:
    """By words; a word that is longer than a line is broken."""
    room = max(room, 8)
    if cell_len(text) <= room:
        return [text]
    return [line.plain.rstrip() for line in Text(text).wrap(_MEASURE, room, overflow="fold")]


def columns(cells: Iterable[Sequence[str]]) -> list[str]:
    """Lines of cells, aligned."""
    table = [list(row) for row in cells]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in table]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))
