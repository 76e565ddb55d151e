"""SARIF as code scanning takes it: by the rules `Sarif;Ghas` of Microsoft's multitool."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import store
from auditor.model import Comparison, Evidence, RulePage, Verdict
from auditor.report import sarif
from tests.cli.running import inside
from tests.conftest import REQUIRED, ROOT, provided
from tests.report import hostile
from tests.report.sample import sides

SCRIPT = ROOT / "tests" / "tools" / "multitool.sh"
# It is one program for all of them, and starting it takes longest.
pytestmark = pytest.mark.xdist_group("multitool")

# Warnings of the multitool's, each with the reason why it may stay.
ACCEPTED = {
    "SARIF2005": "asks for the tool's home page: the project has no public address to name",
}
POLICIES = {
    "default": "[gate]",
    "rules": '[gate]\npreset = "numerics"\n[gate.rules]\nEA101 = "fail"\nEA201 = "warn"\n',
    "waivers": """
[gate]
fail = ["python.*", "env.*"]
warn = ["os.*", "limits.*"]
ignore = ["kernel.*", "cpu.*"]
not_compared = "warn"
[[gate.waivers]]
path = "env.TZ"
reason = "moves to UTC with the next release, see [the plan](https://example.com/plan)"
owner = "platform team"
expires = 2099-12-31
[[gate.waivers]]
path = "env.LANG"
reason = "over"
expires = 2026-01-01
[[gate.waivers]]
path = "env.NOBODY_HAS_IT"
reason = "matches nothing"
expires = 2099-12-31
""",
    "required": """
[gate.require]
"cpu.flags" = { contains = ["avx512f"] }
"gpu.count" = { at_least = 4 }
""",
}
LOCK = """
[[package]]
name = "numpy"
version = "2.1.3"
groups = ["main"]
[[package]]
name = "absent"
version = "1.0"
groups = ["main"]
[metadata]
lock-version = "2.1"
"""


@pytest.fixture(scope="module")
def multitool() -> str:
    """The multitool's path; skipped where it is not installed, an error where CI requires it."""
    return provided(SCRIPT, *(["--install"] if REQUIRED else []))


def complaints(multitool: str, folder: Path) -> list[str]:
    """What the multitool has against the files of a folder, without what is accepted. Notes
    are advice, and are not asked for."""
    output = folder / "complaints.json"
    subprocess.run(
        [
            multitool, "validate", f"{folder}/*.sarif", "--rule-kind", "Sarif;Ghas",
            "--level", "Error;Warning", "--output", str(output), "--quiet", "true",
        ],
        # Without ICU, which it has no use for here and a small machine may not have.
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    (run,) = json.loads(output.read_text(encoding="utf-8-sig"))["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"]
    assert "toolExecutionNotifications" not in invocation
    found = []
    seen = set()
    for result in run["results"]:
        address = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        name = address.rpartition("/")[2]
        if result["ruleId"] in ACCEPTED:
            seen.add((name, result["ruleId"]))
        else:
            found.append(f"{name}: {result['ruleId']} {json.dumps(result['message'])[:300]}")
    # Each file was really read, and each exception is still needed.
    assert seen == {(file.name, rule) for file in folder.glob("*.sarif") for rule in ACCEPTED}
    return found


def test_reports_of_gates_are_what_code_scanning_takes(multitool: str, tmp_path: Path) -> None:
    baseline, now = sides()
    for name, side in (("baseline", baseline), ("now", now)):
        (tmp_path / f"{name}.json").write_text(store.dumps(side), encoding="utf-8")
    blessed = inside("bless", "baseline.json", "-o", "blessed.json", cwd=tmp_path)
    assert blessed.code == 0, blessed.err
    (tmp_path / "poetry.lock").write_text(LOCK, encoding="utf-8")
    codes = {}
    for policy, text in POLICIES.items():
        (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
        for target, lock in (("now", ()), ("baseline", ()), ("now", ("--lock", "poetry.lock"))):
            name = f"{policy}-{target}{'-lock' if lock else ''}"
            ended = inside(
                "gate", f"{target}.json", "--against", "blessed.json", "--policy", "policy.toml",
                "--format", "sarif", "-o", f"{name}.sarif", *lock, cwd=tmp_path,
            )  # fmt: skip
            assert ended.code in (0, 1), ended.err
            codes[name] = ended.code
    assert set(codes.values()) == {0, 1}
    assert codes["default-baseline"] == 0
    # All kinds of entries are among them.
    logs = [json.loads(path.read_text()) for path in tmp_path.glob("*.sarif")]
    results = [result for log in logs for result in log["runs"][0]["results"]]
    assert {result["level"] for result in results} == {"error", "warning", "note"}
    assert any("suppressions" in result for result in results)
    kinds = {result["properties"]["kind"] for result in results}
    assert kinds >= {"added", "changed", "removed", "required", "lock_missing", "lock_version"}
    rules = {result["ruleId"].partition("/")[0] for result in results}
    assert {"policy", "waiver", "EA101"} <= rules
    assert complaints(multitool, tmp_path) == []


def everything(payloads: Iterable[str]) -> tuple[Verdict, Comparison, dict[str, RulePage]]:
    """All of them in one verdict: starting the multitool takes longest. The rules' names are
    ours alone and so are their pages' first lines, never empty."""
    verdicts = [hostile.verdict(one) for one in payloads]
    findings = []
    pages = {}
    for number, one in enumerate(payloads):
        for finding in hostile.comparison(one).findings[:1]:
            rule = f"EA{number}"
            evidence = (Evidence(f"env.{one[:1000]}", one, one),)
            findings.append(replace(finding, rule=rule, name=f"of-{number}", evidence=evidence))
            pages[rule] = replace(hostile.pages(one)[one], rule=rule, summary=f"About {one}")
    return (
        replace(
            verdicts[0],
            violations=tuple(entry for one in verdicts for entry in one.violations),
            warnings=tuple(entry for one in verdicts for entry in one.warnings),
            waived=tuple(entry for one in verdicts for entry in one.waived),
        ),
        replace(hostile.comparison("x"), findings=tuple(findings)),
        pages,
    )


def test_hostile_values_are_what_code_scanning_takes(multitool: str, tmp_path: Path) -> None:
    verdict, comparison, pages = everything(hostile.PAYLOADS)
    # A baseline's name is taken from the command line: all its characters, a few files.
    names = [name for name in hostile.PAYLOADS[::20] if name.strip()]
    few = everything(["x"])[:2]
    for number, name in enumerate(names):
        text = sarif.render_verdict(
            *((verdict, comparison) if number == 0 else few),
            hostile.baseline(name),
            pages,
            "1.2.3",
        )
        (tmp_path / f"{number}.sarif").write_text(text, encoding="utf-8")
    whole = json.loads((tmp_path / "0.sarif").read_text())["runs"][0]
    assert len(whole["results"]) == 5 * len(hostile.PAYLOADS)
    assert len(whole["tool"]["driver"]["rules"]) > len(hostile.PAYLOADS)
    assert complaints(multitool, tmp_path) == []


def test_the_multitool_would_complain(multitool: str, tmp_path: Path) -> None:
    """It is run as it should be: what is wrong is found, in the words of both sets of rules."""
    text = sarif.render_verdict(
        hostile.verdict("x"), hostile.comparison("x"), hostile.baseline("x"), {}, "1.2.3"
    )
    log = json.loads(text)
    result = log["runs"][0]["results"][0]
    result["ruleIndex"] = 99
    del result["locations"]
    del result["partialFingerprints"]
    (tmp_path / "wrong.sarif").write_text(json.dumps(log), encoding="utf-8")
    found = "\n".join(complaints(multitool, tmp_path))
    assert "SARIF1" in found
    assert "GH" in found
