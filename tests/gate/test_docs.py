"""What docs/gate.md shows is what there is."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

import auditor
from auditor.config import _rule_ids
from auditor.gate import decide, parse_policy
from auditor.gate.parse import _KEYS, _WAIVER_KEYS
from auditor.gate.parse_constraint import KEYS
from auditor.gate.preset_files import PRESETS, preset_text
from auditor.report.decision import render_decision

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def gate_of(example: str) -> Mapping[str, object]:
    table: Mapping[str, object] = tomllib.loads(example)["gate"]
    return table


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_policy(example: str) -> None:
    parse_policy(gate_of(example), "docs/gate.md", example, rules=_rule_ids)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_spelled_out(name: str) -> None:
    assert f"### {name}\n\n```toml\n{preset_text(name)[0]}```" in TEXT


def test_every_variable_that_is_read_is_told() -> None:
    told = set(re.findall(r"ENVAUDIT_[A-Z_]+", TEXT))
    folder = Path(auditor.__file__).parent
    read = {
        name
        for path in folder.rglob("*.py")
        for name in re.findall(r"\bENVAUDIT_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert read - {"ENVAUDIT_AT_EXIT"} == told  # which the agent sets for itself


def test_every_key_has_an_example() -> None:
    shown = "\n".join(EXAMPLES)
    for key in _KEYS:
        assert any(key in gate_of(example) for example in EXAMPLES), key
    for key in (*KEYS, *_WAIVER_KEYS, "otherwise"):
        assert re.search(rf"\b{key} = ", shown), key


def test_the_explanation_is_what_is_said() -> None:
    policy = parse_policy({"preset": "numerics"}, "envaudit.toml")
    said = render_decision(decide(policy, "env.OMP_NUM_THREADS", date(2026, 6, 15)), width=120)
    assert said.strip() in TEXT
