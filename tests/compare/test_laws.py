"""What holds for any two fingerprints."""

from __future__ import annotations

import time
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from auditor.compare import compare
from auditor.compare.join import SECTIONS
from auditor.compare.values import canonical
from auditor.model import (
    Change,
    Comparison,
    Fingerprint,
    NotCompared,
    Origin,
    Section,
    Status,
    Value,
)
from tests.report.sample import LOCAL, PROD
from tests.strategies import fingerprints

KNOWN = sorted({(name, key) for side in (LOCAL, PROD) for name in side for key in side[name]})
VALUES: st.SearchStrategy[Value] = st.sampled_from(
    [
        *(
            value
            for side in (LOCAL, PROD)
            for members in side.values()
            for value in members.values()
        ),
        *(True, 1, 1.0, None, "max", "0-7", "", {"set": True}, "hmac-sha256:00:ab", "<redacted>"),
        *("hmac-sha256:00:cd", "hmac-sha256:11:ab", "x <redacted>", {"a": {"__b": [1, True]}}),
    ]
)

# Facts whose values can mean the same without being the same: see test_values.
SPELLED_IN_MANY_WAYS = (
    *("cpu.flags", "cpu.features", "process.capabilities", "network.resolver.options"),
    *("env.LANG", "env.LD_PRELOAD", "locale.", "limits.", "python.packages.", "python.version"),
)


@st.composite
def realistic(draw: st.DrawFn) -> Fingerprint:
    """Facts under names that the tables know, so that weights and folds have work."""
    sections: dict[str, dict[str, Value]] = {}
    for name, key in draw(st.lists(st.sampled_from(KNOWN), unique=True, max_size=25)):
        sections.setdefault(name, {})[key] = draw(VALUES)
    keys = st.sampled_from([*(key for _, key in KNOWN), "*", "loaded.*"])
    return Fingerprint(
        {
            name: Section(
                draw(st.sampled_from(Status)),
                draw(st.sampled_from(Origin)),
                facts,
                gaps=draw(st.dictionaries(keys, st.just("gap"), max_size=2)),
                identity=draw(st.frozensets(keys, max_size=1)),
            )
            for name, facts in sections.items()
        }
    )


@given(fingerprints() | realistic())
def test_nothing_differs_from_itself(one: Fingerprint) -> None:
    assert compare(one, one).changes == ()


def mirrored_detail(detail: Mapping[str, Value]) -> dict[str, Value]:
    swapped = {"added": "removed", "removed": "added"}
    turned = {"up": "down", "down": "up"}
    return {
        swapped.get(name, name): turned.get(str(part), part) if name == "direction" else part
        for name, part in detail.items()
    }


def mirrored(change: Change) -> tuple[object, ...]:
    return (
        change.path,
        change.kind.mirrored,
        canonical(change.after),
        canonical(change.before),
        change.origin,
        change.weight,
        mirrored_detail(change.detail),
        change.folded_under,
    )


def as_it_is(change: Change) -> tuple[object, ...]:
    return (
        change.path,
        change.kind,
        canonical(change.before),
        canonical(change.after),
        change.origin,
        change.weight,
        dict(change.detail),
        change.folded_under,
    )


def mirrored_gap(entry: NotCompared) -> NotCompared:
    reason = entry.reason
    if entry.side == "both" and reason.startswith("A: "):
        ours, theirs = reason[3:].split("; B: ", 1)
        reason = f"A: {theirs}; B: {ours}"
    side = {"a": "b", "b": "a"}.get(entry.side, entry.side)
    return NotCompared(entry.path, reason, side, entry.withheld)


@given(realistic(), realistic())
def test_swapped_sides_are_mirrored(a: Fingerprint, b: Fingerprint) -> None:
    forth, back = compare(a, b), compare(b, a)
    assert [mirrored(one) for one in forth.changes] == [as_it_is(one) for one in back.changes]
    assert [mirrored_gap(one) for one in forth.not_compared] == list(back.not_compared)


@given(fingerprints(), fingerprints())
def test_swapped_sides_have_the_same_paths(a: Fingerprint, b: Fingerprint) -> None:
    forth, back = compare(a, b), compare(b, a)
    assert [mirrored(one)[:4] for one in forth.changes] == [
        as_it_is(one)[:4] for one in back.changes
    ]


@given(realistic() | fingerprints(), realistic() | fingerprints())
def test_nothing_that_differs_is_lost(a: Fingerprint, b: Fingerprint) -> None:
    comparison = compare(a, b)
    told = {one.path for one in comparison.changes}
    unknown = {one.path for one in comparison.not_compared}
    for name in a.sections.keys() & b.sections.keys():
        ours, theirs = a.sections[name], b.sections[name]
        for key in (ours.facts.keys() | theirs.facts.keys()) - ours.identity - theirs.identity:
            path = f"{name}.{key}"
            if path in told or path in unknown:
                continue
            if key in ours.facts and key in theirs.facts:
                spelled = compare(a, b) is not None and name in SECTIONS
                assert canonical(ours.facts[key]) == canonical(theirs.facts[key]) or spelled
            else:
                lacking = theirs if key in ours.facts else ours
                no_limit = name == "limits"
                assert lacking.why_unknown(key) is not None or no_limit
                assert no_limit or any(
                    one.endswith(".*") and path.startswith(one[:-1]) for one in unknown
                )


@given(realistic(), realistic())
def test_folds_end_at_a_weightier_cause(a: Fingerprint, b: Fingerprint) -> None:
    changes = {one.path: one for one in compare(a, b).changes}
    for change in changes.values():
        if change.folded_under is not None:
            cause = changes[change.folded_under]
            assert cause.folded_under is None
            assert cause.weight.rank <= change.weight.rank


def many(facts: int, seed: int) -> Fingerprint:
    """All sections, every fact another value by the seed."""
    return Fingerprint(
        {
            name: Section(
                Status.OK,
                Origin.IMAGE,
                {f"key{number}.part": f"{seed}.{number}" for number in range(facts)},
            )
            for name in SECTIONS
        }
    )


def seconds(a: Fingerprint, b: Fingerprint) -> float:
    begun = time.perf_counter()
    comparison: Comparison = compare(a, b)
    taken = time.perf_counter() - begun
    assert len(comparison.changes) == sum(len(one.facts) for one in a.sections.values())
    return taken


def test_eight_times_the_facts_take_no_more_than_some_eight_times_as_long() -> None:
    """Of the ratio, since machines differ: a quadratic loop would take 64 times as long."""
    small = min(seconds(many(100, 1), many(100, 2)) for _ in range(3))
    large = min(seconds(many(800, 1), many(800, 2)) for _ in range(2))
    assert large / small < 24
