"""The policy: what the gate lets pass, warns of, or fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property

from ..model.verdict import Action
from .constraint import Constraint, Level
from .index import Index
from .pattern import Pattern

__all__ = [
    "DEFAULT_POLICY",
    "STRICTNESS",
    "Leeway",
    "Level",
    "Line",
    "Policy",
    "Requirement",
    "RuleLine",
    "Waiver",
]

# From mild to strict: on a tie the strictest line decides.
STRICTNESS: dict[Action, int] = {"ignore": 0, "warn": 1, "fail": 2}
LOCK_HEAD = "lock"  # of the paths of what a lock file says: `lock.missing.numpy`


@dataclass(frozen=True, slots=True)
class Line:
    """A glob of `fail`, `warn` or `ignore`. `place` is FILE:LINE, or a preset's; `preset`
    says that it is of one, which gives way to an own line that is as specific."""

    pattern: Pattern
    action: Action
    place: str | None = None
    preset: bool = False

    def __str__(self) -> str:
        return f'{self.action} "{self.pattern.text}"'


@dataclass(frozen=True, slots=True)
class Leeway:
    """A change whose new value meets the constraint passes."""

    pattern: Pattern
    allowed: Constraint
    place: str | None = None
    preset: bool = False

    def __str__(self) -> str:
        return f'leeway "{self.pattern.text}" = {self.allowed}'


@dataclass(frozen=True, slots=True)
class Requirement:
    """The fingerprint's value must meet the constraint, whatever the baseline's is; where it
    does, it may differ. `otherwise` is what becomes of it where it does not."""

    pattern: Pattern
    constraint: Constraint
    otherwise: Action = "fail"
    place: str | None = None
    preset: bool = False

    def __str__(self) -> str:
        return f'require "{self.pattern.text}" {self.constraint}'


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What becomes of findings of a rule; `glob` is an id (`EA101`) or a glob on ids."""

    glob: str
    action: Action
    place: str | None = None
    preset: bool = False

    def matches(self, rule: str) -> bool:
        return fnmatchcase(rule, self.glob)

    def __str__(self) -> str:
        return f"rules {self.glob} = {self.action}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A change, or the findings of a rule and what they name, let pass for a stated reason,
    up to and including a day. Exactly one of `pattern` and `rule` (a glob on ids) is given."""

    pattern: Pattern | None
    reason: str
    expires: date
    owner: str | None = None
    rule: str | None = None
    place: str | None = None

    def matches(self, path: str) -> bool:
        return self.pattern is not None and self.pattern.matches(path)

    def matches_rule(self, rule: str) -> bool:
        return self.rule is not None and fnmatchcase(rule, self.rule)

    @property
    def what(self) -> str:
        """The glob that it waives."""
        return self.rule or (self.pattern.text if self.pattern is not None else "")

    def __str__(self) -> str:
        owner = f" ({self.owner})" if self.owner else ""
        return f'waiver "{self.what}" until {self.expires}{owner}'


@dataclass(frozen=True)
class Policy:
    """Of the lines that match a path the most specific decides; on a tie an own one before a
    preset's, then the strictest.

    Without a matching line a change fails, or only warns where its weight is low (noise).
    `not_compared` is for what the baseline knows and the fingerprint does not; `withheld`
    for values that redaction keeps back on both sides. `settings` holds the places of these.
    """

    lines: tuple[Line, ...] = ()
    leeway: tuple[Leeway, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    not_compared: Action = "fail"
    withheld: Action = "warn"
    require: tuple[Requirement, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    presets: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads_findings(self) -> bool:
        """Whether a comparison must be explained before it can be judged."""
        return bool(self.rules) or any(waiver.rule for waiver in self.waivers)

    def line_for(self, path: str) -> Line | None:
        return next(iter(self.lines_for(path)), None)

    def lines_for(self, path: str) -> list[Line]:
        """The lines that match, the deciding one first. What a lock file says is nobody's
        fact: only globs that begin with `lock.` speak of it."""
        of_lock = path.partition(".")[0] == LOCK_HEAD
        return [
            line
            for line in self._line_index.all(path)
            if not of_lock or line.pattern.head == LOCK_HEAD
        ]

    def leeway_for(self, path: str) -> Leeway | None:
        return self._leeway_index.first(path)

    def requirement_for(self, path: str) -> Requirement | None:
        """The most specific requirement, unless a line is more specific."""
        requirement = self._requirement_index.first(path)
        line = self.line_for(path) if requirement is not None else None
        if requirement is None or line is None:
            return requirement
        closer = line.pattern.specificity > requirement.pattern.specificity
        return None if closer else requirement

    def rule_line_for(self, rule: str) -> RuleLine | None:
        matching = [line for line in self.rules if line.matches(rule)]
        return min(
            matching,
            key=lambda line: (-_rule_specificity(line.glob), line.preset, -STRICTNESS[line.action]),
            default=None,
        )

    def waiver_for(self, path: str, today: date) -> Waiver | None:
        """The waiver that applies on that day, else one that has expired, else None."""
        return _best([waiver for waiver in self.waivers if waiver.matches(path)], today)

    def waiver_for_rule(self, rule: str, today: date) -> Waiver | None:
        return _best([waiver for waiver in self.waivers if waiver.matches_rule(rule)], today)

    @cached_property
    def _line_index(self) -> Index[Line]:
        return Index(self.lines, lambda line: (line.preset, -STRICTNESS[line.action]))

    @cached_property
    def _leeway_index(self) -> Index[Leeway]:
        return Index(self.leeway, lambda leeway: (leeway.preset, _tightness(leeway.allowed)))

    @cached_property
    def _requirement_index(self) -> Index[Requirement]:
        return Index(
            self.require,
            lambda required: (required.preset, -STRICTNESS[required.otherwise]),
        )


def _best(matching: Iterable[Waiver], today: date) -> Waiver | None:
    """One in force before one that has expired, the more specific, the one that lasts longer."""

    def rank(waiver: Waiver) -> tuple[bool, tuple[bool, int, int], date]:
        specificity = (
            waiver.pattern.specificity
            if waiver.pattern is not None
            else (False, _rule_specificity(waiver.what), 0)
        )
        return today <= waiver.expires, specificity, waiver.expires

    return max(matching, key=rank, default=None)


def _rule_specificity(glob: str) -> int:
    """An id before a glob, then the longer beginning."""
    wildcards = [glob.index(character) for character in "*?[" if character in glob]
    return min(wildcards, default=len(glob) + 1)


def _tightness(allowed: Constraint) -> int:
    """On a tie the smaller step of a version; whatever is no step comes first."""
    level = getattr(allowed, "level", None)
    return level if isinstance(level, Level) else -1


DEFAULT_POLICY = Policy()
