"""Limits and sizes, as rules compare and show them."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..model import Change, Value

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def limit(value: Value) -> float:
    """A limit as a number; `max`, and none stated, is infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.inf
    return float(value)


def lower(change: Change) -> float:
    """The tighter of both sides' limits."""
    return min(limit(change.before), limit(change.after))


def factor(change: Change) -> float:
    """How many times the tighter of both limits the other one is."""
    ours, theirs = sorted((limit(change.before), limit(change.after)))
    return theirs / ours if ours > 0 else math.inf


def in_bytes(value: Value) -> str:
    """`536870912` is `512 MiB`."""
    amount = limit(value)
    if math.isinf(amount):
        return "unlimited"
    unit = 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount /= 1024
        unit += 1
    return f"{amount:.4g} {_UNITS[unit]}"


def in_numbers(value: Value) -> str:
    return "unlimited" if math.isinf(limit(value)) else f"{limit(value):.12g}"


def sides_in(change: Change, show: Callable[[Value], str]) -> str:
    """`512 MiB in A, unlimited in B`."""
    return f"{show(change.before)} in A, {show(change.after)} in B"
