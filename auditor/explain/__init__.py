"""Which difference is to blame: rules, findings, ranking, and the symptom."""

from __future__ import annotations

from .engine import explain
from .symptom import Symptom, read_symptom

__all__ = ["Symptom", "explain", "read_symptom"]
