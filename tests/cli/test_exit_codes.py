"""The exit codes that scripts rest on: 0 same or passed, 1 differs or failed, 2 wrong usage or
unreadable input, 3 a capture failed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from auditor.model import Fingerprint, Origin, Section, Status, Value
from auditor.store import dumps, sealed

from .running import PYTHON, docker, envaudit, inside


def fingerprint(path: Path, facts: dict[str, Value], status: Status = Status.OK) -> None:
    section = Section(status, Origin.RUNTIME, facts, None if status.known else "permission denied")
    path.write_text(dumps(sealed(Fingerprint({"env": section}))))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """`same` twice, `other`, one whose section could not be read, and a baseline of `same`."""
    withheld: Value = {"set": True}
    fingerprint(tmp_path / "same.json", {"TZ": "UTC", "PASSWORD": withheld})
    fingerprint(tmp_path / "again.json", {"TZ": "UTC", "PASSWORD": withheld})
    fingerprint(tmp_path / "other.json", {"TZ": "Europe/Berlin", "PASSWORD": withheld})
    fingerprint(tmp_path / "denied.json", {}, Status.DENIED)
    assert inside("bless", "same.json", "-o", "base.json", cwd=tmp_path).code == 0
    return tmp_path


@pytest.mark.parametrize("options", [(), ("--all",), ("--format", "json"), ("-o", "report")])
class TestCompare:
    def test_same(self, here: Path, options: tuple[str, ...]) -> None:
        assert envaudit("compare", "same.json", "again.json", *options, cwd=here).code == 0
        assert inside("compare", "same.json", "same.json", *options, cwd=here).code == 0

    def test_differs(self, here: Path, options: tuple[str, ...]) -> None:
        assert envaudit("compare", "same.json", "other.json", *options, cwd=here).code == 1
        assert inside("compare", "other.json", "same.json", *options, cwd=here).code == 1

    def test_what_is_unknown_is_no_difference(self, here: Path, options: tuple[str, ...]) -> None:
        assert inside("compare", "same.json", "denied.json", *options, cwd=here).code == 0


def test_compare_tells_what_it_could_not(here: Path) -> None:
    ended = inside("compare", "same.json", "denied.json", "--format", "json", cwd=here)
    entries = json.loads(ended.out)["not_compared"]
    assert [(entry["path"], entry["side"]) for entry in entries] == [("env.*", "b")]


@pytest.mark.parametrize("options", [(), ("--format", "json"), ("-o", "verdict")])
class TestGate:
    def test_passed(self, here: Path, options: tuple[str, ...]) -> None:
        ended = envaudit("gate", "again.json", "--against", "base.json", *options, cwd=here)
        assert ended.code == 0

    def test_failed(self, here: Path, options: tuple[str, ...]) -> None:
        ended = envaudit("gate", "other.json", "--against", "base.json", *options, cwd=here)
        assert ended.code == 1

    def test_what_could_not_be_read_fails(self, here: Path, options: tuple[str, ...]) -> None:
        ended = inside("gate", "denied.json", "--against", "base.json", *options, cwd=here)
        assert ended.code == 1

    def test_by_the_policy(self, here: Path, options: tuple[str, ...]) -> None:
        command = ("gate", "other.json", "--against", "base.json", *options)
        (here / "policy.toml").write_text("[gate]\nignore = ['env.TZ']\n")
        assert inside(*command, "--policy", "policy.toml", cwd=here).code == 0
        env = {"ENVAUDIT_POLICY": str(here / "policy.toml")}
        assert inside(*command, cwd=here, env=env).code == 0
        (here / "envaudit.toml").write_text("[gate]\nwarn = ['env.*']\n")
        assert inside(*command, cwd=here).code == 0
        waiver = "[[gate.waivers]]\npath = 'env.TZ'\nreason = 'moving'\nexpires = {}\n"
        (here / "envaudit.toml").write_text(waiver.format("2999-01-01"))
        assert inside(*command, cwd=here).code == 0
        (here / "envaudit.toml").write_text(waiver.format("2020-01-01"))
        assert inside(*command, cwd=here).code == 1


class TestSnapshot:
    def test_taken(self, tmp_path: Path) -> None:
        ended = envaudit("snapshot", "-o", "here.json", cwd=tmp_path)
        assert (ended.code, ended.out) == (0, "")
        assert "-> here.json" in ended.err
        assert json.loads((tmp_path / "here.json").read_text())["kind"] == "fingerprint"

    def test_quiet(self, tmp_path: Path) -> None:
        ended = envaudit("snapshot", "--quiet", "-o", "here.json", cwd=tmp_path)
        assert (ended.code, ended.out, ended.err) == (0, "", "")

    def test_to_standard_output(self, tmp_path: Path) -> None:
        for options in ((), ("-o", "-")):
            ended = envaudit("snapshot", *options, cwd=tmp_path)
            assert ended.code == 0
            assert json.loads(ended.out)["kind"] == "fingerprint"
            assert len(ended.lines) == 1
        assert os.listdir(tmp_path) == []

    def test_of_a_process(self, tmp_path: Path) -> None:
        with subprocess.Popen(["sleep", "1000"]) as child:
            ended = envaudit("snapshot", f"pid:{child.pid}", cwd=tmp_path)
            child.kill()
        assert ended.code == 0
        assert json.loads(ended.out)["sections"]["process"]["facts"]["argv"] == ["sleep", "1000"]

    def test_an_impossible_deadline_is_met_with_what_there_is(self, tmp_path: Path) -> None:
        ended = envaudit("snapshot", "--deadline", "0.000001", cwd=tmp_path)
        assert ended.code == 0
        statuses = {part["status"] for part in json.loads(ended.out)["sections"].values()}
        assert "error" in statuses

    def test_of_a_file(self, here: Path) -> None:
        ended = envaudit("snapshot", "same.json", cwd=here)
        assert ended.code == 0
        assert ended.out == (here / "same.json").read_text()


class TestBless:
    def test_blessed(self, here: Path) -> None:
        ended = envaudit("bless", "same.json", "-o", "new.json", "--reason", "why", cwd=here)
        assert (ended.code, ended.out) == (0, "")
        baseline = json.loads((here / "new.json").read_text())
        assert baseline["kind"] == "baseline"
        assert baseline["blessed"]["reason"] == "why"

    def test_nothing_to_bless(self, here: Path) -> None:
        ended = envaudit("bless", "denied.json", "-o", "new.json", cwd=here)
        assert ended.code == 2
        assert not (here / "new.json").exists()

    def test_of_this_environment_and_then_gated(self, tmp_path: Path) -> None:
        assert envaudit("bless", ".", "-o", "base.json", cwd=tmp_path).code == 0
        ended = envaudit("gate", ".", "--against", "base.json", cwd=tmp_path)
        assert ended.code in (0, 1)  # by what this environment does not let us read
        changed = envaudit(
            "gate", ".", "--against", "base.json", cwd=tmp_path, env={"OMP_NUM_THREADS": "3"}
        )
        assert changed.code == 1
        assert "env.OMP_NUM_THREADS" in changed.out


class TestAgent:
    def test_made_and_used(self, tmp_path: Path) -> None:
        ended = envaudit("agent", "-o", "agent.pyz", cwd=tmp_path)
        assert (ended.code, ended.out) == (0, "")
        agent = [PYTHON, "agent.pyz"]
        taken = envaudit("snapshot", cwd=tmp_path, program=agent)
        assert taken.code == 0
        (tmp_path / "a.json").write_text(taken.out)
        assert envaudit("compare", "a.json", "a.json", cwd=tmp_path).code == 0
        assert envaudit("snapshot", "pid:0", cwd=tmp_path, program=agent).code == 2
        assert envaudit("snapshot", "pid:abc", cwd=tmp_path, program=agent).code == 2
        assert envaudit("compare", cwd=tmp_path, program=agent).code == 2
        assert envaudit(cwd=tmp_path, program=agent).code == 2

    def test_the_same_bytes_each_time(self, tmp_path: Path) -> None:
        for name in ("one.pyz", "two.pyz"):
            assert envaudit("agent", "-o", name, cwd=tmp_path).code == 0
        assert (tmp_path / "one.pyz").read_bytes() == (tmp_path / "two.pyz").read_bytes()


def test_help_and_version(tmp_path: Path) -> None:
    for arguments in (("--help",), ("-h",), ("compare", "--help"), ("--version",)):
        ended = envaudit(*arguments, cwd=tmp_path)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out


def test_a_crash_is_no_difference(tmp_path: Path) -> None:
    """Python's own code for an uncaught exception is 1, which would read as "differs"."""
    crash = (
        "import auditor.cli.compare as module\n"
        "module.join = None\n"
        "from auditor.__main__ import main\n"
        "main()\n"
    )
    ended = envaudit("compare", ".", ".", cwd=tmp_path, program=[PYTHON, "-c", crash])
    assert ended.code == 3


def test_containers(tmp_path: Path, base_image: str) -> None:
    names = [f"envaudit-test-code-{number}" for number in range(2)]
    docker("rm", "--force", *names, check=False)
    try:
        for name, zone in zip(names, ("UTC", "Europe/Berlin"), strict=True):
            docker("run", "-d", "--name", name, "--env", f"TZ={zone}", base_image, "sleep", "1000")
        one, other = (f"docker:{name}" for name in names)
        assert envaudit("compare", one, one, cwd=tmp_path).code == 0
        differs = envaudit("compare", one, other, cwd=tmp_path)
        assert differs.code == 1
        assert "TZ" in differs.out
        assert envaudit("bless", one, "-o", "base.json", cwd=tmp_path).code == 0
        assert envaudit("gate", one, "--against", "base.json", cwd=tmp_path).code == 0
        assert envaudit("gate", other, "--against", "base.json", cwd=tmp_path).code == 1
        image = envaudit("snapshot", f"image:{base_image}", "-o", "image.json", cwd=tmp_path)
        assert image.code == 0
    finally:
        docker("rm", "--force", *names)
