"""`strict`: whatever is changed in a real fingerprint, one fact at a time, is caught."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from auditor.compare import compare
from auditor.compare.values import means_absent
from auditor.gate import DEFAULT_POLICY, Policy, evaluate, parse_policy
from auditor.gate.preset_files import PRESETS
from auditor.model import Fingerprint, Section, Value, Verdict
from tests.explain.record import recorded_cases
from tests.strategies import fingerprints

TODAY = date(2026, 6, 15)
STRICT = parse_policy({"preset": "strict"}, "p.toml")
# The one with the most facts.
RECORDED = max((case.a for case in recorded_cases()), key=lambda a: len(list(a.facts())))
GONE = object()


def judged(a: Fingerprint, b: Fingerprint, policy: Policy = STRICT) -> Verdict:
    return evaluate(compare(a, b), policy, TODAY, b)


def with_fact(whole: Fingerprint, section: str, key: str, value: object) -> Fingerprint:
    old = whole.sections[section]
    facts = {name: fact for name, fact in old.facts.items() if name != key}
    if value is not GONE:
        facts[key] = value  # type: ignore[assignment]
    new: Section = replace(old, facts=facts)
    return replace(whole, sections={**whole.sections, section: new})


def withheld(value: Value) -> bool:
    return value == {"set": True} or "redacted" in json.dumps(value)


def mutations(value: Value) -> Iterator[object]:
    """What the value could become, of the same type and of another."""
    if withheld(value):
        return  # what is not told cannot be seen to change
    yield "something else entirely"
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield -value - 1
    elif isinstance(value, str):
        yield f"{value}~x"
        yield f"x{value}"
    elif isinstance(value, list):
        yield [*value, "one more"]
        if value:
            yield value[:-1]
    elif isinstance(value, dict):
        yield {**value, "one more": "key"}
        for name in value:
            yield {other: member for other, member in value.items() if other != name}


FACTS = [
    (name, key)
    for name, section in RECORDED.sections.items()
    for key in section.facts
    if key not in section.identity
]


def test_it_is_a_real_one() -> None:
    assert len(FACTS) > 400
    assert {"cpu", "env", "limits", "native", "os.packages", "python.packages"} <= set(
        RECORDED.sections
    )


@pytest.mark.parametrize("name", RECORDED.sections)
def test_every_mutation_is_caught(name: str) -> None:
    missed = []
    count = 0
    for key, value in RECORDED.sections[name].facts.items():
        if key in RECORDED.sections[name].identity:
            continue
        for mutated in mutations(value):
            count += 1
            verdict = judged(RECORDED, with_fact(RECORDED, name, key, mutated))
            paths = {entry.path for entry in verdict.violations}
            if verdict.passed or f"{name}.{key}" not in paths:
                missed.append((key, value, mutated))
    assert missed == []
    assert count or not any(section == name for section, _ in FACTS)


@pytest.mark.parametrize("name", RECORDED.sections)
def test_every_fact_that_goes_or_comes_is_caught(name: str) -> None:
    section = RECORDED.sections[name]
    missed = []
    for key, value in section.facts.items():
        if key in section.identity or means_absent(f"{name}.{key}", value):
            continue
        without = with_fact(RECORDED, name, key, GONE)
        if judged(RECORDED, without).passed:
            missed.append(f"gone: {key}")
        # The baseline may have gaps of its own: what it does not know, it was blessed without.
        knows = section.why_unknown(key) is None
        if knows and judged(without, RECORDED).passed:
            missed.append(f"come: {key}")
    assert missed == []


@pytest.mark.parametrize("name", RECORDED.sections)
def test_identity_is_let_pass(name: str) -> None:
    for key in RECORDED.sections[name].identity & RECORDED.sections[name].facts.keys():
        assert judged(RECORDED, with_fact(RECORDED, name, key, "another instance")).passed


@pytest.mark.parametrize("case", recorded_cases(), ids=lambda case: case.name)
def test_every_recorded_pair(case: object) -> None:
    """Pairs with a known cause: each side passes against itself, and not against the other."""
    a, b = case.a, case.b  # type: ignore[attr-defined]
    assert judged(a, a).passed
    assert judged(b, b).passed
    assert judged(a, b).passed == (not compare(a, b).changes)


@settings(max_examples=150)
@given(fingerprints())
def test_its_own_baseline_always_passes(fingerprint: Fingerprint) -> None:
    for policy in (DEFAULT_POLICY, *(parse_policy({"preset": name}, "p") for name in PRESETS)):
        verdict = judged(fingerprint, fingerprint, policy)
        assert verdict.passed
        assert verdict.violations == verdict.waived == ()


@settings(max_examples=200)
@given(fingerprints(), fingerprints())
def test_strict_fails_exactly_on_changes_and_losses(a: Fingerprint, b: Fingerprint) -> None:
    """It fails if and only if there is a change that is no identity, or the fingerprint cannot
    tell what the baseline can."""
    comparison = compare(a, b)
    lost = any(gap.side == "b" for gap in comparison.not_compared)
    changed = any(change.kind.value != "unknown" for change in comparison.changes)
    assert judged(a, b).passed is not (changed or lost)


@settings(max_examples=100)
@given(fingerprints(), fingerprints())
def test_nothing_that_strict_passes_fails_elsewhere(a: Fingerprint, b: Fingerprint) -> None:
    if judged(a, b).passed:
        for name in PRESETS:
            assert judged(a, b, parse_policy({"preset": name}, "p")).passed
