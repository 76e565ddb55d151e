"""The gate, case by case (`cases.toml`), and what holds for every policy."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.gate import DEFAULT_POLICY, bless, evaluate, parse_policy
from auditor.gate.pattern import Pattern
from auditor.model import (
    Change,
    ChangeKind,
    Comparison,
    Fingerprint,
    InvalidInput,
    NotCompared,
    Origin,
    Provenance,
    Section,
    Status,
    UsageError,
    Value,
    Weight,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TODAY = date(2026, 6, 15)
SUITE = tomllib.loads((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"))

KINDS = {kind.value: kind for kind in ChangeKind}
WEIGHTS = {weight.value: weight for weight in Weight}
LEVELS = ("epoch", "major", "minor", "patch", "build")


def change(line: str) -> Change:
    """A change from its line in a case."""
    path, *options = line.split()
    kind, weight, cause = ChangeKind.CHANGED, Weight.MEDIUM, None
    detail: dict[str, Value] = {}
    for option in options:
        name, _, value = option.partition("=")
        kind = KINDS.get(option, kind)
        weight = WEIGHTS.get(option, weight)
        cause = value if name == "under" else cause
        if option in LEVELS or name == "level":
            detail = {"level": value or option}
        known = option in KINDS or option in WEIGHTS or option in LEVELS
        assert known or name in ("under", "level"), f"{option} in {line}"
    return Change(
        path=path,
        section=path.partition(".")[0],
        kind=kind,
        before=None if kind is ChangeKind.ADDED else "before",
        after=None if kind is ChangeKind.REMOVED else "after",
        origin=Origin.RUNTIME,
        weight=weight,
        detail=detail,
        folded_under=cause,
    )


def gap(line: str) -> NotCompared:
    path, side, *withheld = line.split()
    assert side in ("a", "b", "both")
    assert withheld in ([], ["withheld"])
    return NotCompared(path, "why", side, withheld=bool(withheld))


def comparison(changes: list[str], gaps: list[str]) -> Comparison:
    return Comparison(
        a=Provenance(name="baseline"),
        b=Provenance(name="fingerprint"),
        changes=tuple(map(change, changes)),
        not_compared=tuple(map(gap, gaps)),
    )


def policy_text(case: dict[str, Any]) -> str:
    policy: str = case.get("policy", "")
    return "[gate]\n" + policy


def by_name(cases: list[dict[str, Any]]) -> list[Any]:
    assert len({case["name"] for case in cases}) == len(cases)
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", by_name(SUITE["case"]))
def test_gate(case: dict[str, Any]) -> None:
    text = policy_text(case)
    policy = parse_policy(tomllib.loads(text)["gate"], "envaudit.toml", text)
    compared = comparison(case.get("changes", []), case.get("gaps", []))
    verdict = evaluate(compared, policy, TODAY)
    told = {
        "violations": [entry.path for entry in verdict.violations],
        "warnings": [entry.path for entry in verdict.warnings],
        "waived": [entry.path for entry in verdict.waived],
        "ignored": verdict.ignored,
    }
    empty: dict[str, Any] = {"violations": [], "warnings": [], "waived": [], "ignored": 0}
    assert told == {key: case.get(key, default) for key, default in empty.items()}
    assert verdict.passed is not bool(case.get("violations"))
    assert verdict.not_compared == compared.not_compared
    assert (verdict.baseline, verdict.fingerprint) == (compared.a, compared.b)
    first = next(iter((*verdict.violations, *verdict.warnings, *verdict.waived)), None)
    for member in ("decided_by", "message", "reason"):
        if member in case:
            assert getattr(first, member) == case[member]


@pytest.mark.parametrize("case", by_name(SUITE["refused"]))
def test_refused(case: dict[str, Any]) -> None:
    text = policy_text(case)
    with pytest.raises(UsageError) as caught:
        parse_policy(tomllib.loads(text)["gate"], "envaudit.toml", text, rules=lambda: ["EA101"])
    assert str(caught.value) == case["error"]


def test_the_line_is_looked_for_in_the_own_table() -> None:
    text = '[tool.ruff]\nignore = ["cpu"]\n\n[tool.envaudit.gate]\nwarn = []\nignore = ["cpu"]\n'
    table = tomllib.loads(text)["tool"]["envaudit"]["gate"]
    with pytest.raises(UsageError, match=r"^pyproject\.toml:6: tool\.envaudit\.gate\.ignore: "):
        parse_policy(table, "pyproject.toml", text, name="tool.envaudit.gate")


def test_the_table_of_a_key_has_its_line() -> None:
    text = '[gate]\nfail = []\n[gate.leaway]\n"os.*" = "patch"\n'
    with pytest.raises(UsageError, match=r'^p\.toml:3: gate: unknown key "leaway" \(did you mean'):
        parse_policy(tomllib.loads(text)["gate"], "p.toml", text)


def test_without_the_text_there_is_no_line() -> None:
    with pytest.raises(UsageError, match=r"^p\.toml: gate\.fail: must be a list"):
        parse_policy({"fail": 1}, "p.toml")


def test_an_entry_tells_the_change() -> None:
    compared = comparison(["python.packages.numpy major"], [])
    (entry,) = evaluate(compared, DEFAULT_POLICY, TODAY).violations
    assert (entry.kind, entry.before, entry.after, entry.origin, entry.message) == (
        "changed",
        "before",
        "after",
        "runtime",
        "changed (major)",
    )


# --- patterns

PATHS = st.text("ab.[]*?!-", min_size=1, max_size=8).map("x.".__add__)


@given(PATHS)
def test_a_path_can_always_be_written_as_a_pattern(path: str) -> None:
    escaped = "".join(f"[{character}]" if character in "[]*?" else character for character in path)
    assert Pattern(escaped).matches(path)
    assert not Pattern(escaped).matches(path + "x")


def test_hostile_paths_do_not_make_patterns_slow() -> None:
    pattern = Pattern("*a*a*a*a*a*a*a*a*a*a*b")
    assert not pattern.matches("a" * 8000)


ENTRIES = st.lists(st.sampled_from(["env.TZ", "env.A low", "os.id patch", "b.c under=os.id"]))
LINES = st.dictionaries(
    st.sampled_from(["*", "env.*", "os.id", "b.?"]), st.sampled_from(["fail", "warn", "ignore"])
)


@given(ENTRIES, LINES)
def test_every_change_is_judged_once(changes: list[str], lines: dict[str, str]) -> None:
    table = {
        action: [glob for glob, decision in lines.items() if decision == action]
        for action in ("fail", "warn", "ignore")
    }
    verdict = evaluate(comparison(changes, []), parse_policy(table, "p.toml"), TODAY)
    listed = len(verdict.violations) + len(verdict.warnings) + len(verdict.waived)
    assert listed + verdict.ignored == len(changes)
    assert verdict.passed == (not verdict.violations)


# --- blessing


def section(status: Status) -> Section:
    return Section(status, Origin.IMAGE, {"id": "debian"} if status is Status.OK else {})


def test_bless() -> None:
    fingerprint = Fingerprint({"os": section(Status.OK), "gpu": section(Status.ABSENT)})
    at = datetime(2026, 6, 15, 10, 30, tzinfo=timezone(timedelta(hours=2)))
    baseline = bless(fingerprint, at, reason="release 12", by="ops")
    assert baseline.fingerprint is fingerprint
    assert baseline.blessed_at == "2026-06-15T08:30:00Z"
    assert (baseline.reason, baseline.blessed_by) == ("release 12", "ops")


@pytest.mark.parametrize("status", [Status.ERROR, Status.DENIED, Status.SKIPPED, Status.ABSENT])
def test_a_fingerprint_that_knows_nothing_is_not_blessed(status: Status) -> None:
    fingerprint = Fingerprint({"os": section(status)}, Provenance(name="prod"))
    with pytest.raises(InvalidInput, match="prod: no section could be read"):
        bless(fingerprint, datetime.now(timezone.utc))
