"""The fingerprint in a few lines, for places that take 4096 bytes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.agent.summary import MAX_SUMMARY, summary_text

from .test_command import ENVIRONMENT, run


def document(**sections: dict[str, Any]) -> dict[str, Any]:
    return {
        "digest": "sha256:" + "0" * 64,
        "provenance": {
            "name": "prod/api-7f9c",
            "target": ".",
            "captured_at": "2026-11-25T09:39:06Z",
            "agent_version": "1.2.3",
            "duration_ms": 12.0,
        },
        "sections": {name.replace("_", "."): section for name, section in sections.items()},
    }


def test_what_it_says() -> None:
    text = summary_text(
        document(
            os={"status": "ok", "facts": {"id": "debian", "arch": "x86_64"}},
            gpu={"status": "absent", "facts": {}, "reason": "no GPU driver"},
            python_packages={"status": "ok", "facts": {}, "gaps": {"*": "may not be read"}},
        )
    )
    assert text.decode("ascii").splitlines() == [
        "envaudit 1.2.3",
        "digest sha256:" + "0" * 64,
        "name prod/api-7f9c",
        "target .",
        "captured_at 2026-11-25T09:39:06Z",
        "facts 2",
        "section os ok 2",
        "section gpu absent 0: no GPU driver",
        "section python.packages ok 0",
        "gap python.packages.*: may not be read",
    ]


@pytest.mark.parametrize("number", [0, 1, 40, 100, 131, 132, 133, 134, 135, 136, 137, 500, 100_000])
def test_it_never_holds_more_than_kubernetes_takes(number: int) -> None:
    gaps = {f"key-{index:06}": "cannot be read" for index in range(number)}
    text = summary_text(document(env={"status": "ok", "facts": {}, "gaps": gaps}))
    assert len(text) <= MAX_SUMMARY == 4096
    lines = text.decode("ascii").splitlines()
    assert text.endswith(b"\n")
    told = [line for line in lines if line.startswith("gap env.key-")]
    if lines[-1].startswith("... "):
        assert int(lines[-1].split()[1]) + len(told) == number
        assert len(text) > MAX_SUMMARY - 80, "there was room for more"
    else:
        assert len(told) == number


def test_it_is_lines_of_text_whatever_it_quotes() -> None:
    made = document(
        env={"status": "ok", "facts": {}, "gaps": {"a\nsection os ok 9\x1b[2J": "é\udcff"}}
    )
    made["provenance"]["name"] = "x\ndigest sha256:1" + "y" * 5000
    lines = summary_text(made).decode("ascii").split("\n")
    assert [line.split(" ")[0] for line in lines] == [
        *("envaudit", "digest", "name", "target", "captured_at", "facts", "section", "gap", ""),
    ]
    assert lines[2].startswith("name x\\ndigest sha256:1yyy")
    assert lines[2].endswith("y...")
    assert lines[7] == "gap env.a\\nsection os ok 9\\x1b[2J: \\xe9\\udcff"
    assert max(map(len, lines)) <= 200


def test_beside_the_fingerprint(zipapp: Path, tmp_path: Path) -> None:
    agent = [sys.executable, "-I", "-S", "-B", str(zipapp), "snapshot"]
    output, told = tmp_path / "out.json", tmp_path / "summary"
    told.write_text("x" * 5000)
    ended = run(
        [*agent, "-q", "-o", output, "--summary", told],
        environ={**ENVIRONMENT, "ENVAUDIT_NAME": "prod/api-7f9c", "SECRET": "hunter2"},
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    fingerprint = store.load(output)
    lines = told.read_text().splitlines()
    assert lines[1:3] == [f"digest {fingerprint.digest}", "name prod/api-7f9c"]
    assert fingerprint.provenance.name == "prod/api-7f9c"
    for name, section in fingerprint.sections.items():
        assert [
            line for line in lines if line.startswith(f"section {name} {section.status.value} ")
        ]
    assert "hunter2" not in told.read_text()
    assert sorted(os.listdir(tmp_path)) == ["out.json", "summary"]


def test_a_name_that_is_given_goes_before_the_variables(zipapp: Path, tmp_path: Path) -> None:
    agent = [sys.executable, "-I", "-S", "-B", str(zipapp), "snapshot", "-q"]
    installed = [sys.executable, "-m", "auditor", "snapshot", "-q"]
    for words in (agent, installed):
        for number, (given, expected) in enumerate(
            [([], "by variable"), (["--name", "by option"], "by option")]
        ):
            output = tmp_path / f"{number}.json"
            ended = run(
                [*words, "-o", output, *given],
                environ={**ENVIRONMENT, "ENVAUDIT_NAME": "by variable"},
            )
            assert ended.returncode == 0, ended.stderr
            assert store.load(output).provenance.name == expected
            assert "ENVAUDIT_NAME" not in store.load(output).sections["env"].facts


def test_the_installed_command_writes_the_same(tmp_path: Path) -> None:
    output, told = tmp_path / "out.json", tmp_path / "summary"
    command = [sys.executable, "-m", "auditor", "snapshot", "-q"]
    words: list[str | Path] = [*command, "-o", output, "--summary", told]
    assert run(words).returncode == 0
    document = store.document(store.load(output))
    assert told.read_bytes() == summary_text(document)
    refused = run([*words[:-1], "-"])
    assert refused.returncode == 2
    assert refused.stderr.count(b"\n") == 1
    assert b"--summary takes a file" in refused.stderr
