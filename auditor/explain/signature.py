"""What a message is by which an error is recognised in a log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .rule import Effect


@dataclass(frozen=True)
class Signature:
    """A message, searched for in one line; or in a whole log, to leave out what it does not have.

    - `patterns`: any of them is enough. Each begins with letters that must be there and repeats
      nothing within a repetition, so that searching takes time in proportion to the line.
    - `weight`: of several signatures that match, the greatest counts: 3 says what went wrong, 2
      what was affected, 1 only that something did.
    - `source`: where the message comes from, or where it is explained.
    """

    name: str
    patterns: tuple[str, ...]
    effects: tuple[Effect, ...]
    rules: tuple[str, ...]
    source: str
    weight: int = 2

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.MULTILINE) for pattern in self.patterns)

    def matches(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._compiled)
