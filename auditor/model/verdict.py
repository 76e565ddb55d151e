"""A verdict: what the gate says about a fingerprint held against its baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .change import NotCompared
from .fingerprint import SCHEMA, Provenance, Value

Action = Literal["fail", "warn", "ignore"]


@dataclass(frozen=True, slots=True)
class GateEntry:
    """One change as the policy judged it: `decided_by` is the policy line that did and
    `decided_at` its place (`FILE:LINE`); `reason` and `owner` are of the waiver, where one
    applies or has expired."""

    path: str
    kind: str
    before: Value
    after: Value
    origin: str
    message: str
    decided_by: str
    reason: str | None = None
    decided_at: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class LockSummary:
    """A lock file that was held against the installed distributions: how many it wants in
    this environment (`required`), how many are installed as it says (`matching`), and how many
    of those have files that are as their installer recorded them (`intact`)."""

    source: str
    format: str
    required: int
    matching: int
    intact: int


@dataclass(frozen=True, slots=True)
class Verdict:
    passed: bool
    baseline: Provenance
    fingerprint: Provenance
    violations: tuple[GateEntry, ...]
    warnings: tuple[GateEntry, ...]
    waived: tuple[GateEntry, ...]
    ignored: int
    not_compared: tuple[NotCompared, ...]
    lock: LockSummary | None = None
    schema: str = SCHEMA
