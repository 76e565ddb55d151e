"""What was told, by step. It comes from the libraries' own process, so anything may stand in it."""

from __future__ import annotations

from ..section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What every reader of the fingerprint takes; beyond them nothing that is ours is told.
MAX_VALUES = 100_000  # of all answers together
_MAX_DEPTH = 4  # GPUs: devices, a device, its facts
_MAX_KEY = 256
_MAX_TEXT = 4096
_INTEGERS = (-(2**63), 2**64 - 1)


class Answers:
    """`found`: by step; `failed`: why a step told nothing."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        self.failed: dict[str, str] = {}
        self.error: Exception | None = None  # why nobody could be asked
        self.ended: str | None = None  # why the last process did not come to its end
        self.complete = False
        self._values = 0

    @property
    def missing(self) -> str | None:
        """Why there may be steps that were neither answered nor failed; None where there is no
        such step."""
        return None if self.complete else self.ended or "there was no time to ask"

    def take(self, step: str, found: Any) -> None:
        """An answer; one that no fingerprint could hold is a failed step."""
        try:
            self._values += _count(found, _MAX_DEPTH)
            if self._values > MAX_VALUES:
                raise Unreadable("more is told than there can be")
        except Unreadable as error:
            self.failed[step] = str(error)
        else:
            self.found[step] = found


def _count(value: Any, depth: int) -> int:
    """The number of values in it; raises `Unreadable` for what has no place in a fact."""
    if isinstance(value, dict):
        parts = list(value.values())
        sound = depth > 0 and all(isinstance(key, str) and len(key) <= _MAX_KEY for key in value)
    elif isinstance(value, (list, tuple)):
        parts = list(value)
        sound = depth > 0
    else:
        parts = []
        sound = _is_sound(value)
    if not sound:
        raise Unreadable("the answer has no form that is known")
    return 1 + sum(_count(part, depth - 1) for part in parts)


def _is_sound(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_TEXT
    if isinstance(value, int):
        return _INTEGERS[0] <= value <= _INTEGERS[1]
    return value is None or (isinstance(value, float) and value - value == 0)  # no NaN, no infinity
