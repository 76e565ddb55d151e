"""Whether two values of one fact mean the same, and if not, how they differ.

Types count: `True` is not `1`, "1" is not 1; but 1 and 1.0 are one number.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping, Sequence
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import TypeAlias

from ..model import Value
from .globs import PathTable
from .mechanisms import PREFIX, points_to, units_apart

Detail: TypeAlias = Mapping[str, Value]
Normalise: TypeAlias = Callable[[Value], Value]

# How the kernel, systemd, Docker and getrlimit(2) spell "no limit".
_NO_LIMIT = ("max", "unlimited", "infinity", None)

# Lists in which only membership counts.
_SETS = PathTable(
    (glob, True)
    for glob in (
        "cpu.flags",
        "cpu.features",
        "locale.missing",
        "network.resolver.options",
        "os.id_like",
        "process.capabilities*",
        "process.groups",
        "python.others",
        "frameworks.*.simd.*",
    )
)


def difference(path: str, before: Value, after: Value) -> Detail | None:
    """None where both mean the same, else the detail of the change: `added`, `removed`,
    `moved`, `changed`, as far as the values have parts.
    """
    if type(before) is type(after) and isinstance(before, (str, int, float)) and before == after:
        return None  # by far the most facts
    normalise = _NORMALISED.first(path)
    if normalise is not None:
        before, after = normalise(before), normalise(after)
    if canonical(before) == canonical(after):
        return None
    if isinstance(before, list) and isinstance(after, list):
        if _SETS.first(path):
            return _set_difference(before, after)
        return _list_difference(before, after)
    if isinstance(before, dict) and isinstance(after, dict):
        return _object_difference(before, after) | _of_probe(path, before, after)
    return {}


def _of_probe(path: str, before: dict[str, Value], after: dict[str, Value]) -> dict[str, Value]:
    """By how much a probe differs, and what that can come from."""
    if not path.startswith(PREFIX):
        return {}
    detail: dict[str, Value] = {"points_to": [*points_to(path)]}
    ulps = units_apart(before, after)
    if ulps is not None:
        detail["ulps"] = ulps
    return detail


def means_absent(path: str, value: Value) -> bool:
    """Whether stating this value is as good as not stating the fact."""
    return path.startswith("limits.") and (value is None or value in _NO_LIMIT)


def canonical(value: Value) -> Hashable:
    """Equal for two values exactly if they are the same in type and content."""
    if isinstance(value, list):
        return ("list", *map(canonical, value))
    if isinstance(value, dict):
        return ("object", frozenset((key, canonical(member)) for key, member in value.items()))
    return (isinstance(value, bool), value)


# --- values that are spelled in more than one way


def _limit(value: Value) -> Value:
    return "max" if isinstance(value, (str, type(None))) and value in _NO_LIMIT else value


def _encoding(value: Value) -> Value:
    """`UTF-8`, `utf8` and `U8` are one encoding; an error handler may follow a colon."""
    if not isinstance(value, str) or not value.isascii():
        return value
    name, colon, errors = value.partition(":")
    name = normalize_encoding(name).lower()
    return aliases.get(name, name) + colon + errors


def _locale(value: Value) -> Value:
    """`en_US.UTF-8` is `en_US.utf8`, as setlocale(3) of glibc takes them; `POSIX` is `C`."""
    if not isinstance(value, str):
        return value
    name, dot, rest = value.partition(".")
    codeset, at, modifier = rest.partition("@")
    codeset = re.sub(r"[^0-9a-z]", "", codeset.lower())
    return ("C" if name == "POSIX" else name) + dot + codeset + at + modifier


def _colon_list(value: Value) -> Value:
    """The first of two equal entries counts. An empty one stays: it is the working directory."""
    return list(dict.fromkeys(value.split(":"))) if isinstance(value, str) else value


def _preload_list(value: Value) -> Value:
    """ld.so(8): separated by spaces or colons."""
    return list(value.replace(":", " ").split()) if isinstance(value, str) else value


_NORMALISED: PathTable[Normalise] = PathTable(
    [
        ("limits.*", _limit),
        ("env.LANG", _locale),
        ("env.LC_*", _locale),
        ("env.PYTHONIOENCODING", _encoding),
        ("locale.charset", _encoding),
        ("locale.*encoding", _encoding),
        ("locale.python.std*", _encoding),
        ("locale.lc_*", _locale),
        ("env.PATH", _colon_list),
        ("env.PYTHONPATH", _colon_list),
        ("env.LD_LIBRARY_PATH", _colon_list),
        ("env.LD_PRELOAD", _preload_list),
    ]
)


# --- how values with parts differ


def _set_difference(before: list[Value], after: list[Value]) -> Detail | None:
    ours, theirs = _by_content(before), _by_content(after)
    return _parts(
        added=[theirs[key] for key in theirs.keys() - ours.keys()],
        removed=[ours[key] for key in ours.keys() - theirs.keys()],
    )


def _by_content(members: Sequence[Value]) -> dict[Hashable, Value]:
    return {canonical(member): member for member in members}


def _parts(added: list[Value], removed: list[Value]) -> Detail | None:
    parts: dict[str, Value] = {
        name: sorted(members, key=str) for name, members in (("added", added), ("removed", removed))
        if members
    }  # fmt: skip
    return parts or None


def _list_difference(before: list[Value], after: list[Value]) -> Detail:
    """Members added, removed and moved; the same seen from either side."""
    ours, theirs = _by_occurrence(before), _by_occurrence(after)
    detail: dict[str, Value] = {}
    for name, members, others in (("added", theirs, ours), ("removed", ours, theirs)):
        only = [member for key, member in members.items() if key not in others]
        if only:
            detail[name] = only
    # Which of two members that changed places has moved is a matter of view: take one view.
    first, second = sorted((ours, theirs), key=lambda side: [str(key) for key in side])
    moved = _moved([key for key in first if key in second], [key for key in second if key in first])
    if moved:
        detail["moved"] = [first[key] for key in moved]
    return detail


def _by_occurrence(members: Sequence[Value]) -> dict[Hashable, Value]:
    """A list may hold a member twice: the second one is another."""
    count: dict[Hashable, int] = {}
    occurrences: dict[Hashable, Value] = {}
    for member in members:
        key = canonical(member)
        count[key] = count.get(key, 0) + 1
        occurrences[key, count[key]] = member
    return occurrences


def _moved(first: list[Hashable], second: list[Hashable]) -> list[Hashable]:
    """What is left beside a longest increasing subsequence (patience sorting, O(n log n))."""
    place = {key: position for position, key in enumerate(second)}
    tails: list[int] = []  # the smallest end of an increasing subsequence of each length
    at_tail: list[int] = []  # where in `first` that end stands
    previous: list[int] = []
    for position, key in enumerate(first):
        length = bisect_left(tails, place[key])
        tails[length : length + 1] = [place[key]]
        at_tail[length : length + 1] = [position]
        previous.append(at_tail[length - 1] if length else -1)
    staying = set()
    position = at_tail[-1] if at_tail else -1
    while position >= 0:
        staying.add(position)
        position = previous[position]
    return [key for position, key in enumerate(first) if position not in staying]


def _object_difference(before: dict[str, Value], after: dict[str, Value]) -> dict[str, Value]:
    """The members that differ, those of objects within as `outer.inner`.

    Ours rather than DeepDiff's: it takes a hundredth of the time, and its import alone would
    cost more than the rest of a comparison.
    """
    found: dict[str, list[Value]] = {"added": [], "removed": [], "changed": []}
    pending = [("", before, after)]
    while pending:
        prefix, ours, theirs = pending.pop()
        for key in sorted(ours.keys() | theirs.keys()):
            mine, other = ours.get(key), theirs.get(key)
            if key not in ours:
                found["added"].append(prefix + key)
            elif key not in theirs:
                found["removed"].append(prefix + key)
            elif isinstance(mine, dict) and isinstance(other, dict):
                pending.append((f"{prefix}{key}.", mine, other))
            elif canonical(mine) != canonical(other):
                found["changed"].append(prefix + key)
    return {name: list(keys) for name, keys in found.items() if keys}
