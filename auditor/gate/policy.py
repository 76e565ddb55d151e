"""The policy: what the gate lets pass, warns of, or fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Protocol, TypeVar

from ..model.verdict import Action
from .pattern import Pattern

# From mild to strict: on a tie the strictest line decides.
STRICTNESS: dict[Action, int] = {"ignore": 0, "warn": 1, "fail": 2}


class Level(IntEnum):
    """How far apart two versions are; `detail["level"]` of a change."""

    BUILD = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3
    EPOCH = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A glob of `fail`, `warn` or `ignore`."""

    pattern: Pattern
    action: Action

    def __str__(self) -> str:
        return f'{self.action} "{self.pattern.text}"'


@dataclass(frozen=True, slots=True)
class Leeway:
    """Version changes of at most this level pass, up and down."""

    pattern: Pattern
    level: Level

    def __str__(self) -> str:
        return f'leeway "{self.pattern.text}" = {self.level.name.lower()}'


@dataclass(frozen=True, slots=True)
class Waiver:
    """A change that is let pass for a stated reason, up to and including a day."""

    pattern: Pattern
    reason: str
    expires: date
    owner: str | None = None

    def __str__(self) -> str:
        owner = f" ({self.owner})" if self.owner else ""
        return f'waiver "{self.pattern.text}" until {self.expires}{owner}'


@dataclass(frozen=True, slots=True)
class Policy:
    """Of the lines that match a path the most specific decides; on a tie the strictest.

    Without a matching line a change fails, or only warns where its weight is low (noise).
    `not_compared` is for what the baseline knows and the fingerprint does not; `withheld`
    for values that redaction keeps back on both sides.
    """

    lines: tuple[Line, ...] = ()
    leeway: tuple[Leeway, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    not_compared: Action = "fail"
    withheld: Action = "warn"

    def line_for(self, path: str) -> Line | None:
        strict_first = sorted(self.lines, key=lambda line: -STRICTNESS[line.action])
        return _most_specific(strict_first, path)

    def leeway_for(self, path: str) -> Leeway | None:
        tight_first = sorted(self.leeway, key=lambda leeway: leeway.level)
        return _most_specific(tight_first, path)

    def waiver_for(self, path: str, today: date) -> Waiver | None:
        """The waiver that applies on that day, else one that has expired, else None."""
        matching = [waiver for waiver in self.waivers if waiver.pattern.matches(path)]
        in_force = [waiver for waiver in matching if today <= waiver.expires]
        last_first = sorted(in_force or matching, key=lambda waiver: waiver.expires, reverse=True)
        return _most_specific(last_first, path)


DEFAULT_POLICY = Policy()


class _HasPattern(Protocol):
    @property
    def pattern(self) -> Pattern: ...


Patterned = TypeVar("Patterned", bound=_HasPattern)


def _most_specific(candidates: Iterable[Patterned], path: str) -> Patterned | None:
    """The first of those equally specific (`max` keeps the first)."""
    matching = [candidate for candidate in candidates if candidate.pattern.matches(path)]
    return max(matching, key=lambda candidate: candidate.pattern.specificity, default=None)
