"""What redaction left of a value, and whether two such remains can be told apart.

A value may be withheld whole (`{"set": true}`, or a digest under a key), or a text may hold
marks in the places where credentials stood (`<redacted>`, `<hmac-sha256:...>`). Two digests
under one key tell equal from different; anything else tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..model import Value

_DIGEST = re.compile(r"hmac-sha256:(?P<key>[0-9a-f]{1,64}):[0-9a-f]{1,128}")
_MARK = re.compile(rf"<(?:redacted|{_DIGEST.pattern})>")
_NO_KEY = "set on both sides, values not compared: set ENVAUDIT_KEY to tell equal from different"
_OTHER_KEY = "digests under different keys: take both fingerprints with the same ENVAUDIT_KEY"
_ONE_KEY = "digest on one side only: take both fingerprints with the same ENVAUDIT_KEY"
_ONE_SHOWN = "the value is withheld on one side: take both with the same key and env.show"


class NotTold(NamedTuple):
    """Why two values cannot be told equal or different, and on which `side` ("a", "b" or
    "both") that could be mended."""

    reason: str
    side: str


def why_not_comparable(before: Value, after: Value) -> NotTold | None:
    """None where the two can be told equal or different.

    Texts that differ outside their marks are different, whatever the marks hide.
    """
    if not (suspicious(before) or suspicious(after)):
        return None
    if _whole(before) or _whole(after):
        return _why_not(before, after)
    if _unmarked(before) != _unmarked(after):
        return None
    pairs = list(zip(_marks(before), _marks(after), strict=True))
    if any(_key(one) == _key(other) is not None and one != other for one, other in pairs):
        return None
    return next((why for why in (_why_not(*pair) for pair in pairs) if why), None)


def suspicious(value: Value) -> bool:
    """Whether a part of it may be withheld. Cheap: most values hold nothing of the kind."""
    if isinstance(value, str):
        return "<redacted>" in value or "hmac-sha256:" in value
    if isinstance(value, list):
        return any(map(suspicious, value))
    return isinstance(value, dict) and (_whole(value) or any(map(suspicious, value.values())))


def _why_not(before: Value, after: Value) -> NotTold | None:
    ours, theirs = _key(before), _key(after)
    if ours is not None and theirs is not None:
        return None if ours == theirs else NotTold(_OTHER_KEY, "both")
    if _whole(before) and _whole(after):
        if ours is None and theirs is None:
            return NotTold(_NO_KEY, "both")
        return NotTold(_ONE_KEY, "a" if ours is None else "b")
    return NotTold(_ONE_SHOWN, "a" if _whole(before) else "b")


def _whole(value: Value) -> bool:
    if isinstance(value, str):
        return bool(_DIGEST.fullmatch(value) or _MARK.fullmatch(value))
    return isinstance(value, dict) and len(value) == 1 and value.get("set") is True


def _key(value: Value) -> str | None:
    """The id of the key that a digest was made with."""
    digest = _DIGEST.search(value) if isinstance(value, str) else None
    return digest["key"] if digest else None


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        members = [value[key] for key in sorted(value)] if isinstance(value, dict) else value
        for member in members:
            yield from _texts(member)


def _marks(value: Value) -> list[str]:
    return [mark.group() for text in _texts(value) for mark in _MARK.finditer(text)]


def _unmarked(value: Value) -> Value:
    if isinstance(value, str):
        return _MARK.sub("<redacted>", value)
    if isinstance(value, list):
        return [_unmarked(member) for member in value]
    if isinstance(value, dict):
        return {key: _unmarked(member) for key, member in value.items()}
    return value
