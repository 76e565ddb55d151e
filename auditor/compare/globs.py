"""Tables keyed by globs on whole fact paths, as every table of knowledge in this package is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import Generic, TypeVar

Row = TypeVar("Row")

_WILDCARDS = frozenset("*?[")


class PathTable(Generic[Row]):
    """Rows in order, each under one glob: `fnmatch` on the whole path, `*` crosses dots.

    Rows are filed by the path's first component (`env`, `python` ...), so that a look-up tries
    only those that can match at all.
    """

    def __init__(self, rows: Iterable[tuple[str, Row]]) -> None:
        compiled = [(glob, re.compile(translate(glob)).match, row) for glob, row in rows]
        heads = {_head(glob) for glob, _, _ in compiled}
        self._by_head = {
            head: [(match, row) for glob, match, row in compiled if _head(glob) in (head, None)]
            for head in heads
        }
        self._by_head.setdefault(None, [])

    def all(self, path: str) -> Iterator[Row]:
        """The rows whose glob matches, first to last."""
        head = path.partition(".")[0]
        for match, row in self._by_head.get(head, self._by_head[None]):
            if match(path):
                yield row

    def first(self, path: str) -> Row | None:
        return next(self.all(path), None)


def _head(glob: str) -> str | None:
    """The first component, None where a wildcard leaves it open."""
    head = glob.partition(".")[0]
    return None if _WILDCARDS & set(head) else head
