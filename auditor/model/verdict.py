"""A verdict: what the gate says about a fingerprint held against its baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .change import NotCompared
from .fingerprint import SCHEMA, Provenance, Value

Action = Literal["fail", "warn", "ignore"]


@dataclass(frozen=True, slots=True)
class GateEntry:
    """One change as the policy judged it: `decided_by` is the policy line that did,
    `reason` the waiver's, where one applies."""

    path: str
    kind: str
    before: Value
    after: Value
    origin: str
    message: str
    decided_by: str
    reason: str | None = None


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
    schema: str = SCHEMA
