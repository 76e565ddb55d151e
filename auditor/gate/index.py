"""Finding, among many globs, the one that decides about a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from .pattern import Pattern


class _HasPattern(Protocol):
    @property
    def pattern(self) -> Pattern: ...


Patterned = TypeVar("Patterned", bound=_HasPattern)


class Index(Generic[Patterned]):
    """Entries ordered so that the first that matches decides: the most specific glob, among
    equal ones by `tie` (the least first).

    They are filed by the path's first component, so that a look-up among hundreds tries few:
    a gate over thousands of facts asks for each of them.
    """

    def __init__(
        self, entries: Iterable[Patterned], tie: Callable[[Patterned], tuple[int, ...]]
    ) -> None:
        by_tie = sorted(entries, key=tie)
        best_first = sorted(by_tie, key=lambda entry: entry.pattern.specificity, reverse=True)
        heads = {entry.pattern.head for entry in best_first}
        self._filed = {
            head: [entry for entry in best_first if entry.pattern.head in (head, None)]
            for head in (*heads, None)
        }

    def all(self, path: str) -> Iterator[Patterned]:
        """Those that match, the deciding one first."""
        head = path.partition(".")[0]
        for entry in self._filed.get(head, self._filed[None]):
            if entry.pattern.matches(path):
                yield entry

    def first(self, path: str) -> Patterned | None:
        return next(self.all(path), None)
