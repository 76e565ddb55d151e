"""The contract that every rule keeps, and its cases."""

from __future__ import annotations

import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from auditor import store
from auditor.explain.engine import explain
from auditor.explain.registry import Entry, all_rules
from auditor.explain.rule import EFFECTS, HEADINGS, SEVERITIES
from auditor.model import Fingerprint, Origin, Section, Status
from tests.cli.running import envaudit

from .making import CASES, ORIGINS, Case, cases_of, pair_of, section_of

RULES = all_rules()
ALL_CASES = [(entry, case) for entry in RULES for case in cases_of(entry.rule.id)]


def _id(value: object) -> str:
    if isinstance(value, Entry):
        return value.rule.id
    return value.name if isinstance(value, Case) else str(value)


def test_ids_and_names_are_unique() -> None:
    for values in ([e.rule.id for e in RULES], [e.rule.name for e in RULES]):
        assert len(values) == len(set(values))


@pytest.mark.parametrize(
    "command",
    [("rules",), ("explain", "EA101"), ("--help",), ("compare", "--help"),
     ("compare", "a.json", "b.json", "--format", "html")],
)  # fmt: skip
def test_pages_where_python_drops_docstrings(tmp_path: Path, command: tuple[str, ...]) -> None:
    a, b = (
        Fingerprint({"env": Section(Status.OK, Origin.RUNTIME, {"OPENBLAS_CORETYPE": value}),
                     "python.packages": Section(Status.OK, Origin.IMAGE, {"numpy": "2.1.0"})})
        for value in ("HASWELL", "SKYLAKEX")
    )  # fmt: skip
    for name, one in (("a.json", a), ("b.json", b)):
        store.write(tmp_path / name, store.dumps(one))
    usual = envaudit(*command, cwd=tmp_path)
    without = envaudit(*command, cwd=tmp_path, program=(sys.executable, "-OO", "-m", "auditor"))
    assert usual.out
    assert usual == without


@pytest.mark.parametrize("entry", RULES, ids=_id)
class TestForm:
    def test_identity(self, entry: Entry) -> None:
        rule = entry.rule
        assert re.fullmatch(r"EA[1-9]\d\d", rule.id)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
        assert rule.effects
        assert set(rule.effects) <= set(EFFECTS)
        assert rule.severity in SEVERITIES

    def test_page(self, entry: Entry) -> None:
        assert tuple(entry.parts) == HEADINGS
        assert all(len(text) > 40 for text in entry.parts.values())
        first_line = entry.summary.splitlines()[0]
        assert len(first_line) <= 90
        assert entry.summary.endswith(".")

    def test_remedy_and_sources(self, entry: Entry) -> None:
        assert entry.rule.remedy.text()
        assert entry.rule.sources
        assert all(re.fullmatch(r"https://[^\s]+", source) for source in entry.rule.sources)

    def test_reads_facts_that_exist(self, entry: Entry) -> None:
        assert entry.rule.reads
        for glob in entry.rule.reads:
            head = glob.split("*", 1)[0]
            assert any(name.startswith(head) or head.startswith(name) for name in ORIGINS), glob

    def test_has_cases(self, entry: Entry) -> None:
        cases = cases_of(entry.rule.id)
        assert any(case.fires for case in cases), "no case that fires"
        assert any(not case.fires for case in cases), "no near miss"
        assert len({case.name for case in cases}) == len(cases)


@pytest.mark.parametrize(("entry", "case"), ALL_CASES, ids=_id)
def test_case(entry: Entry, case: Case) -> None:
    pair = pair_of(case)
    hits = list(entry.check(pair))
    assert bool(hits) == case.fires
    for hit in hits:
        assert 0 < hit.confidence <= 0.95
        assert case.at_least <= hit.confidence <= case.at_most
        assert hit.changes, "a finding rests on a change"
        assert hit.message.endswith(".")
        assert "\n" not in hit.message
        paths = [*(change.path for change in hit.changes), *hit.facts]
        for path in paths:
            assert any(fnmatchcase(path, glob) for glob in entry.rule.reads), path
            assert section_of(path)
        for path in hit.facts:
            assert pair.values(path) != (None, None), f"{path} is no fact of either side"
    if case.fires:
        found = {path for hit in hits for c in hit.changes for path in (c.path, *hit.facts)}
        assert set(case.evidence) <= found
        if case.effects:
            assert any((hit.effects or entry.rule.effects) == case.effects for hit in hits)


@pytest.mark.parametrize(("entry", "case"), ALL_CASES, ids=_id)
def test_a_case_swapped_fires_as_well(entry: Entry, case: Case) -> None:
    """Neither side is the right one."""
    swapped = Case(case.name, case.fires, a=case.b, b=case.a, both=case.both, unknown=case.unknown)
    assert bool(list(entry.check(pair_of(swapped)))) == case.fires


def test_every_case_file_belongs_to_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.toml")} <= {entry.rule.id for entry in RULES}


@pytest.mark.parametrize(("entry", "case"), ALL_CASES, ids=_id)
def test_the_engine_reports_what_the_rule_finds(entry: Entry, case: Case) -> None:
    pair = pair_of(case)
    comparison = explain(pair.a, pair.b, pair.comparison)
    assert (entry.rule.id in {finding.rule for finding in comparison.findings}) == case.fires
    named = {e.path for finding in comparison.findings for e in finding.evidence}
    assert not named & set(comparison.unexplained)
