"""What a configured command runs in the end."""

from __future__ import annotations

import pytest

from auditor.agent.starters import what_runs

APP = ["/venv/bin/python", "-O", "-m", "app"]
PYZ = ["/usr/bin/python3", "-I", "-S", "-B", "/opt/envaudit.pyz"]


@pytest.mark.parametrize(
    "starter",
    [
        [],
        [*PYZ, "exec", "-o", "/run/x.json", "--"],
        ["envaudit", "exec", "--quiet", "--"],
        ["/usr/bin/tini", "--"],
        ["tini", "-g", "-p", "SIGKILL", "--"],
        ["docker-init", "--"],
        ["dumb-init", "--rewrite", "15:3"],
        ["gosu", "app:app"],
        ["su-exec", "app"],
        ["timeout", "-k", "5", "10m"],
        ["nice", "-n", "5"],
        ["nice", "-5"],
        ["stdbuf", "-oL"],
        ["nohup"],
        ["tini", "--", *PYZ, "exec", "--", "gosu", "app"],
    ],
)
def test_starters(starter: list[str]) -> None:
    assert what_runs([*starter, *APP]) == (APP, {})


def test_variables() -> None:
    command = ["env", "OMP_NUM_THREADS=3", "A=", "tini", "--", "env", "A=1", *APP]
    assert what_runs(command) == (APP, {"OMP_NUM_THREADS": "3", "A": "1"})


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["tini"],
        ["tini", "--"],
        ["env"],
        ["env", "-i", "A=1", "python3"],  # what is left of the environment is another question
        ["sh", "-c", "exec python3 -O -m app"],
        ["/entrypoint.sh", "python3"],
        [*PYZ, "snapshot", "-o", "/run/x.json"],
        [*PYZ, "exec", "--help"],
        ["python3", "manage.py", "exec", "--", "x"],
        ["python3", "-m", "app", "exec", "--", "x"],
        ["python3", "-c", "pass", "exec", "--", "x"],
    ],
)
def test_what_is_told_as_it_is(command: list[str]) -> None:
    found, _ = what_runs(command)
    assert found == command


def test_an_endless_chain() -> None:
    command = ["nohup"] * 100_000
    assert what_runs(command)[0] == command[8:]
