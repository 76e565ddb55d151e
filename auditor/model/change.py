"""A comparison: what differs, and what could not be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .finding import Finding
from .fingerprint import SCHEMA, Origin, Provenance, Value


class ChangeKind(str, Enum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNKNOWN = "unknown"  # on both sides, but not comparable: never a difference

    @property
    def mirrored(self) -> ChangeKind:
        """The same change seen from the other side."""
        pair = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
        return pair.get(self, self)


class Weight(str, Enum):
    """How much a change is likely to matter before any rule looked at it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"  # noise: folded in reports

    @property
    def rank(self) -> int:
        return ("high", "medium", "low").index(self.value)


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs. `before` is A's value, `after` B's, None where it has none.

    `detail` says how: for versions `level` (epoch, major, minor, patch, build) and
    `direction` (up, down); for sets and ordered lists `added`, `removed`, `moved`.
    `folded_under` is the path of the change that this one follows from.
    """

    path: str
    section: str
    kind: ChangeKind
    before: Value
    after: Value
    origin: Origin
    weight: Weight = Weight.MEDIUM
    detail: Mapping[str, Value] = field(default_factory=dict)
    folded_under: str | None = None

    @property
    def key(self) -> str:
        return self.path[len(self.section) + 1 :]


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A fact or a whole section (`path` ends in `.*`) that one side or both do not know.

    `side` is "a", "b" or "both": the side(s) that cannot tell. `withheld` marks values that
    redaction keeps back on purpose: set on both sides, but not to be told apart; `side` is then
    the one that tells less (no key where the other has one, hidden where the other shows it).
    """

    path: str
    reason: str
    side: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two fingerprints joined. `identities` are instance names that differ: not changes."""

    a: Provenance
    b: Provenance
    changes: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...]
    findings: tuple[Finding, ...] = ()
    unexplained: tuple[str, ...] = ()
    schema: str = SCHEMA

    @property
    def same(self) -> bool:
        return not self.changes
