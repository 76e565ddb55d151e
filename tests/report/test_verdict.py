from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from auditor.model import GateEntry, NotCompared, Provenance, Verdict
from auditor.report import render_verdict

Snapshot = Callable[[str, str], None]

VERDICT = Verdict(
    passed=False,
    baseline=Provenance("prod-2026.1"),
    fingerprint=Provenance(None, "docker:scoring"),
    violations=(
        GateEntry(
            "python.packages.numpy",
            "changed",
            "1.26.4",
            "2.1.3",
            "image",
            "changed (major up)",
            "fail python.packages.*",
        ),
        GateEntry(
            "env.LD_PRELOAD", "removed", "libjemalloc.so.2", None, "runtime", "removed", "fail *"
        ),
        GateEntry(
            "network.*",
            "not_compared",
            None,
            None,
            "runtime",
            "not compared, the fingerprint cannot: permission denied",
            "fail not compared",
        ),
    ),
    warnings=(
        GateEntry(
            "limits.memory.max",
            "changed",
            536870912,
            1073741824,
            "runtime",
            "changed",
            "warn limits.*",
        ),
    ),
    waived=(
        GateEntry(
            "env.SCORE_THRESHOLD",
            "changed",
            "0.5",
            "0.8",
            "runtime",
            "changed",
            "waiver env.SCORE_THRESHOLD until 2026-03-01",
            "trial in one region",
        ),
    ),
    ignored=4,
    not_compared=(NotCompared("network.*", "permission denied", "b"),),
)


@pytest.mark.parametrize("width", [80, 40, None])
def test_failed(width: int | None, snapshot: Snapshot) -> None:
    snapshot(f"verdict-{width or 'pipe'}.txt", render_verdict(VERDICT, width=width))


def test_passed() -> None:
    passed = replace(VERDICT, passed=True, violations=(), warnings=(), waived=(), ignored=0,
                     not_compared=())  # fmt: skip
    assert render_verdict(passed, width=80).splitlines() == [
        "PASSED  no difference",
        "docker:scoring against the baseline prod-2026.1",
        "",
        "Exit code 0: passed.",
    ]


def test_untrusted_text_is_escaped() -> None:
    entry = replace(VERDICT.violations[0], path="env.\x1b[2J", message="\x07", before="\u202e")
    text = render_verdict(replace(VERDICT, violations=(entry,)), width=80, ascii_only=True)
    assert all(line.isprintable() for line in text.split("\n"))
    assert r"env.\x1b[2J" in text
