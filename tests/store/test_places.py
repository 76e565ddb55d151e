from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Baseline
from auditor.store import document, dumps, places
from tests.strategies import baselines


@given(baselines())
def test_every_fact_stands_on_the_line_that_is_told(baseline: Baseline) -> None:
    text = dumps(baseline)
    found = places(text.encode(), "baseline.json")
    lines = text.split("\n")
    for name, section in baseline.fingerprint.sections.items():
        assert lines[found.sections[name] - 1].startswith(f"  {json.dumps(name)}: {{")
        for key in section.facts:
            line = lines[found.line(f"{name}.{key}") - 1]
            assert line.startswith(f"      {json.dumps(key)}: ")


@pytest.mark.parametrize("indent", [None, 0, 4])
@given(baseline=baselines(), line_end=st.sampled_from(["\n", "\r\n"]))
def test_a_file_that_was_laid_out_anew(baseline: Baseline, indent: int, line_end: str) -> None:
    text = json.dumps(document(baseline), indent=indent).replace("\n", line_end)
    found = places(text.encode("utf-8-sig"), "b")
    lines = text.split(line_end)
    for name, section in baseline.fingerprint.sections.items():
        for key in section.facts:
            number = found.facts[f"{name}.{key}"]
            assert f"{json.dumps(key)}: " in lines[number - 1]


def test_what_the_file_does_not_hold() -> None:
    text = (
        '{"kind": "fingerprint",\n"sections": {\n"os.packages":\n {"facts": {"numpy": "1",\n'
        '"facts": 2}, "gaps":\n{"curl": "why"}},\n"os": {}}}'
    )
    found = places(text.encode(), "b")
    assert found.facts == {"os.packages.numpy": 4, "os.packages.facts": 5, "os.packages.curl": 6}
    assert found.line("os.packages.new") == 3
    assert found.line("os.packages.*") == 3
    assert found.line("os.id") == 7
    assert found.line("gpu.*") == 1
    assert found.line("*") == 1
    assert found.line("") == 1
