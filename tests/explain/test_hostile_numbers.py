"""Numbers as only somebody hostile would write them, wherever a fingerprint has something.

`str.isdigit()` takes `²`, which `int()` refuses; `int()` takes digits of every script, underscores,
signs and spaces, and refuses more than 4,300 of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.compare import compare
from auditor.explain import explain
from auditor.explain.pair import Pair
from auditor.explain.registry import Entry, all_rules
from auditor.gate import evaluate, parse_policy
from auditor.model import Fingerprint, Value, whole_number

from .making import cases_of, fingerprint
from .record import recorded_cases

HOSTILE = {
    "superscript": "²",
    "Arabic": "\u0661",
    "underscore": "1_000",
    "plus": "+1",
    "minus": "-1",
    "space": " 1",
    "exponent": "1e999",
    "more than 64 bits": "9" * 20,
    "5,000 digits": "9" * 5000,
    "none": "",
}
# What those that fail fail at: int() refuses them, for two reasons.
REFUSED = ("²", "9" * 5000)
# The one with the most facts.
RECORDED = max((case.a for case in recorded_cases()), key=lambda a: len(list(a.facts())))
PATHS = [path for path, _ in RECORDED.facts()]
POLICY = parse_policy({"preset": "strict"}, "p.toml")

# How a value becomes hostile.
Way = Callable[[Value, str], Value]


def instead(_: Value, number: str) -> Value:
    return number


def within(value: Value, number: str) -> Value:
    """Every run of digits: `3.11.2` becomes `².².²`; numbers become text."""
    if isinstance(value, str):
        return re.sub("[0-9]+", lambda _: number, value)
    if isinstance(value, (list, tuple)):
        return [within(member, number) for member in value]
    if isinstance(value, dict):
        return {name: within(member, number) for name, member in value.items()}
    return number if isinstance(value, (int, float)) else value


def at_the_end(value: Value, number: str) -> Value:
    """The last run of digits alone, so that what stands before it still reads well."""
    if isinstance(value, str):
        return re.sub(r"[0-9]+(?=[^0-9]*$)", lambda _: number, value)
    return within(value, number)


WAYS: tuple[Way, ...] = (instead, within, at_the_end)


def changed(side: Fingerprint, change: Callable[[str, Value], Value]) -> Fingerprint:
    sections = {
        name: replace(
            section,
            facts={key: change(f"{name}.{key}", value) for key, value in section.facts.items()},
        )
        for name, section in side.sections.items()
    }
    return replace(side, sections=sections)


def held_against_each_other(a: Fingerprint, b: Fingerprint) -> None:
    for ours, theirs in ((a, b), (b, a)):
        comparison = explain(ours, theirs, compare(ours, theirs))
        evaluate(comparison, POLICY, date(2026, 6, 15), theirs)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
@pytest.mark.parametrize("kind", HOSTILE)
def test_in_every_fact_at_once(kind: str, way: Way) -> None:
    bad = changed(RECORDED, lambda _, value: way(value, HOSTILE[kind]))
    assert sum(1 for path, value in bad.facts() if value != RECORDED.get(path)) > 100
    held_against_each_other(RECORDED, bad)


@settings(max_examples=40)
@given(st.data())
def test_in_any_facts(data: st.DataObject) -> None:
    """Some here, some there: what a rule asks of other facts still holds."""
    hostile = st.dictionaries(
        st.sampled_from(PATHS),
        st.tuples(st.sampled_from(WAYS), st.sampled_from(sorted(HOSTILE.values()))),
        min_size=1,
        max_size=20,
    )

    def side() -> Fingerprint:
        chosen = data.draw(hostile)

        def change(path: str, value: Value) -> Value:
            if path not in chosen:
                return value
            way, number = chosen[path]
            return way(value, number)

        return changed(RECORDED, change)

    held_against_each_other(side(), side())


def hostile_cases(entry: Entry) -> Iterator[Pair]:
    """A rule's own cases, in which it has what it asks for, with one fact of a side or all of them
    as they should not be."""
    for case in cases_of(entry.rule.id):
        tables = {"a": case.a, "b": case.b, "both": case.both}
        for place, table in tables.items():
            for chosen in [[path] for path in table] + [list(table)] * (len(table) > 1):
                for number in REFUSED:
                    for way in (instead, within):
                        bad = {
                            path: way(value, number) if path in chosen else value
                            for path, value in table.items()
                        }
                        now = {**tables, place: bad}
                        a = fingerprint({**now["both"], **now["a"]}, case.unknown)
                        b = fingerprint({**now["both"], **now["b"]}, case.unknown)
                        yield Pair(a, b, compare(a, b))


@pytest.mark.parametrize("entry", all_rules(), ids=lambda entry: str(entry.rule.id))
def test_in_the_cases_of_each_rule(entry: Entry) -> None:
    judged = 0
    for pair in hostile_cases(entry):
        judged += 1
        for hit in entry.check(pair):
            assert hit.message
    assert judged


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_number(text: str) -> None:
    assert whole_number(text) is None


def test_what_is_a_number() -> None:
    assert [whole_number(text) for text in ("0", "007", "9" * 18)] == [0, 7, 10**18 - 1]
