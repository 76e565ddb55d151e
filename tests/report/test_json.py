from __future__ import annotations

import json
from dataclasses import replace

from auditor.report.json import comparison_document, render, verdict_document
from tests.report.sample import sample
from tests.report.test_text import FINDING
from tests.report.test_verdict import VERDICT


def test_comparison_document() -> None:
    document = comparison_document(replace(sample(), findings=(FINDING,), unexplained=("env.TZ",)))
    assert list(document) == [
        "kind",
        "schema",
        "a",
        "b",
        "findings",
        "changes",
        "unexplained",
        "not_compared",
    ]
    assert document["kind"] == "comparison"
    assert document["schema"] == "1.0"
    assert document["unexplained"] == ["env.TZ"]
    assert document["a"] == {
        "name": "local",
        "target": "docker:scoring-local",
        "captured_at": "2026-01-31T12:00:00Z",
        "agent_version": "0.1.0",
        "duration_ms": 48.2,
    }
    changes = {change["path"]: change for change in json.loads(render(document))["changes"]}
    assert changes["python.packages.numpy"] == {
        "path": "python.packages.numpy",
        "kind": "changed",
        "before": "2.1.3",
        "after": "1.26.4",
        "origin": "image",
        "weight": "high",
        "detail": {"level": "major", "direction": "down"},
    }
    assert changes["time.timezone"]["folded_under"] == "env.TZ"
    gaps = {entry["path"]: entry for entry in json.loads(render(document))["not_compared"]}
    assert gaps["network.*"] == {
        "path": "network.*",
        "reason": "permission denied",
        "side": "b",
        "withheld": False,
    }
    assert gaps["env.API_TOKEN"]["withheld"] is True


def test_finding() -> None:
    (finding,) = json.loads(render(comparison_document(replace(sample(), findings=(FINDING,)))))[
        "findings"
    ]
    assert finding["rule"] == "EA101"
    assert finding["evidence"][0] == {"path": "env.OMP_NUM_THREADS", "before": "1", "after": None}


def test_json_is_ascii_and_reads_back() -> None:
    text = render(comparison_document(sample()))
    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text) == comparison_document(sample())


def test_verdict_document() -> None:
    document = verdict_document(VERDICT)
    assert list(document) == [
        "kind",
        "schema",
        "passed",
        "baseline",
        "fingerprint",
        "violations",
        "warnings",
        "waived",
        "ignored",
        "not_compared",
    ]
    assert document["passed"] is False
    assert json.loads(render(document))["waived"] == [
        {
            "path": "env.SCORE_THRESHOLD",
            "kind": "changed",
            "before": "0.5",
            "after": "0.8",
            "origin": "runtime",
            "message": "changed",
            "decided_by": "waiver env.SCORE_THRESHOLD until 2026-03-01",
            "reason": "trial in one region",
        }
    ]
