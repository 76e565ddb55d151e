"""Holds a finding against the numeric probes of both sides.

A finding says that a change makes numbers differ. Where the probes that such a change acts on were
taken on both sides, they say whether it did: those that differ become evidence, and where none of
them does, it is less likely.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..compare.globs import matches
from ..compare.mechanisms import PREFIX, acts_on
from ..model import Evidence, Finding
from .pair import Pair
from .rule import Hit

_SHOWN = 3  # probes that are named as evidence
# What is left of the confidence of a finding whose probes all agree: they are few, and a program
# computes more than they do.
_UNSEEN = 0.6


def held_against_probes(finding: Finding, hit: Hit, pair: Pair) -> Finding:
    if "numerics" not in finding.effects:
        return finding
    concerned = _concerned((change.path for change in hit.changes), pair)
    if not concerned:
        return finding
    differing = [name for name in concerned if pair.probes[name]]
    if not differing:
        if finding.effects[0] != "numerics":
            return finding
        return replace(finding, confidence=round(finding.confidence * _UNSEEN, 3))
    # What was chosen (a kernel, a number of threads) comes before what that makes of numbers.
    causes = {change.path for change in hit.changes}
    pools = [one.path for one in pair.changes("threads.*") if one.folded_under in causes]
    shown = [*pools[:_SHOWN], *(PREFIX + name for name in differing[:_SHOWN])]
    known = {evidence.path for evidence in finding.evidence}
    more = [Evidence(path, *pair.values(path)) for path in shown if path not in known]
    return replace(finding, evidence=(*finding.evidence, *more))


def _concerned(paths: Iterable[str], pair: Pair) -> list[str]:
    """The probes of both sides that a change of one of the facts acts on."""
    globs = {glob: None for path in paths for glob in acts_on(path)}
    found = {name: None for glob in globs for name in pair.probes if matches(name, glob)}
    return list(found)
