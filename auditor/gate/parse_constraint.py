"""A constraint from its TOML value: a level, a version specifier, or a table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from . import microarchitecture
from .constraint import (
    UNLIMITED,
    AllOf,
    AtLeastProcessor,
    Bound,
    Constraint,
    Contains,
    Level,
    OneOf,
    Ratio,
    VersionRange,
    VersionStep,
)
from .wording import nearest, type_name

LEVELS = tuple(level.name.lower() for level in Level if level is not Level.EPOCH)
KEYS = ("version", "at_least", "at_most", "ratio", "one_of", "contains")
BASELINE = "baseline"

_MAX_MEMBERS = 1000
_MAX_TEXT = 256  # characters of a specifier, an amount or a name
_SPECIFIER = re.compile(r"\s*[<>=!~]")
_AMOUNT = re.compile(r"(?P<number>\d{1,30}(?:\.\d{1,30})?)\s*(?P<unit>[A-Za-z]{0,3})", re.ASCII)
# IEC 80000-13 and SI; the factor to bytes.
_UNITS: dict[str, int] = {
    "": 1,
    "B": 1,
    **{f"{prefix}iB": 1024**power for power, prefix in enumerate("KMGTP", 1)},
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("kMGTP", 1)},
}


class BadConstraint(ValueError):
    """Not a constraint; `key` is the member of the table that is wrong, None for the whole."""

    def __init__(self, what: str, key: str | None = None) -> None:
        super().__init__(what)
        self.key = key


def parse_constraint(value: object) -> Constraint:
    """The constraint in the value of a line of `leeway` or `require`; raises `BadConstraint`."""
    if isinstance(value, str):
        return _step_or_range(value)
    if not isinstance(value, dict):
        raise BadConstraint(f"{_EXPECTED}, not {type_name(value)}")
    for key in value:
        if key not in KEYS:
            raise BadConstraint(f'unknown key "{key}"{nearest(key, KEYS)}', key)
    if not value:
        raise BadConstraint(f"is empty: write one of {', '.join(KEYS)}")
    constraints = [_member(key, member) for key, member in value.items()]
    _contradicting(value, constraints)
    return constraints[0] if len(constraints) == 1 else AllOf(tuple(constraints))


_EXPECTED = (
    f'must be a level ({", ".join(LEVELS)}), a version specifier such as ">=1.26,<2", or a table '
    "such as { ratio = 1.5 }"
)


def _step_or_range(value: str) -> Constraint:
    if value in LEVELS:
        return VersionStep(Level[value.upper()])
    if _SPECIFIER.match(value):
        return _range(value, None)
    raise BadConstraint(f"{_EXPECTED}{nearest(value, LEVELS)}")


def _range(value: object, key: str | None) -> VersionRange:
    if not isinstance(value, str):
        raise BadConstraint(f"must be a version specifier, not {type_name(value)}", key)
    if len(value) > _MAX_TEXT:
        raise BadConstraint(f"is longer than {_MAX_TEXT} characters", key)
    try:
        specifiers = SpecifierSet(value)
    except InvalidSpecifier:
        raise BadConstraint(
            f'"{value}" is no PEP 440 version specifier such as ">=1.26,<2"', key
        ) from None
    if not len(specifiers):
        raise BadConstraint("is an empty version specifier", key)
    if specifiers.is_unsatisfiable():
        raise BadConstraint(f'"{value}" contradicts itself: no version is in it', key)
    return VersionRange(specifiers, value)


def _member(key: str, value: object) -> Constraint:
    if key == "version":
        return _range(value, key)
    if key in ("at_least", "at_most"):
        return _bound(key, value)
    if key == "ratio":
        return _ratio(value)
    if key == "contains":
        return Contains(tuple(_texts(value, key)))
    return OneOf(_values(value))


def _bound(key: str, value: object) -> Constraint:
    lower = key == "at_least"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadConstraint(f"must be a number or an amount, not {type_name(value)}", key)
    if not isinstance(value, str):
        return Bound(lower, _finite(value, key), str(value))
    if value == BASELINE:
        return Bound(lower, None, "the baseline's")
    if value == UNLIMITED:
        return Bound(lower, math.inf, UNLIMITED)
    if len(value) <= _MAX_TEXT and (amount := _AMOUNT.fullmatch(value.strip())):
        return Bound(lower, _amount(amount, key), value.strip())
    if lower and len(value) <= _MAX_TEXT:
        if microarchitecture.is_known(value):
            return AtLeastProcessor(value)
        if close := microarchitecture.nearest(value):
            raise BadConstraint(
                f'"{value}" is no amount and no processor (did you mean "{close}"?)', key
            )
    processor = ', or a processor such as "x86-64-v3"' if lower else ""
    raise BadConstraint(
        f'must be a number, an amount such as "512 MiB", "baseline"{processor}'
        f"{nearest(value, (BASELINE, UNLIMITED))}",
        key,
    )


def _amount(amount: re.Match[str], key: str) -> int | float:
    unit = amount["unit"]
    if unit not in _UNITS:
        raise BadConstraint(f'has the unknown unit "{unit}"{nearest(unit, _UNITS, 0.6)}', key)
    number: str = amount["number"]
    return (float(number) if "." in number else int(number)) * _UNITS[unit]


def _ratio(value: object) -> Ratio:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadConstraint(f"must be a number, not {type_name(value)}", "ratio")
    factor = _finite(value, "ratio")
    if factor < 1:
        raise BadConstraint(
            "must be 1 or more: 1.5 lets pass what is up to half as much again, up or down", "ratio"
        )
    return Ratio(float(factor))


def _finite(value: float, key: str) -> int | float:
    try:
        if math.isfinite(value):
            return value
    except OverflowError:  # an integer that no float holds
        pass
    raise BadConstraint("must be a finite number", key)


def _texts(value: object, key: str) -> list[str]:
    if not isinstance(value, list) or not value:
        raise BadConstraint("must be a list of texts that is not empty", key)
    if not all(isinstance(member, str) and member for member in value):
        raise BadConstraint("must hold texts that are not empty", key)
    return _few(value, key)


def _values(value: object) -> tuple[str | int | float | bool, ...]:
    if not isinstance(value, list) or not value:
        raise BadConstraint("must be a list of values that is not empty", "one_of")
    for member in value:
        if not isinstance(member, str | int | float):
            raise BadConstraint("must hold texts, numbers and booleans", "one_of")
        if isinstance(member, float):
            _finite(member, "one_of")
    return tuple(_few(value, "one_of"))


def _few(value: list[str], key: str) -> list[str]:
    if len(value) > _MAX_MEMBERS:
        raise BadConstraint(f"holds more than {_MAX_MEMBERS:,} members", key)
    return value


def _contradicting(table: Mapping[str, object], constraints: list[Constraint]) -> None:
    bounds = {one.lower: one.number for one in constraints if isinstance(one, Bound)}
    low, high = bounds.get(True), bounds.get(False)
    if low is not None and high is not None and low > high:
        raise BadConstraint(
            f"at_least {table['at_least']} and at_most {table['at_most']} contradict each other"
        )
