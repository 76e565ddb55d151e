"""Runs the steps of a composite action as GitHub's runner does, as far as ours needs it.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax and
.../workflow-commands. Expressions are `inputs.NAME`, `steps.ID.outputs.NAME` and comparisons of
these with a text.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARISON = re.compile(r"(\S+)\s*(==|!=)\s*'([^']*)'")


@dataclass
class Run:
    """What became of it: the exit code of the step that failed (0: none), and what was told."""

    code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)


def run(action: Path, given: Mapping[str, str], workspace: Path, temp: Path) -> Run:
    document: dict[str, Any] = yaml.safe_load((action / "action.yml").read_text())
    inputs = _inputs(document["inputs"], given)
    told: dict[str, dict[str, str]] = {}
    result = Run()
    files = {name: temp / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for step in document["runs"]["steps"]:
        assert step["shell"] == "bash"
        if "if" in step and not _holds(step["if"], inputs, told):
            continue
        for path in files.values():
            path.write_text("")
        script = temp / "script.sh"
        script.write_text(_filled(step["run"], inputs, told))
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=workspace, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
            check=False,
            env={
                **{key: os.environ[key] for key in os.environ if not key.startswith("ENVAUDIT_")},
                **{key: _filled(value, inputs, told) for key, value in step["env"].items()},
                **{key: str(path) for key, path in files.items()},
                "RUNNER_TEMP": str(temp),
                "GITHUB_ACTION_PATH": str(action),
                "GITHUB_WORKSPACE": str(workspace),
                "GITHUB_ACTIONS": "true",
                "CI": "true",
            },
        )  # fmt: skip
        result.ran.append(step["id"])
        result.log += ended.stdout + ended.stderr
        result.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        told[step["id"]] = dict(line.split("=", 1) for line in lines)
        if ended.returncode != 0:
            result.code = ended.returncode
            break
    for name, output in document.get("outputs", {}).items():
        result.outputs[name] = _filled(output["value"], inputs, told)
    return result


def _inputs(known: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    assert set(given) <= set(known), "an input that the action does not know"
    for name, one in known.items():
        assert name in given or "default" in one, f"{name} is required"
    return {name: given.get(name, str(one.get("default", ""))) for name, one in known.items()}


def _filled(text: str, inputs: Mapping[str, str], told: Mapping[str, Mapping[str, str]]) -> str:
    return _EXPRESSION.sub(lambda found: _value(found[1], inputs, told), text)


def _value(name: str, inputs: Mapping[str, str], told: Mapping[str, Mapping[str, str]]) -> str:
    parts = name.split(".")
    if parts[0] == "inputs" and len(parts) == 2:
        return inputs[parts[1]]
    assert parts[0] == "steps", name
    assert parts[2] == "outputs", name
    return told.get(parts[1], {}).get(parts[3], "")


def _holds(
    condition: str, inputs: Mapping[str, str], told: Mapping[str, Mapping[str, str]]
) -> bool:
    found = _COMPARISON.fullmatch(condition)
    assert found is not None, condition
    return (_value(found[1], inputs, told) == found[3]) is (found[2] == "==")
