"""The tables of what is known of Python distributions."""

from __future__ import annotations

import re

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from auditor.explain.knowledge.accelerators import ACCELERATORS
from auditor.explain.knowledge.distributions import HARMLESS, IMPORTED_BY, WEIGHTY
from auditor.explain.knowledge.noise import is_noise
from auditor.explain.knowledge.python_minors import MINORS, minors_between
from auditor.explain.knowledge.version_steps import STEPS, Step, steps_between
from auditor.explain.rule import EFFECTS, SEVERITIES


def test_the_table_is_large_enough() -> None:
    assert len(STEPS) >= 75
    assert len({step.name for step in STEPS}) >= 40


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.name}-{step.at}")
def test_each_step_is_well_formed(step: Step) -> None:
    assert step.name == canonicalize_name(step.name)
    assert step.effects
    assert set(step.effects) <= set(EFFECTS)
    assert step.severity in SEVERITIES
    assert 0.3 <= step.likelihood <= 0.85
    assert 10 < len(step.what) < 200
    assert not step.what.endswith(".")
    assert re.fullmatch(r"https://[^\s%]+", step.source)


def test_no_step_is_listed_twice() -> None:
    assert len({(step.name, step.at, step.what) for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize(
    ("one", "other", "lies_between"),
    [
        ("1.26.4", "2.0.0", True),
        ("2.0.0", "1.26.4", True),
        ("2.0.0rc1", "2.0.0", True),
        ("1.26.4", "2.0.0rc1", False),
        ("2.0.0", "2.0.1", False),
        ("1.26.3", "1.26.4", False),
    ],
)
def test_a_step_lies_between_two_versions(one: str, other: str, lies_between: bool) -> None:
    steps = steps_between("numpy", Version(one), Version(other))
    assert any(step.at == Version("2.0") for step in steps) == lies_between


def test_the_likeliest_step_comes_first() -> None:
    found = steps_between("pandas", Version("1.5.3"), Version("3.0.0"))
    assert [step.likelihood for step in found] == sorted(
        (step.likelihood for step in found), reverse=True
    )
    assert {str(step.at) for step in found} == {"2.0", "2.1", "2.2", "3.0"}


def test_steps_of_unknown_distributions() -> None:
    assert steps_between("acme-pricing", Version("1"), Version("9")) == []


def test_names_are_normalised() -> None:
    used = {name for one in ACCELERATORS for name in (*one.names, *one.users)}
    imported = {name for name, users in IMPORTED_BY.items() for name in (name, *users)}
    for name in HARMLESS | WEIGHTY | used | imported:
        assert name == canonicalize_name(name)
    assert not HARMLESS & WEIGHTY


def test_minor_versions_of_python() -> None:
    assert [minor.number for minor in minors_between((3, 11), (3, 13))] == [(3, 12), (3, 13)]
    assert minors_between((3, 12), (3, 12)) == []
    assert [minor.number for minor in MINORS] == sorted(minor.number for minor in MINORS)


@pytest.mark.parametrize(
    "name", ["KUBERNETES_PORT", "CARTS_SERVICE_HOST", "POD_NAME", "GIT_SHA", "DD_ENV", "BUILD_ID"]
)
def test_noise(name: str) -> None:
    assert is_noise(name)


@pytest.mark.parametrize("name", ["SCORE_THRESHOLD", "MODEL_PATH", "FEATURE_FAST", "LOG_LEVEL"])
def test_no_noise(name: str) -> None:
    assert not is_noise(name)
