"""Fingerprints from plain tables of facts, for the cases of rules."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.agent.collectors import DEEP_SECTIONS, SECTIONS, load
from auditor.compare import compare
from auditor.explain.pair import Pair
from auditor.model import Fingerprint, Origin, Section, Status

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CASES = Path(__file__).parent / "cases"
ORIGINS = {name: load(name).ORIGIN for name in SECTIONS + DEEP_SECTIONS}
ORIGINS["vulnerabilities"] = "image"  # no collector's: asked for on the host


@dataclass(frozen=True)
class Case:
    """One case of a rule: facts of both sides, and whether it fires.

    `unknown` are sections that could not be read; `evidence` are paths that the finding must
    have, `at_most` bounds its confidence.
    """

    name: str
    fires: bool
    a: Mapping[str, Any] = field(default_factory=dict)
    b: Mapping[str, Any] = field(default_factory=dict)
    both: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    at_most: float = 1.0
    at_least: float = 0.0


def cases_of(identifier: str) -> list[Case]:
    path = CASES / f"{identifier}.toml"
    if not path.is_file():
        return []
    table = tomllib.loads(path.read_text())
    assert set(table) <= {"case"}, f"{path.name}: only [[case]] is known"
    return [_case(case) for case in table.get("case", [])]


def _case(table: dict[str, Any]) -> Case:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Case(**values)


def fingerprint(facts: Mapping[str, Any], unknown: tuple[str, ...] = ()) -> Fingerprint:
    """Every section is there and known, but those in `unknown`."""
    sections: dict[str, dict[str, Any]] = {name: {} for name in ORIGINS}
    for path, value in facts.items():
        section = section_of(path)
        sections[section][path[len(section) + 1 :]] = value
    return Fingerprint(
        {
            name: Section(
                Status.DENIED if name in unknown else Status.OK, Origin(ORIGINS[name]), values
            )
            for name, values in sections.items()
        }
    )


def section_of(path: str) -> str:
    """The longest section that the path begins with."""
    found = [name for name in ORIGINS if path.startswith(name + ".")]
    assert found, f"{path} lies in no section"
    # `os.packages.x` is a package, `python.path.x` a search path: never keys of the shorter.
    return max(found, key=len)


def pair_of(case: Case) -> Pair:
    a = fingerprint({**case.both, **case.a}, case.unknown)
    b = fingerprint({**case.both, **case.b}, case.unknown)
    return Pair(a, b, compare(a, b))
