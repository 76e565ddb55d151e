"""The wire forms of a comparison and of a verdict (design: the wire)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from ..model import Change, Comparison, Finding, GateEntry, NotCompared, Provenance, Verdict
from .sanitize import without_commands


def render(document: Mapping[str, object]) -> str:
    """The text of a document. ASCII, so that it cannot carry a terminal control; no log of
    continuous integration finds one of its commands in it."""
    text = json.dumps(document, indent=2, allow_nan=False)
    return without_commands(text, r"\u0023") + "\n"


def comparison_document(comparison: Comparison) -> dict[str, object]:
    return {
        "kind": "comparison",
        "schema": comparison.schema,
        "a": _provenance(comparison.a),
        "b": _provenance(comparison.b),
        "findings": [_finding(finding) for finding in comparison.findings],
        "changes": [_change(change) for change in comparison.changes],
        "unexplained": list(comparison.unexplained),
        "not_compared": [_not_compared(entry) for entry in comparison.not_compared],
    }


def verdict_document(verdict: Verdict) -> dict[str, object]:
    document: dict[str, object] = {
        "kind": "verdict",
        "schema": verdict.schema,
        "passed": verdict.passed,
        "baseline": _provenance(verdict.baseline),
        "fingerprint": _provenance(verdict.fingerprint),
        "violations": [_entry(entry) for entry in verdict.violations],
        "warnings": [_entry(entry) for entry in verdict.warnings],
        "waived": [_entry(entry) for entry in verdict.waived],
        "ignored": verdict.ignored,
        "not_compared": [_not_compared(entry) for entry in verdict.not_compared],
    }
    if verdict.lock is not None:
        document["lock"] = asdict(verdict.lock)
    return document


def _provenance(provenance: Provenance) -> dict[str, object]:
    known: dict[str, object] = {
        "name": provenance.name,
        "target": provenance.target,
        "captured_at": provenance.captured_at,
        "agent_version": provenance.agent_version,
        "duration_ms": provenance.duration_ms,
    }
    return {key: value for key, value in known.items() if value is not None}


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "title": finding.title,
        "effects": list(finding.effects),
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        "evidence": [
            {"path": evidence.path, "before": evidence.before, "after": evidence.after}
            for evidence in finding.evidence
        ],
        "confirm": finding.confirm,
        "remedy": finding.remedy,
        "sources": list(finding.sources),
    }


def _change(change: Change) -> dict[str, object]:
    document: dict[str, object] = {
        "path": change.path,
        "kind": change.kind.value,
        "before": change.before,
        "after": change.after,
        "origin": change.origin.value,
        "weight": change.weight.value,
        "detail": dict(change.detail),
    }
    if change.folded_under is not None:
        document["folded_under"] = change.folded_under
    return document


def _not_compared(entry: NotCompared) -> dict[str, object]:
    return {
        "path": entry.path,
        "reason": entry.reason,
        "side": entry.side,
        "withheld": entry.withheld,
    }


def _entry(entry: GateEntry) -> dict[str, object]:
    document: dict[str, object] = {
        "path": entry.path,
        "kind": entry.kind,
        "before": entry.before,
        "after": entry.after,
        "origin": entry.origin,
        "message": entry.message,
        "decided_by": entry.decided_by,
    }
    if entry.reason is not None:
        document["reason"] = entry.reason
    if entry.decided_at is not None:
        document["decided_at"] = entry.decided_at
    if entry.owner is not None:
        document["owner"] = entry.owner
    return document
