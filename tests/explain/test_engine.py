"""From changes to findings: order, symptom, fallbacks, what is left, and pairs without a cause."""

from __future__ import annotations

from typing import Any

from auditor.compare import compare
from auditor.explain import explain, read_symptom
from auditor.model import Comparison

from .making import fingerprint

DEBIAN = {"os.id": "debian", "os.version_id": "12", "os.package_manager": "dpkg"}
NUMPY = {"python.packages.numpy": "2.1.0", "cpu.logical_count": 8, "limits.affinity.count": 8}


def explained(
    a: dict[str, Any], b: dict[str, Any], both: dict[str, Any], symptom: str | None = None
) -> Comparison:
    ours, theirs = fingerprint({**both, **a}), fingerprint({**both, **b})
    told = read_symptom(symptom) if symptom is not None else None
    return explain(ours, theirs, compare(ours, theirs), told)


def rules(comparison: Comparison) -> list[str]:
    return [finding.rule for finding in comparison.findings]


def test_a_symptom_lifts_what_can_cause_it() -> None:
    both = {**NUMPY, "locale.lc_time": "C"}
    a = {"env.OMP_NUM_THREADS": "1", "limits.memory.max": 8 << 30}
    b = {"env.OMP_NUM_THREADS": "8", "limits.memory.max": 512 << 20}
    for symptom, first in (("numerics", "EA116"), ("crash", "EA309")):
        assert rules(explained(a, b, both, symptom))[0] == first
    log = "epoch 3\nKilled process 4242 (python) total-vm:8126464kB, anon-rss:524288kB\n"
    assert rules(explained(a, b, both, log))[0] == "EA309"


def test_no_symptom_adds_or_removes_a_finding() -> None:
    a, b = {"env.TZ": "UTC", "env.LANG": "C"}, {"env.TZ": "Asia/Tokyo", "env.LANG": "de_DE.UTF-8"}
    without = rules(explained(a, b, NUMPY))
    assert without
    for symptom in ("numerics", "crash", "performance", "text", "time", "behaviour"):
        assert sorted(rules(explained(a, b, NUMPY, symptom))) == sorted(without)


def test_a_fallback_is_silent_where_another_rule_knows_better() -> None:
    older = {"os.packages.libsqlite3-0": "3.34.1-3"}
    newer = {"os.packages.libsqlite3-0": "3.40.1-2"}
    assert rules(explained(older, newer, DEBIAN)) == ["EA371"]
    other = {"os.packages.libtiff6": "4.5.0-6"}
    found = rules(explained({**older, **other}, newer, DEBIAN))
    assert found[0] == "EA371"
    assert "EA245" in found


def test_what_no_finding_names_is_listed() -> None:
    both = {**NUMPY, "python.packages.tabulate": "0.9.0"}
    comparison = explained(
        {"env.OMP_NUM_THREADS": "1", "os.packages.less": "590"}, {"env.OMP_NUM_THREADS": "4"}, both
    )
    named = {evidence.path for finding in comparison.findings for evidence in finding.evidence}
    assert "env.OMP_NUM_THREADS" in named
    assert comparison.unexplained == ("os.packages.less",)


def test_where_and_when_it_runs_is_no_cause() -> None:
    """Two machines, two deployments of one image: other names and injected variables."""
    hidden = {"set": True}
    a = {
        "env.HOSTNAME": "dev-laptop", "env.BUILD_ID": hidden, "env.TERM": "xterm-256color",
        "env.PWD": "/root", "env.SHLVL": "1", "container.labels.maintainer": "ml",
    }  # fmt: skip
    b = {
        "env.HOSTNAME": "svc-7f9c6d5b4-x2x7k", "env.KUBERNETES_SERVICE_HOST": hidden,
        "env.KUBERNETES_SERVICE_PORT": hidden, "env.REDIS_SERVICE_HOST": hidden,
        "env.REDIS_PORT_6379_TCP_ADDR": hidden, "env.POD_NAMESPACE": hidden, "env.DD_ENV": hidden,
        "env.GIT_SHA": hidden, "container.labels.maintainer": "platform",
    }  # fmt: skip
    comparison = explained(a, b, NUMPY)
    assert comparison.changes
    assert comparison.findings == ()
    assert comparison.unexplained == ()
