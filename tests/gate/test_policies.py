"""The gate from end to end, case by case: `policies/*.toml` (see the README there)."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from auditor.compare import compare
from auditor.config import _rule_ids
from auditor.explain import explain
from auditor.gate import check_lock, evaluate, parse_policy, read_lock
from auditor.model import Fingerprint, Section, Status, Verdict
from tests.compare.making import fingerprint, section

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TODAY = date(2026, 6, 15)
FOLDER = Path(__file__).parent / "policies"
KEYS = {
    *("name", "policy", "baseline", "fingerprint", "unknown", "both_unknown", "lock"),
    *("violations", "warnings", "waived", "ignored"),
    *("decided_by", "decided_at", "message", "reason"),
}


def cases() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in document["case"]:
            assert set(case) <= KEYS, case["name"]
            facts = case.get("baseline", document["facts"])
            found.append((f"{path.stem}: {case['name']}", {**case, "baseline": facts}))
    return found


CASES = cases()


def sides(case: dict[str, Any]) -> tuple[Fingerprint, Fingerprint]:
    before = dict(case["baseline"])
    after = {**before, **case.get("fingerprint", {})}
    after = {path: value for path, value in after.items() if value != {"gone": True}}
    # A section exists on both sides, whoever has facts in it.
    both = {
        f"{name}.": None for name in {**fingerprint(before).sections, **fingerprint(after).sections}
    }
    a, b = fingerprint({**both, **before}), fingerprint({**both, **after})
    for name in case.get("both_unknown", []):
        a, b = without(a, name), without(b, name)
    for name in case.get("unknown", []):
        if name not in a.sections:
            a = replace(a, sections={**a.sections, name: section({"some": "fact"})})
        b = without(b, name)
    return a, b


def without(whole: Fingerprint, name: str) -> Fingerprint:
    denied: Section = section({}, status=Status.DENIED, reason="permission denied")
    return replace(whole, sections={**whole.sections, name: denied})


def judged(case: dict[str, Any]) -> Verdict:
    text = case.get("policy", "")
    text = "\n" + text if text.startswith("[[gate") else "[gate]\n" + text
    table = tomllib.loads(text).get("gate", {})
    policy = parse_policy(table, "envaudit.toml", text, rules=_rule_ids)
    a, b = sides(case)
    comparison = compare(a, b)
    if policy.reads_findings:
        comparison = explain(a, b, comparison)
    lock = None
    if "lock" in case:
        lock = check_lock(read_lock(case["lock"]["text"], case["lock"]["name"], nothing), b)
    return evaluate(comparison, policy, TODAY, b, lock)


def nothing(name: str, of: str) -> tuple[str, str]:
    raise AssertionError(f"{of} includes {name}")


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 60
    assert len({name for name, _ in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_policy(case: dict[str, Any]) -> None:
    verdict = judged(case)
    told: dict[str, Any] = {
        "violations": [entry.path for entry in verdict.violations],
        "warnings": [entry.path for entry in verdict.warnings],
        "waived": [entry.path for entry in verdict.waived],
        "ignored": verdict.ignored,
    }
    empty: dict[str, Any] = {"violations": [], "warnings": [], "waived": [], "ignored": 0}
    assert told == {key: case.get(key, default) for key, default in empty.items()}
    assert verdict.passed is not bool(case.get("violations"))
    first = next(iter((*verdict.violations, *verdict.warnings, *verdict.waived)), None)
    for member in ("decided_by", "decided_at", "message", "reason"):
        if member in case:
            assert getattr(first, member) == case[member]
