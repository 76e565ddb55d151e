"""Messages that errors leave in logs, and the rules that they point to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .rule import Effect


@dataclass(frozen=True)
class Signature:
    """`pattern` is searched in one line; of several that match, the greatest `weight` counts
    (a specific message before a general one)."""

    name: str
    pattern: str
    effects: tuple[Effect, ...]
    rules: tuple[str, ...]
    source: str
    weight: int = 1

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def matches(self, line: str) -> bool:
        return self._compiled.search(line) is not None


SIGNATURES: tuple[Signature, ...] = ()
