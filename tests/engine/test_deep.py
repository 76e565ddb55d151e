"""`--deep` on the demo pair, on containers that are alike, and without a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor import store

from .conftest import comparison, docker, envaudit, snapshot


@pytest.fixture(scope="module")
def deep(demo: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("deep")
    for side, name in zip(("local", "prod"), demo, strict=True):
        snapshot(f"docker:{name}", folder / f"{side}.json", "--deep", "--integrity", "off")
    return {side: folder / f"{side}.json" for side in ("local", "prod")}


@pytest.fixture(scope="module")
def document(deep: dict[str, Path]) -> dict[str, Any]:
    return comparison(deep["local"], deep["prod"])[1]


def test_the_kernel_that_was_chosen_is_told(deep: dict[str, Path]) -> None:
    ours, theirs = (store.load(deep[side]) for side in ("local", "prod"))
    pools = [side.get("threads.numpy.openblas") for side in (ours, theirs)]
    assert all(isinstance(pool, dict) for pool in pools)
    assert pools[1]["architecture"] == "Haswell"  # type: ignore[index,call-overload]
    assert theirs.get("native.loaded.jemalloc") is not None
    assert ours.get("native.loaded.jemalloc") is None
    assert ours.get("frameworks.numpy.version") == "2.1.3"


def test_each_pool_is_held_against_the_quota(deep: dict[str, Path]) -> None:
    theirs = store.load(deep["prod"])
    quota = theirs.get("limits.cpu.quota")
    pool = theirs.get("threads.numpy.openblas")
    assert isinstance(quota, (int, float))
    assert isinstance(pool, dict)
    assert isinstance(pool["threads"], int)


def test_the_probes_are_evidence(document: dict[str, Any]) -> None:
    findings = {finding["rule"]: finding for finding in document["findings"]}
    evidence = [entry["path"] for entry in findings["EA101"]["evidence"]]
    assert "env.OPENBLAS_CORETYPE" in evidence
    assert any(path.startswith("probes.numpy.gemm") for path in evidence)


def test_a_probe_says_how_far_apart_and_what_it_points_to(document: dict[str, Any]) -> None:
    changes = {change["path"]: change for change in document["changes"]}
    change = changes["probes.numpy.gemm.float64"]
    assert change["detail"]["ulps"] >= 0
    assert "the kernels that OpenBLAS computes with" in change["detail"]["points_to"]
    assert change["folded_under"]
    assert not [
        path
        for path, one in changes.items()
        if path.startswith("probes.numpy") and not one.get("folded_under")
    ]


def test_the_report_shows_it(deep: dict[str, Path]) -> None:
    answer = envaudit("compare", str(deep["local"]), str(deep["prod"]), "--all")
    assert answer.returncode == 1
    assert " ulp: " in answer.stdout
    assert "probes.numpy.gemm.float64" in answer.stdout


def test_nothing_is_left_behind(demo: tuple[str, str], deep: dict[str, Path]) -> None:
    for name in demo:
        assert docker("diff", name) == ""
        processes = docker("top", name, "-eo", "pid,args")
        assert "-B -c" not in processes


def test_two_containers_of_one_image_agree(
    demo: tuple[str, str], container: Callable[..., str], tmp_path: Path
) -> None:
    image = docker("inspect", "--format", "{{.Config.Image}}", demo[0])
    command = ("/venv/bin/python", "-c", "import time; time.sleep(100000)")
    paths = []
    for side in ("a", "b"):
        name = container("--entrypoint", "", image=image, command=command)
        paths.append(tmp_path / f"{side}.json")
        snapshot(f"docker:{name}", paths[-1], "--deep", "--integrity", "off")
    code, document = comparison(*paths)
    assert [change["path"] for change in document["changes"]] == []
    assert code == 0
    assert len(store.load(paths[0]).sections["probes"].facts) > 80


def test_a_locked_down_container(container: Callable[..., str], tmp_path: Path) -> None:
    """Read-only, without capabilities, an unknown user: what can be told is told."""
    name = container("--read-only", "--cap-drop", "ALL", "--user", "4242", "--memory", "256m")
    fingerprint = snapshot(f"docker:{name}", tmp_path / "x.json", "--deep")
    assert fingerprint.sections["probes"].status.value == "ok"
    assert "libm.exp" in fingerprint.sections["probes"].facts
    assert docker("diff", name) == ""


def test_the_application_is_not_hurt_where_memory_is_short(
    container: Callable[..., str], tmp_path: Path
) -> None:
    name = container("--memory", "32m")
    fingerprint = snapshot(f"docker:{name}", tmp_path / "x.json", "--deep")
    probes = fingerprint.sections["probes"]
    assert probes.status.value == "skipped"
    assert probes.reason == "too little memory is left to import libraries"
    assert docker("inspect", "--format", "{{.State.OOMKilled}}", name) == "false"
