"""Which changes follow from others: a numpy version, and the OpenBLAS that it bundles.

A consequence is folded under its cause only where the cause is itself a change. Chains end at
a cause that follows from nothing, and that is what every link is folded under.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from ..model import Change, ChangeKind, Weight
from .causes import TABLE, Changes, Finder, Match
from .globs import PathTable

# Filed under the glob that the consequence is without its names.
_RULES = PathTable((re.sub(r"<[^>]+>", "*", row.consequence), row) for row in TABLE)


@cache
def _pattern(consequence: str) -> re.Pattern[str]:
    """Compiled when it is first needed: of the table a comparison needs a part."""
    pattern = re.escape(consequence).replace(r"\*", ".*")
    pattern = re.sub(r"<(\w+)\\\.\\\.\\\.>", r"(?P<\1>.+)", pattern)
    pattern = re.sub(r"(?<!P)<(\w+)>", r"(?P<\1>[^.]+)", pattern)
    return re.compile(pattern, re.DOTALL)


def fold(changes: Sequence[Change]) -> list[Change]:
    """The same changes, consequences folded under their causes.

    A cause becomes at least as weighty as what follows from it: the reader sees it first.
    """
    by_path = Changes((change.path, change) for change in changes)
    direct = {path: cause for path, change in by_path.items() if (cause := _cause(change, by_path))}
    roots = {path: root for path in direct if (root := _root(path, direct))}
    weights: dict[str, Weight] = {}
    for path, root in roots.items():
        weights[root] = min(
            by_path[path].weight, weights.get(root, by_path[root].weight), key=lambda one: one.rank
        )
    return [
        replace(
            change,
            weight=weights.get(change.path, change.weight),
            folded_under=roots.get(change.path),
        )
        for change in changes
    ]


def _root(path: str, direct: Mapping[str, str]) -> str | None:
    """The end of the chain of causes; None for one that leads back to where it began."""
    seen = {path}
    while path in direct:
        path = direct[path]
        if path in seen:
            return None
        seen.add(path)
    return path


def _cause(change: Change, changes: Changes) -> str | None:
    if _stands_alone(change):
        return None
    for rule in _RULES.all(change.path):
        match = _pattern(rule.consequence).fullmatch(change.path)
        if match is None:
            continue
        for cause in _causes(rule.causes, change, changes, match):
            if cause in changes and cause != change.path:
                return cause
    return None


def _causes(
    causes: tuple[str, ...] | Finder, change: Change, changes: Changes, match: Match
) -> Iterable[str]:
    if callable(causes):
        return causes(change, changes, match)
    return (re.sub(r"<(\w+)>", lambda name: match[name[1]], cause) for cause in causes)


def _stands_alone(change: Change) -> bool:
    """Patched files and editable installs are causes, whatever the version is."""
    if change.kind is not ChangeKind.CHANGED:
        return False
    sides = (change.before, change.after)
    if change.section == "python.integrity":
        return "intact" in sides
    if change.section == "python.sources":
        editable = [isinstance(side, dict) and side.get("editable") is True for side in sides]
        return editable[0] != editable[1]
    return False
