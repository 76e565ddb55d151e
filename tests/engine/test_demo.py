"""The demo pair: every stated difference is found, and nothing else carries a high weight."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Fingerprint, Origin
from tests.conftest import IMAGES

from .conftest import comparison, docker, envaudit, snapshot

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

STATED: list[dict[str, Any]] = tomllib.loads((IMAGES / "differences.toml").read_text())[
    "difference"
]


@pytest.fixture(scope="module")
def fingerprints(
    demo: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Both sides captured with the key of the demo, so that hidden values can be told apart."""
    folder = tmp_path_factory.mktemp("demo")
    key = folder / "key"
    key.write_text("a key for the tests, long enough\n")
    for side, name in zip(("local", "prod"), demo, strict=True):
        path = folder / f"{side}.json"
        snapshot(f"docker:{name}", path, "--key-file", str(key), "--show", "SCORE_THRESHOLD")
    return {side: folder / f"{side}.json" for side in ("local", "prod")}


@pytest.fixture(scope="module")
def changes(fingerprints: dict[str, Path]) -> dict[str, dict[str, Any]]:
    code, document = comparison(fingerprints["local"], fingerprints["prod"])
    assert code == 1
    return {change["path"]: change for change in document["changes"]}


def test_at_least_twenty_differences_over_every_origin_are_stated() -> None:
    assert len(STATED) >= 20
    assert {stated["origin"] for stated in STATED} == {origin.value for origin in Origin}


@pytest.mark.parametrize("stated", STATED, ids=lambda stated: stated["id"])
def test_a_stated_difference_is_found(
    stated: dict[str, Any], changes: dict[str, dict[str, Any]]
) -> None:
    change = changes[stated["path"]]
    assert change["origin"] == stated["origin"]
    for side, value in (("local", change["before"]), ("prod", change["after"])):
        if side not in stated:
            assert value is None
        elif isinstance(value, (str, int, float, bool)) and stated[side] not in ("*", "drawn"):
            assert value == stated[side]
        else:
            assert value is not None


def test_nothing_else_has_a_high_weight(changes: dict[str, dict[str, Any]]) -> None:
    stated = {difference["path"] for difference in STATED}
    high = {
        path
        for path, change in changes.items()
        if change["weight"] == "high" and "folded_under" not in change
    }
    assert high - stated == set()


def test_the_secret_is_told_different_and_not_told(
    changes: dict[str, dict[str, Any]], fingerprints: dict[str, Path], demo: tuple[str, str]
) -> None:
    before, after = (changes["env.DATABASE_URL"][side] for side in ("before", "after"))
    assert before.startswith("hmac-sha256:")
    assert before.split(":")[:2] == after.split(":")[:2]  # one key
    assert before != after
    for side, name in zip(("local", "prod"), demo, strict=True):
        secret = docker("exec", name, "printenv", "DATABASE_URL")
        assert secret.startswith("postgresql://scorer:")
        assert secret.split(":")[2].split("@")[0] not in fingerprints[side].read_text()


def test_the_allocator_is_really_loaded(fingerprints: dict[str, Path]) -> None:
    from auditor import store

    def loaded(side: str) -> Any:
        return store.load(fingerprints[side]).get("native.loaded.jemalloc")

    assert loaded("local") is None
    assert loaded("prod")["source"] == "preload"
    assert loaded("prod")["path"].endswith("/libjemalloc.so.2")


def test_a_capture_leaves_nothing_behind(
    demo: tuple[str, str], fingerprints: dict[str, Path]
) -> None:
    for name in demo:
        assert docker("diff", name) == ""


@pytest.mark.parametrize("side", [0, 1], ids=["local", "prod"])
def test_the_entrypoints_own_snapshot_tells_the_same(
    demo: tuple[str, str], side: int, tmp_path: Path
) -> None:
    """Taken by the image's entrypoint before the service started, and now from outside."""
    inside = tmp_path / "inside.json"
    inside.write_text(docker("exec", demo[side], "cat", "/run/envaudit/fingerprint.json"))
    code, document = comparison(inside, f"docker:{demo[side]}")
    assert [change["path"] for change in document["changes"]] == []
    assert code == 0


def test_the_report_reads_at_eighty_columns(fingerprints: dict[str, Path]) -> None:
    import os

    arguments = ("compare", str(fingerprints["local"]), str(fingerprints["prod"]))
    answer = envaudit(*arguments, env={**os.environ, "COLUMNS": "80", "LC_ALL": "C.UTF-8"})
    assert answer.returncode == 1
    for stated in STATED:
        key = stated["path"].split(".", 1)[1]
        last = key.rsplit(".", 1)[-1]
        assert last in answer.stdout, stated["path"]
    assert "\x1b" not in answer.stdout


def test_all_sections_are_there(fingerprints: dict[str, Path]) -> None:
    from auditor import store
    from auditor.agent.collectors import SECTIONS

    fingerprint: Fingerprint = store.load(fingerprints["prod"])
    assert list(fingerprint.sections) == list(SECTIONS)
    statuses = {name: s.status.value for name, s in fingerprint.sections.items()}
    assert {name for name, status in statuses.items() if status != "ok"} <= {"gpu", "conda"}
