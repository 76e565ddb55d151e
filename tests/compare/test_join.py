from __future__ import annotations

import pytest

from auditor.compare import compare
from auditor.model import ChangeKind, Comparison, Fingerprint, NotCompared, Origin, Status, Value
from tests.compare.making import compared, section

KEY = "hmac-sha256:0a1b2c3d:"
OTHER_KEY = "hmac-sha256:99999999:"


def joined(a: object, b: object, name: str = "env") -> Comparison:
    sides = [Fingerprint({name: side} if side is not None else {}) for side in (a, b)]  # type: ignore[dict-item]
    return compare(*sides)


def test_a_fact_of_one_side() -> None:
    comparison = compared({"os.a": 1, "os.c": 3}, {"os.b": 2, "os.c": 3})
    assert [(one.path, one.kind, one.before, one.after) for one in comparison.changes] == [
        ("os.a", ChangeKind.REMOVED, 1, None),
        ("os.b", ChangeKind.ADDED, None, 2),
    ]


def test_null_is_a_value() -> None:
    (found,) = compared({"os.a": None}, {}).changes
    assert (found.kind, found.before, found.after) == (ChangeKind.REMOVED, None, None)


def test_an_absent_section_is_empty() -> None:
    comparison = joined(
        section(status=Status.ABSENT, reason="no GPU"), section({"count": 1}), "gpu"
    )
    assert [(one.path, one.kind) for one in comparison.changes] == [("gpu.count", ChangeKind.ADDED)]
    assert comparison.not_compared == ()


@pytest.mark.parametrize("status", [Status.DENIED, Status.ERROR, Status.SKIPPED])
def test_an_unknown_section_is_one_entry_and_what_it_has_is_compared(status: Status) -> None:
    known = section({"a": 1, "b": 2, "c": 3})
    unknown = section({"a": 1, "b": 5}, status=status, reason="no time")
    comparison = joined(known, unknown)
    assert [one.path for one in comparison.changes] == ["env.b"]
    assert comparison.not_compared == (NotCompared("env.*", "no time", "b"),)


def test_unknown_on_both_sides() -> None:
    denied = section(status=Status.DENIED, reason="permission denied")
    assert joined(denied, denied).not_compared == (
        NotCompared("env.*", "permission denied", "both"),
    )
    skipped = section(status=Status.SKIPPED)
    assert joined(denied, skipped).not_compared == (
        NotCompared("env.*", "A: permission denied; B: skipped", "both"),
    )


def test_a_section_that_was_not_collected() -> None:
    comparison = joined(None, section({"a": 1}))
    assert comparison.changes == ()
    assert comparison.not_compared == (NotCompared("env.*", "section not collected", "a"),)


def test_a_gap_is_not_an_absence() -> None:
    with_gap = section({"a": 1}, gaps={"b": "cannot be read"})
    comparison = joined(with_gap, section({"a": 1, "b": 2}))
    assert comparison.changes == ()
    assert comparison.not_compared == (NotCompared("env.b", "cannot be read", "a"),)


def test_a_gap_for_all_that_is_not_listed() -> None:
    cut_short = section({"a": 1}, gaps={"*": "more than 4096"})
    comparison = joined(cut_short, section({"b": 2}))
    assert [(one.path, one.kind) for one in comparison.changes] == [("env.a", ChangeKind.REMOVED)]
    assert comparison.not_compared == (NotCompared("env.*", "more than 4096", "a"),)


def test_a_gap_for_all_below_a_name() -> None:
    blind = section({"preload": []}, gaps={"loaded.*": "not running"})
    comparison = joined(blind, section({"preload": [], "loaded.jemalloc": {}}), "native")
    assert comparison.changes == ()
    assert comparison.not_compared == (NotCompared("native.loaded.*", "not running", "a"),)


def test_identities_of_either_side_are_no_changes() -> None:
    comparison = joined(
        section({"pid": 1, "host": "x"}, identity=frozenset({"pid"})),
        section({"pid": 7, "host": "y"}, identity=frozenset({"host"}), gaps={"pid": "hidden"}),
    )
    assert (comparison.changes, comparison.not_compared) == ((), ())


@pytest.mark.parametrize(
    ("before", "after", "side", "reason"),
    [
        ({"set": True}, {"set": True}, "both", "set on both sides, values not compared"),
        (KEY + "ab", {"set": True}, "b", "digest on one side only"),
        ("kept", {"set": True}, "b", "withheld on one side"),
        ("kept", KEY + "ab", "b", "withheld on one side"),
        (KEY + "ab", OTHER_KEY + "ab", "both", "digests under different keys"),
        (["--url", "<redacted>"], ["--url", "<redacted>"], "both", "set on both sides"),
        (f"x://<{KEY}ab>@h", f"x://<{OTHER_KEY}ab>@h", "both", "digests under different keys"),
        (f"x://<{KEY}ab>@h", "x://<redacted>@h", "b", "digest on one side only"),
    ],
)
def test_withheld_values_are_not_compared(
    before: Value, after: Value, side: str, reason: str
) -> None:
    """`side` tells where more could be told: the gate lets nobody off who forgot the key."""
    mirrored = {"b": "a"}.get(side, side)
    for one, other, where in ((before, after, side), (after, before, mirrored)):
        comparison = joined(section({"X": one}), section({"X": other}))
        assert comparison.changes == ()
        (entry,) = comparison.not_compared
        assert (entry.path, entry.side, entry.withheld) == ("env.X", where, True)
        assert reason in entry.reason


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (KEY + "ab", KEY + "ab", True),
        (KEY + "ab", KEY + "cd", False),
        (f"x://<{KEY}ab>@h", f"x://<{KEY}ab>@h", True),
        (f"x://<{KEY}ab>@h", f"x://<{KEY}cd>@h", False),
        ("x://<redacted>@h", "x://<redacted>@other", False),
        (["<redacted>", "-v"], ["<redacted>"], False),
    ],
)
def test_what_can_be_told_apart_is(before: Value, after: Value, same: bool) -> None:
    comparison = joined(section({"X": before}), section({"X": after}))
    assert comparison.same is same
    assert comparison.not_compared == ()


def test_a_withheld_value_of_one_side_is_added_or_removed() -> None:
    (found,) = joined(section({"X": {"set": True}}), section({})).changes
    assert (found.kind, found.before) == (ChangeKind.REMOVED, {"set": True})


def test_order_and_origin() -> None:
    facts: dict[str, tuple[Origin, str]] = {
        "kernel": (Origin.HOST, "release"),
        "python.packages": (Origin.IMAGE, "numpy"),
        "os": (Origin.IMAGE, "id"),
        "env": (Origin.RUNTIME, "TZ"),
        "limits": (Origin.RUNTIME, "pids.max"),
        "zzz.newer": (Origin.IMAGE, "x"),
    }
    sides = []
    for value in (1, 2):
        sections = {
            name: section({key: value}, origin=origin) for name, (origin, key) in facts.items()
        }
        sides.append(Fingerprint(sections))
    assert [one.path for one in compare(*sides).changes] == [
        "os.id",
        "python.packages.numpy",
        "zzz.newer.x",
        "limits.pids.max",
        "env.TZ",
        "kernel.release",
    ]


def test_the_later_decision_is_the_origin() -> None:
    image = section({"TZ": "UTC"}, origin=Origin.RUNTIME, origins={"TZ": Origin.IMAGE})
    runtime = section({"TZ": "CET"}, origin=Origin.RUNTIME)
    for a, b in ((image, runtime), (runtime, image)):
        assert joined(a, b).changes[0].origin is Origin.RUNTIME
