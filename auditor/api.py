"""The public Python API; `auditor` itself re-exports it."""

from __future__ import annotations

from datetime import datetime, timezone
from os import PathLike

from . import store
from .capture import CaptureOptions, capture
from .capture.local import capture_local
from .compare import compare
from .gate import DEFAULT_POLICY, Policy, evaluate
from .gate import bless as _bless
from .model import Baseline, Comparison, Fingerprint, Verdict

__all__ = ["bless", "compare", "explain", "gate", "load", "snapshot"]


def snapshot(target: str | None = None, options: CaptureOptions | None = None) -> Fingerprint:
    """Fingerprint a target, as the command line names it; without one, this very process.

    Raises `auditor.model.EnvauditError`: `UsageError` for a target that does not exist,
    `CaptureFailed` for one that could not be captured.
    """
    if target is None:
        return capture_local(None, options or CaptureOptions(), own=True)
    return capture(target, options)


def load(path: str | PathLike[str]) -> Fingerprint:
    """A fingerprint (or the one in a baseline) from a file; raises `InvalidInput`."""
    return store.load(path)


def explain(a: Fingerprint, b: Fingerprint, symptom: str = "") -> Comparison:
    """The comparison of two fingerprints with its findings: what can be responsible, the
    likeliest first, and the changes that none of them explains.

    `symptom` is what was seen: an effect (`numerics`, `crash` ...), a message or a whole log;
    what can cause it comes first.
    """
    from .explain import explain as with_findings  # the rules, which take their time to be read
    from .explain import read_symptom

    seen = read_symptom(symptom) if symptom else None
    return with_findings(a, b, compare(a, b), seen)


def bless(fingerprint: Fingerprint, reason: str | None = None) -> Baseline:
    """The baseline that the gate holds later fingerprints against."""
    return store.sealed(_bless(fingerprint, datetime.now(timezone.utc), reason))


def gate(fingerprint: Fingerprint, baseline: Baseline, policy: Policy = DEFAULT_POLICY) -> Verdict:
    """Judge a fingerprint by its baseline and a policy."""
    today = datetime.now(timezone.utc).date()
    comparison = compare(baseline.fingerprint, fingerprint)
    if policy.reads_findings:
        comparison = explain(baseline.fingerprint, fingerprint)
    return evaluate(comparison, policy, today, fingerprint)
