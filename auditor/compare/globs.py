"""Tables keyed by globs on whole fact paths, as every table of knowledge in this package is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from functools import cache
from typing import Generic, TypeVar

Row = TypeVar("Row")

_WILDCARDS = frozenset("*?[")


class PathTable(Generic[Row]):
    """Rows in order, each under one glob: `fnmatch` on the whole path, `*` crosses dots.

    Rows are filed by the path's first component (`env`, `python` ...), so that a look-up tries
    only those that can match at all.
    """

    def __init__(self, rows: Iterable[tuple[str, Row]]) -> None:
        filed = [(_head(glob), glob, row) for glob, row in rows]
        self._by_head = {
            head: [(glob, row) for of, glob, row in filed if of in (head, None)]
            for head in {head for head, _, _ in filed}
        }
        self._by_head.setdefault(None, [])

    def all(self, path: str) -> Iterator[Row]:
        """The rows whose glob matches, first to last."""
        head = path.partition(".")[0]
        for glob, row in self._by_head.get(head, self._by_head[None]):
            if matches(path, glob):
                yield row

    def first(self, path: str) -> Row | None:
        return next(self.all(path), None)


class FiledPaths:
    """Paths in order, filed by their first component, so that globs are held against those only
    that can match at all."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._all = tuple(paths)
        self._by_head: dict[str, list[str]] = {}
        for path in self._all:
            self._by_head.setdefault(path.partition(".")[0], []).append(path)

    def matching(self, globs: Iterable[str]) -> Iterator[str]:
        """The paths that match one of the globs, in order."""
        globs = tuple(globs)
        heads = {_head(glob) for glob in globs}
        candidates: Iterable[str] = self._all
        if len(heads) == 1 and None not in heads:
            candidates = self._by_head.get(str(heads.pop()), ())
        elif None not in heads:
            candidates = (path for path in self._all if path.partition(".")[0] in heads)
        names, beginnings, others = set(), [], []
        for glob in globs:
            if _WILDCARDS.isdisjoint(glob):
                names.add(glob)
            elif glob.endswith("*") and _WILDCARDS.isdisjoint(glob[:-1]):
                beginnings.append(glob[:-1])
            else:
                others.append(glob)
        prefixes = tuple(beginnings)
        for path in candidates:
            found = path in names or path.startswith(prefixes)
            if found or (others and any(matches(path, glob) for glob in others)):
                yield path


def matches(path: str, glob: str) -> bool:
    """As `fnmatch.fnmatchcase`. Most globs are names or beginnings, for which compiling them as
    regular expressions, hundreds of them at each comparison, is most of the work."""
    head, star, rest = glob.partition("*")
    if _WILDCARDS.isdisjoint(head):
        if not star:
            return path == glob
        if not path.startswith(head):
            return False
        if not rest:
            return True
        if _WILDCARDS.isdisjoint(rest):
            return path.endswith(rest) and len(path) >= len(head) + len(rest)
    return _pattern(glob).match(path) is not None


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """Compiled when it is first needed: of a table a comparison needs a part."""
    return re.compile(translate(glob))


def _head(glob: str) -> str | None:
    """The first component, None where a wildcard leaves it open."""
    head = glob.partition(".")[0]
    return None if _WILDCARDS & set(head) else head
