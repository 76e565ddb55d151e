"""The frozen values that every step takes and returns (design: the words).

target --capture--> Fingerprint --compare--> Comparison --explain--> findings
baseline, Comparison, policy --gate--> Verdict
"""

from .baseline import Baseline, Blessing
from .change import Change, ChangeKind, Comparison, NotCompared, Weight
from .decision import Consideration, PathDecision
from .errors import CaptureFailed, EnvauditError, InvalidInput, UsageError
from .finding import Evidence, Finding, RulePage
from .fingerprint import (
    SCHEMA,
    Fingerprint,
    Origin,
    Provenance,
    Section,
    Status,
    Value,
)
from .place import FactFile
from .verdict import GateEntry, LockSummary, Verdict
from .whole_numbers import whole_number

__all__ = [
    "SCHEMA",
    "Baseline",
    "Blessing",
    "CaptureFailed",
    "Change",
    "ChangeKind",
    "Comparison",
    "Consideration",
    "EnvauditError",
    "Evidence",
    "FactFile",
    "Finding",
    "Fingerprint",
    "GateEntry",
    "InvalidInput",
    "LockSummary",
    "NotCompared",
    "Origin",
    "PathDecision",
    "Provenance",
    "RulePage",
    "Section",
    "Status",
    "UsageError",
    "Value",
    "Verdict",
    "Weight",
    "whole_number",
]
