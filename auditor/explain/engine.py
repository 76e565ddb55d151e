"""Runs the rules over a comparison: findings, ranked, and what none of them explains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..model import Change, Comparison, Evidence, Finding, Fingerprint, Weight
from .pair import Pair
from .probing import held_against_probes
from .ranking import ranked, with_evidence
from .registry import Entry, all_rules
from .rule import Hit
from .symptom import Symptom


def explain(
    a: Fingerprint, b: Fingerprint, comparison: Comparison, symptom: Symptom | None = None
) -> Comparison:
    """The comparison of `a` and `b` with its findings, best first, and the paths of the
    changes that no finding names."""
    pair = Pair(a, b, comparison)
    findings = [
        with_evidence(held_against_probes(_finding(entry, hit, pair), hit, pair))
        for entry, hit in _without_idle_fallbacks(pair)
    ]
    best = ranked(findings, symptom)
    return replace(comparison, findings=best, unexplained=tuple(_unexplained(comparison, best)))


def _without_idle_fallbacks(pair: Pair) -> Iterator[tuple[Entry, Hit]]:
    """Fallbacks come last, and count where they name a change that no other rule does."""
    rules = all_rules()
    hits = [(one, hit) for one in rules if not one.rule.fallback for hit in one.check(pair)]
    pair.explained = frozenset(change.path for _, hit in hits for change in hit.changes)
    yield from hits
    for entry in rules:
        if entry.rule.fallback:
            for hit in entry.check(pair):
                if any(change.path not in pair.explained for change in hit.changes):
                    yield entry, hit


def _finding(entry: Entry, hit: Hit, pair: Pair) -> Finding:
    rule = entry.rule
    return Finding(
        rule=rule.id,
        name=rule.name,
        effects=hit.effects or rule.effects,
        severity=hit.severity or rule.severity,
        confidence=hit.confidence,
        message=hit.message,
        evidence=tuple(_evidence(hit, pair)),
        remedy=(hit.remedy or rule.remedy).text(),
        sources=(*rule.sources, *hit.sources),
        title=" ".join(entry.summary.split("\n\n")[0].split()),
        confirm=" ".join(entry.parts.get("How to confirm", "").split()),
    )


def _evidence(hit: Hit, pair: Pair) -> Iterator[Evidence]:
    """The hit's changes, each with the change that it follows from (the cause is what can be
    mended), then the facts that the judgement rests on."""
    seen: set[str] = set()
    changes: list[Change] = []
    for change in hit.changes:
        cause = pair.change(change.folded_under) if change.folded_under else None
        changes += [cause, change] if cause is not None else [change]
    for change in changes:
        if change.path not in seen:
            seen.add(change.path)
            yield Evidence(change.path, change.before, change.after)
    for path in hit.facts:
        if path not in seen:
            seen.add(path)
            yield Evidence(path, *pair.values(path))


def _unexplained(comparison: Comparison, findings: tuple[Finding, ...]) -> Iterator[str]:
    """Changes that stand for themselves and that no finding names; noise is left to `--all`."""
    named = {evidence.path for finding in findings for evidence in finding.evidence}
    for change in comparison.changes:
        cause = change.folded_under
        if change.path in named or cause is not None or change.weight is Weight.LOW:
            continue
        yield change.path
