"""`envaudit snapshot` of this environment goes straight to the agent, and nobody can tell."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.shortcut import agent_is_enough

from .running import PYTHON, Ended, envaudit

# The same command line, by way of the whole tool.
WHOLE_TOOL = (PYTHON, "-c", "import sys; from auditor.cli import run; sys.exit(run(sys.argv[1:]))")
COSTLY = ("typer", "click", "rich", "docker", "requests", "packaging", "tomllib", "auditor.model")

COMMAND_LINES = {
    "plain": [],
    "dot": ["."],
    "file": ["-o", "x.json"],
    "file with an equals sign": ["--output=x.json"],
    "standard output": ["-o", "-"],
    "quiet": ["--quiet", "-o", "x.json"],
    "summary": ["--summary", "summary.txt", "-o", "x.json"],
    "name": ["--name", "mine"],
    "show": ["--show", "PLANT*"],
    "integrity off": ["--integrity", "off"],
    "process": ["pid:1"],
    "no such folder": ["-o", "nowhere/x.json"],
    "a folder": ["-o", "."],
    "no such process": ["pid:999999999"],
    "no process number": ["pid:x"],
    "wrong option": ["--intergity", "off"],
    "wrong integrity": ["--integrity", "fats"],
    "wrong deadline": ["--deadline", "0"],
    "missing value": ["--name"],
    "two targets": [".", "."],
    "no key file": ["--key-file", "nowhere"],
    "a read-only file": ["-o", "read-only"],
    "a device": ["-o", "/dev/full"],
    "short key": ["--key-file", "short"],
}
KEYLESS = {"PLANTED": "planted"}


def comparable(ended: Ended, folder: Path) -> tuple[Any, ...]:
    """Without what differs from one moment to the next."""
    written = {
        path.name: shape(path.read_text())
        for path in folder.iterdir()
        if path.name in ("x.json", "summary.txt")
    }
    err = re.sub(r"\d+ ms", "N ms", ended.err)
    return ended.code, shape(ended.out), err, written


def shape(text: str) -> Any:
    """A fingerprint's sections with the names of their facts; other text as it is."""
    if not text.startswith("{"):
        return [line.split()[0] for line in text.splitlines()]
    document = json.loads(text)
    sections = {name: sorted(section["facts"]) for name, section in document["sections"].items()}
    told = {key: document["provenance"].get(key) for key in ("name", "target")}
    env = {key: value for key, value in document["sections"]["env"]["facts"].items() if "PL" in key}
    return document["schema"], told, sections, env


@pytest.mark.parametrize("arguments", COMMAND_LINES.values(), ids=COMMAND_LINES)
def test_as_by_way_of_the_whole_tool(arguments: list[str], tmp_path: Path) -> None:
    results = []
    for name, program in (("short", None), ("whole", WHOLE_TOOL)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "short").write_text("abc")
        (folder / "read-only").write_text("kept")
        (folder / "read-only").chmod(0o400)
        chosen = {} if program is None else {"program": program}
        ended = envaudit("snapshot", *arguments, cwd=folder, env=KEYLESS, **chosen)
        results.append(comparable(ended, folder))
    assert results[0] == results[1]


def test_what_only_people_need_is_not_imported(tmp_path: Path) -> None:
    program = (PYTHON, "-X", "importtime", "-m", "auditor")
    short = envaudit("snapshot", "-o", "x.json", cwd=tmp_path, program=program)
    imported = {line.rpartition("|")[2].strip() for line in short.err.splitlines()}
    assert short.code == 0
    assert "auditor.agent.snapshot" in imported
    assert not imported & set(COSTLY)


def test_a_configuration_counts(tmp_path: Path) -> None:
    """Wherever it lies, and in whichever of the two files."""
    below = tmp_path / "project" / "deep"
    below.mkdir(parents=True)
    shows = 'show = ["PLANTED"]\n'
    for text, path in (
        (f"[env]\n{shows}", tmp_path / "project" / "envaudit.toml"),
        (f"[tool.envaudit.env]\n{shows}", tmp_path / "project" / "pyproject.toml"),
    ):
        path.write_text(text)
        ended = envaudit("snapshot", cwd=below, env=KEYLESS)
        path.unlink()
        assert json.loads(ended.out)["sections"]["env"]["facts"]["PLANTED"] == "planted", path
    ended = envaudit("snapshot", cwd=below, env=KEYLESS)
    assert json.loads(ended.out)["sections"]["env"]["facts"]["PLANTED"] != "planted"


def test_a_broken_configuration_is_told(tmp_path: Path) -> None:
    (tmp_path / "envaudit.toml").write_text("[env\n")
    ended = envaudit("snapshot", cwd=tmp_path)
    assert ended.code == 2
    assert "envaudit.toml:1" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["compare", "a", "b"],
        ["snapshot", "docker:x"],
        ["snapshot", "file.json"],
        ["snapshot", "--help"],
        ["snapshot", "--python", sys.executable],
        ["snapshot", "-o", "oci://registry/image"],
        ["snapshot", "--audit"],
        ["snapshot", "--at-exit"],
    ],
    ids=" ".join,
)
def test_what_needs_the_whole_tool(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert agent_is_enough(["snapshot"])
    assert not agent_is_enough(arguments)


@pytest.mark.parametrize("whole", [False, True])
def test_a_working_directory_that_is_gone(tmp_path: Path, whole: bool) -> None:
    """As that of a shell in a container whose folder a deployment has replaced."""
    program = WHOLE_TOOL if whole else (PYTHON, "-m", "auditor")
    gone = "import os, sys; os.mkdir('x'); os.chdir('x'); os.rmdir('../x'); "
    gone += "os.execv(sys.argv[1], sys.argv[1:])"
    ended = envaudit("snapshot", cwd=tmp_path, program=(PYTHON, "-c", gone, *program))
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["sections"]["process"]["status"] == "ok"


def test_a_reader_that_stops_early_costs_nothing_else(tmp_path: Path) -> None:
    """What was read is told in any case; more than a pipe holds has to be written for it."""
    large = {f"SHOWN_{number}": "some words of no weight " * 40 for number in range(100)}
    for program in ((PYTHON, "-m", "auditor"), WHOLE_TOOL):
        words = " ".join(shlex.quote(word) for word in (*program, "snapshot", "--show", "SHOWN_*"))
        script = f"{words} | head -c 1; echo ${{PIPESTATUS[0]}}"
        ended = envaudit("-c", script, cwd=tmp_path, env=large, program=("bash",))
        assert ended.out == "{0\n"
        assert len(ended.lines) == 1
        assert " facts in 20 sections" in ended.lines[0]


@pytest.mark.parametrize("name", ["pyproject.toml", "envaudit.toml"])
def test_a_pipe_in_a_configurations_place_holds_nobody_up(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert envaudit("snapshot", "-o", "x.json", cwd=tmp_path).code == 0
