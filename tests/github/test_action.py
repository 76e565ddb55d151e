"""The action's steps, run for real: installed, captured, compared and gated."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor import store
from auditor.gate import bless
from auditor.model import Fingerprint, Origin, Section, Status

from .runner import Run, run

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def write_fingerprint(path: Path, timezone_name: str, **more: Any) -> Path:
    section = Section(Status.OK, Origin.RUNTIME, {"TZ": timezone_name, **more})
    store.write(path, store.dumps(Fingerprint({"env": section})))
    return path


@pytest.fixture(scope="module")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner's own folder, in which the action installs itself once for all tests."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture(scope="module")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the action, as `uses:` makes one: what git knows, and nothing else."""
    folder = tmp_path_factory.mktemp("action")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "auditor",
         "action.yml", "pyproject.toml", "README.md", "LICENSE"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    for name in filter(None, listed):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    write_fingerprint(tmp_path / "now.json", "UTC")
    write_fingerprint(tmp_path / "other.json", "Europe/Berlin")
    blessed = bless(store.load(tmp_path / "now.json"), datetime.now(timezone.utc), "release")
    store.write(tmp_path / "baseline.json", store.dumps(store.sealed(blessed)))
    return tmp_path


def start(action: Path, workspace: Path, temp: Path, **inputs: str) -> Run:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return run(action, {"python": sys.executable, **given}, workspace, temp)


def test_a_gate_that_passes(action: Path, workspace: Path, temp: Path) -> None:
    result = start(action, workspace, temp, target="now.json", baseline="baseline.json")
    assert result.code == 0, result.log
    assert result.ran == ["install", "snapshot", "gate"]
    assert result.outputs["verdict"] == "passed"
    assert store.load(result.outputs["fingerprint"]).get("env.TZ") == "UTC"
    assert json.loads(Path(result.outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert result.summary.strip()


def test_a_gate_that_fails(action: Path, workspace: Path, temp: Path) -> None:
    result = start(action, workspace, temp, target="other.json", baseline="baseline.json")
    assert result.code == 1
    assert result.outputs["verdict"] == "failed"
    assert re.search(r"^::error .*file=baseline\.json,line=\d+", result.log, re.MULTILINE)
    assert "env.TZ" in result.summary
    sarif = json.loads(Path(result.outputs["sarif"]).read_text())
    assert sarif["runs"][0]["results"]


def test_a_gate_that_only_tells(action: Path, workspace: Path, temp: Path) -> None:
    result = start(
        action, workspace, temp, target="other.json", baseline="baseline.json", fail="false"
    )
    assert (result.code, result.outputs["verdict"]) == (0, "failed")
    assert "::error" in result.log


def test_what_cannot_be_read_fails_in_any_case(action: Path, workspace: Path, temp: Path) -> None:
    (workspace / "baseline.json").write_text("{}")
    result = start(
        action, workspace, temp, target="now.json", baseline="baseline.json", fail="false"
    )
    assert result.code == 2
    assert result.outputs["verdict"] == ""


def test_a_comparison_without_a_gate(action: Path, workspace: Path, temp: Path) -> None:
    result = start(action, workspace, temp, target="now.json", compare_with="other.json")
    assert result.code == 0, result.log
    assert result.ran == ["install", "snapshot", "compare"]
    assert "Europe/Berlin" in result.summary
    assert result.outputs["verdict"] == ""


def test_inputs_are_no_shell(action: Path, workspace: Path, temp: Path) -> None:
    """They reach the steps as variables, never as text of a script."""
    hostile = "x'; touch pwned; $(touch pwned) `touch pwned` \" && touch pwned #"
    for name in ("target", "baseline", "policy", "compare_with", "options", "require_signature"):
        inputs = {"target": "now.json", "baseline": "baseline.json", name: hostile}
        assert start(action, workspace, temp, **inputs).code != 0, name
    assert not (workspace / "pwned").exists()
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"], step["id"]
        assert "env" in step


def test_inputs_and_outputs_are_described() -> None:
    for part in ("inputs", "outputs"):
        for name, one in ACTION[part].items():
            assert one["description"], name
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])


def test_hooks_for_pre_commit() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for hook in hooks:
        assert set(hook) >= {"id", "name", "description", "entry", "language"}
        assert hook["entry"].startswith("envaudit gate")


def test_the_hook_gates(workspace: Path) -> None:
    """As pre-commit runs it: the entry, then its arguments."""
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[1]
    words = hook["entry"].split()[1:]
    for target, code in (("now.json", 0), ("other.json", 1)):
        ended = subprocess.run(
            [sys.executable, "-m", "auditor", *words, target, "--against", "baseline.json"],
            cwd=workspace, capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ended.returncode == code
