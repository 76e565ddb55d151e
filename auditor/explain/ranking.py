"""Which finding comes first.

The order is by score: how likely this change causes this effect here (a rule's confidence),
lifted by what speaks for it and by the symptom. The scale of confidence, for all rules:

- 0.9   a switch that is certain to act on something that is there (another clock, other code)
- 0.75  known to change results or to fail, and the library that it acts on is there
- 0.6   known to, where the program uses the part that is concerned
- 0.45  can, under conditions that cannot be seen from here
- 0.3   seldom, or only together with something else
- 0.15  a hint: differs, and nothing more is known
"""

from __future__ import annotations

from dataclasses import replace

from ..model import Evidence, Finding
from .symptom import Symptom

_SEVERITY = {"high": 0.02, "medium": 0.01, "low": 0.0}
# A library that the process has really mapped, or a computation that really differs, is more
# than a package that is only installed.
_SEEN = 0.05


def ranked(findings: list[Finding], symptom: Symptom | None) -> tuple[Finding, ...]:
    """Best first; equal scores keep the order of the rules' ids."""
    scored = [(score(finding, symptom), finding) for finding in findings]
    scored.sort(key=lambda pair: (-pair[0], pair[1].rule, pair[1].evidence[0].path))
    return tuple(finding for _, finding in scored)


def score(finding: Finding, symptom: Symptom | None) -> float:
    value = finding.confidence + _SEVERITY[finding.severity]
    if symptom is not None:
        if finding.rule in symptom.rules:
            value += 2
        elif symptom.effects:
            first = finding.effects[0] in symptom.effects
            value += 1 if first else 0.6 if set(finding.effects) & symptom.effects else 0
    return value


def with_evidence(finding: Finding) -> Finding:
    """The confidence lifted by what was really seen, never to certainty."""
    seen = any(_is_seen(evidence) for evidence in finding.evidence)
    if not seen:
        return finding
    return replace(finding, confidence=round(min(finding.confidence + _SEEN, 0.98), 3))


def _is_seen(evidence: Evidence) -> bool:
    return evidence.path.startswith(("native.loaded.", "threads.", "probes."))
