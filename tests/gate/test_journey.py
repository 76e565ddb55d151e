"""From two files to a verdict: baseline, compare, gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given

from auditor.compare import compare
from auditor.gate import DEFAULT_POLICY, bless, evaluate
from auditor.model import Fingerprint, Origin, Section, Status, Value, Verdict
from auditor.store import dumps, load, load_baseline, sealed, write
from tests.strategies import fingerprints

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 8, 30, tzinfo=timezone.utc)


def section(facts: Mapping[str, Value], status: Status = Status.OK) -> Section:
    return Section(status, Origin.RUNTIME, facts, None if status.known else "permission denied")


BLESSED = sealed(
    Fingerprint(
        {
            "python.packages": section({"numpy": "1.26.4", "pandas": "2.2.1"}),
            "env": section({"TZ": "UTC", "DB_PASSWORD": {"set": True}}),
        }
    )
)


def judged(directory: Path, other: Fingerprint) -> Verdict:
    """The verdict on a fingerprint held against `BLESSED`, both by way of their files."""
    write(directory / "baseline.json", dumps(bless(BLESSED, NOW, reason="release 12")))
    write(directory / "fingerprint.json", dumps(other))
    baseline = load_baseline(directory / "baseline.json")
    compared = compare(baseline.fingerprint, load(directory / "fingerprint.json"))
    return evaluate(compared, DEFAULT_POLICY, TODAY)


def with_section(name: str, changed: Section) -> Fingerprint:
    return replace(BLESSED, sections={**BLESSED.sections, name: changed})


def test_the_same_environment_passes(tmp_path: Path) -> None:
    verdict = judged(tmp_path, BLESSED)
    assert verdict.passed
    assert [(entry.path, entry.kind) for entry in verdict.warnings] == [
        ("env.DB_PASSWORD", "withheld")
    ]


def test_drift_fails(tmp_path: Path) -> None:
    verdict = judged(tmp_path, with_section("env", section({"TZ": "Europe/Berlin"})))
    assert not verdict.passed
    assert {entry.path for entry in verdict.violations} == {"env.TZ", "env.DB_PASSWORD"}


@pytest.mark.parametrize("form", ["{}", "x://<{}>@host"])
def test_another_key_does_not_pass(form: str) -> None:
    """It could hide any change."""
    ours, theirs = (
        with_section("env", section({"TZ": "UTC", "DB_PASSWORD": form.format(digest)}))
        for digest in ("hmac-sha256:0a1b2c3d:" + "ab" * 32, "hmac-sha256:4e5f6a7b:" + "cd" * 32)
    )
    verdict = evaluate(compare(ours, theirs), DEFAULT_POLICY, TODAY, theirs)
    assert [(entry.path, entry.kind) for entry in verdict.violations] == [
        ("env.DB_PASSWORD", "not_compared")
    ]


@pytest.mark.parametrize("known", ["hmac-sha256:0a1b2c3d:" + "ab" * 32, "kept"])
def test_who_forgot_the_key_does_not_pass(tmp_path: Path, known: str) -> None:
    """The baseline could tell this value; a gate that no longer can is closed."""
    blessed = with_section("env", section({"TZ": "UTC", "DB_PASSWORD": known}))
    write(tmp_path / "baseline.json", dumps(bless(blessed, NOW)))
    baseline = load_baseline(tmp_path / "baseline.json")
    keyless = with_section("env", section({"TZ": "UTC", "DB_PASSWORD": {"set": True}}))
    verdict = evaluate(compare(baseline.fingerprint, keyless), DEFAULT_POLICY, TODAY)
    assert [(entry.path, entry.kind) for entry in verdict.violations] == [
        ("env.DB_PASSWORD", "not_compared")
    ]


@pytest.mark.parametrize("status", [Status.DENIED, Status.ERROR, Status.SKIPPED])
def test_a_section_that_could_not_be_read_fails(tmp_path: Path, status: Status) -> None:
    verdict = judged(tmp_path, with_section("env", section({}, status)))
    assert not verdict.passed
    assert {entry.kind for entry in verdict.violations} == {"not_compared"}


def test_a_section_that_is_not_there_fails(tmp_path: Path) -> None:
    verdict = judged(tmp_path, replace(BLESSED, sections={"env": BLESSED.sections["env"]}))
    assert not verdict.passed
    assert {entry.kind for entry in verdict.violations} == {"not_compared"}


def test_a_section_that_is_gone_fails(tmp_path: Path) -> None:
    verdict = judged(tmp_path, with_section("env", section({}, Status.ABSENT)))
    assert {entry.kind for entry in verdict.violations} == {"removed"}


@given(fingerprints())
def test_nothing_fails_against_itself(fingerprint: Fingerprint) -> None:
    assert evaluate(compare(fingerprint, fingerprint), DEFAULT_POLICY, TODAY).passed
