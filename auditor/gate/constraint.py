"""What a value may be: version ranges, numbers, allowed values, members, processors.

Each constraint says why a value does not meet it, so that a verdict can. Those that are
`relative` also look at the baseline's value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from ..model import Value
from .microarchitecture import why_not as why_not_at_least

UNLIMITED = "max"  # how a fingerprint says that there is no limit
_MAX_VERSION_LENGTH = 256
_MAX_SHOWN = 60  # characters of a value in a message


class Level(IntEnum):
    """How far apart two versions are; `detail["level"]` of a change."""

    BUILD = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3
    EPOCH = 4


_LEVELS = {level.name.lower(): level for level in Level}


@dataclass(frozen=True, slots=True)
class Case:
    """What a constraint looks at: the baseline's value, the fingerprint's, how they differ
    (`Change.detail`), and the fingerprint's other facts by their paths."""

    before: Value
    after: Value
    detail: Mapping[str, Value]
    fact: Callable[[str], Value]


class Constraint(Protocol):
    @property
    def relative(self) -> bool: ...

    def why_not(self, case: Case) -> str | None:
        """Why it is not met, to go on after the value; None where it is."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class VersionStep:
    """The version changed by at most this level, up or down."""

    level: Level
    relative: bool = True

    def why_not(self, case: Case) -> str | None:
        told = str(case.detail.get("level"))
        if told not in _LEVELS:
            return "is no step of a version"
        if _LEVELS[told] > self.level:
            return f"is a {told} step, more than {self}"
        return None

    def __str__(self) -> str:
        return self.level.name.lower()


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The version lies in a PEP 440 range (https://peps.python.org/pep-0440/); previews
    count, since what is installed is a fact and no choice."""

    specifiers: SpecifierSet
    text: str
    relative: bool = False

    def why_not(self, case: Case) -> str | None:
        value = case.after
        if not isinstance(value, str) or len(value) > _MAX_VERSION_LENGTH:
            return "is no version"
        try:
            version = Version(value)
        except InvalidVersion:
            return "is no PEP 440 version"
        if self.specifiers.contains(version, prereleases=True):
            return None
        return f"is not {self.text}"

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Bound:
    """The number (`max` is without limit) is at least (`lower`), or at most, this one; where
    `number` is None, the baseline's own."""

    lower: bool
    number: float | int | None
    text: str

    @property
    def relative(self) -> bool:
        return self.number is None

    def why_not(self, case: Case) -> str | None:
        value = _number(case.after)
        bound = _number(case.before) if self.number is None else self.number
        if value is None or bound is None:
            return "is no number" if value is None else "cannot be held against the baseline"
        if value >= bound if self.lower else value <= bound:
            return None
        return f"is {'less' if self.lower else 'more'} than {self.text}"

    def __str__(self) -> str:
        return f"at {'least' if self.lower else 'most'} {self.text}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The number is at most `factor` (1 or more) times the baseline's, and at least that part
    of it. Zero and "no limit" are within no factor of anything but themselves."""

    factor: float
    relative: bool = True

    def why_not(self, case: Case) -> str | None:
        before, after = _number(case.before), _number(case.after)
        if before is None or after is None:
            return "is no number" if after is None else "cannot be held against the baseline"
        if before == after:
            return None
        alike = math.isfinite(before) and math.isfinite(after) and before * after > 0
        # Multiplied, not divided: integers stay exact, and nothing overflows.
        small, large = sorted((abs(before), abs(after)))
        if alike and large <= small * self.factor:
            return None
        return f"is more than a factor of {self.factor:g} from the baseline"

    def __str__(self) -> str:
        return f"within a factor of {self.factor:g}"


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[str | int | float | bool, ...]
    relative: bool = False

    def why_not(self, case: Case) -> str | None:
        # True is not 1 here, as in a fingerprint.
        met = any(
            value == case.after and isinstance(value, bool) == isinstance(case.after, bool)
            for value in self.values
        )
        return None if met else f"is not {self}"

    def __str__(self) -> str:
        return "one of " + ", ".join(shown(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Contains:
    """A list has all of these members, or an object these keys."""

    members: tuple[str, ...]
    relative: bool = False

    def why_not(self, case: Case) -> str | None:
        if not isinstance(case.after, list | dict):
            return "is no list"
        missing = [member for member in self.members if member not in case.after]
        return f"lacks {', '.join(missing)}" if missing else None

    def __str__(self) -> str:
        return "contains " + ", ".join(self.members)


@dataclass(frozen=True, slots=True)
class AtLeastProcessor:
    """The fingerprint's processor runs what is built for this one."""

    name: str
    relative: bool = False

    def why_not(self, case: Case) -> str | None:
        why = why_not_at_least(self.name, case.fact)
        return None if why is None else f"is not at least {self.name}: {why}"

    def __str__(self) -> str:
        return f"at least {self.name}"


@dataclass(frozen=True, slots=True)
class AllOf:
    constraints: tuple[Constraint, ...]

    @property
    def relative(self) -> bool:
        return any(constraint.relative for constraint in self.constraints)

    def why_not(self, case: Case) -> str | None:
        reasons = [constraint.why_not(case) for constraint in self.constraints]
        return next((reason for reason in reasons if reason is not None), None)

    def __str__(self) -> str:
        return ", ".join(map(str, self.constraints))


def shown(value: Value) -> str:
    """A value in a message: short, texts as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "(not there)"
    if isinstance(value, list | dict):
        return f"a list of {len(value)}" if isinstance(value, list) else "an object"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "..."


def _number(value: Value) -> float | int | None:
    if value == UNLIMITED:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value
