"""The JSON Schemas in docs/ are those that the code makes, and its documents obey them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

from auditor.model import Baseline, Fingerprint
from auditor.store import document
from auditor.store.schema import main, schemas, text_of
from tests.strategies import baselines, fingerprints

COMMITTED = Path(__file__).parents[2] / "docs" / "schema"
KINDS = ("fingerprint", "baseline", "comparison", "verdict")


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_schema_is_up_to_date(kind: str) -> None:
    committed = (COMMITTED / f"{kind}.json").read_text()
    assert committed == text_of(schemas()[kind]), "run: python -m auditor.store.schema docs/schema"


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[kind])


def test_every_schema_has_its_file(tmp_path: Path) -> None:
    main(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in COMMITTED.iterdir()
    )


@settings(max_examples=50)
@given(fingerprints())
def test_fingerprints_obey(fingerprint: Fingerprint) -> None:
    jsonschema.validate(document(fingerprint), schemas()["fingerprint"])


@settings(max_examples=50)
@given(baselines())
def test_baselines_obey(baseline: Baseline) -> None:
    jsonschema.validate(document(baseline), schemas()["baseline"])


# The examples of the design, and one entry of each kind.
PROVENANCE = {"name": "prod", "captured_at": "2026-01-31T12:00:00Z"}
COMPARISON = {
    "kind": "comparison",
    "schema": "1.0",
    "a": PROVENANCE,
    "b": PROVENANCE,
    "findings": [
        {
            "rule": "EA101",
            "name": "unpinned threads",
            "effects": ["numerics"],
            "severity": "high",
            "confidence": 0.9,
            "message": "...",
            "evidence": [{"path": "env.OMP_NUM_THREADS", "before": "1", "after": None}],
            "remedy": "...",
            "sources": ["..."],
        }
    ],
    "changes": [
        {
            "path": "python.packages.numpy",
            "kind": "changed",
            "before": "1.26.4",
            "after": "2.1.0",
            "origin": "image",
            "detail": {"level": "major", "direction": "up"},
        }
    ],
    "unexplained": ["os.id"],
    "not_compared": [{"path": "gpu.*", "reason": "permission denied"}],
}
ENTRY = {
    "path": "env.TZ",
    "kind": "added",
    "before": None,
    "after": "UTC",
    "origin": "runtime",
    "message": "added",
    "decided_by": "default: every change fails",
}
VERDICT = {
    "kind": "verdict",
    "schema": "1.0",
    "passed": False,
    "violations": [ENTRY],
    "warnings": [{**ENTRY, "kind": "withheld", "origin": ""}],
    "waived": [{**ENTRY, "reason": "until the next release"}],
    "not_compared": [],
}


@pytest.mark.parametrize("example", [COMPARISON, VERDICT], ids=lambda example: example["kind"])
def test_the_examples_of_the_design_obey(example: dict[str, object]) -> None:
    jsonschema.validate(example, schemas()[str(example["kind"])])


@pytest.mark.parametrize("example", [COMPARISON, VERDICT], ids=lambda example: example["kind"])
def test_every_member_of_the_wire_is_required(example: dict[str, object]) -> None:
    for member in example:
        less = {key: value for key, value in example.items() if key != member}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(json.loads(json.dumps(less)), schemas()[str(example["kind"])])
