"""On which lines of a file its facts stand: found in the text, whoever laid it out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import JSONDecoder

from ..model import FactFile

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = JSONDecoder()


def places(data: bytes, name: str) -> FactFile:
    """The lines of the facts in the content of a fingerprint or baseline file that has been
    read before: nothing is checked here. `name` is what the file is called in reports."""
    text = data.decode("utf-8-sig")
    scan = _Scan(text)
    top = dict(scan.members(scan.start()))
    if "fingerprint" in top:  # a baseline
        top = dict(scan.members(top["fingerprint"][1]))
    facts: dict[str, int] = {}
    sections: dict[str, int] = {}
    for section, (key, value) in scan.members(top["sections"][1]):
        sections[section] = scan.line(key)
        for member, (_, inside) in scan.members(value):
            # What is known not to be readable has its line, too: facts go before gaps.
            if member in ("facts", "gaps"):
                for fact, (place, _) in scan.members(inside):
                    facts.setdefault(f"{section}.{fact}", scan.line(place))
    return FactFile(name, facts, sections)


class _Scan:
    """Reads an object's members and where they are, without building what lies deeper."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def start(self) -> int:
        return self._after_blanks(0)

    def line(self, position: int) -> int:
        return bisect_right(self._ends, position) + 1

    def members(self, position: int) -> Iterator[tuple[str, tuple[int, int]]]:
        """(name, (where the name begins, where the value begins)) of the object that begins at
        a position."""
        position = self._after_blanks(position + 1)
        while self._text[position] != "}":
            key = position
            name, position = _DECODER.raw_decode(self._text, key)
            value = self._after_blanks(self._after_blanks(position) + 1)  # behind the colon
            yield name, (key, value)
            _, position = _DECODER.raw_decode(self._text, value)
            position = self._after_blanks(position)
            if self._text[position] == ",":
                position = self._after_blanks(position + 1)

    def _after_blanks(self, position: int) -> int:
        match = _BLANK.match(self._text, position)
        return match.end() if match else position
