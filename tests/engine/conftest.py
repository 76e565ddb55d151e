"""Helpers for tests with real containers."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.model import Fingerprint

Envaudit = Callable[..., "subprocess.CompletedProcess[str]"]


def docker(*arguments: str, check: bool = True) -> str:
    answer = subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert not check or answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def envaudit(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it; what it says on standard error comes along on failure."""
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=env,
        timeout=300,
    )


def snapshot(target: str, path: Path, *arguments: str) -> Fingerprint:
    answer = envaudit("snapshot", target, "-o", str(path), "--quiet", *arguments)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == answer.stderr == ""
    return store.load(path)


def comparison(a: str | Path, b: str | Path) -> tuple[int, dict[str, Any]]:
    answer = envaudit("compare", str(a), str(b), "--format", "json")
    assert answer.returncode in (0, 1), answer.stderr
    return answer.returncode, json.loads(answer.stdout)


@pytest.fixture
def container(base_image: str) -> Iterator[Callable[..., str]]:
    """Starts containers that stay up: `container(*options, command=[...])` -> name."""
    started: list[str] = []

    def start(
        *options: str,
        image: str = base_image,
        command: tuple[str, ...] = ("python3", "-c", "import time; time.sleep(100000)"),
    ) -> str:
        name = f"envaudit-test-{uuid.uuid4().hex[:12]}"
        started.append(name)
        docker("run", "--detach", "--name", name, "--network", "none", *options, image, *command)
        return name

    yield start
    if started:
        docker("rm", "--force", "--volumes", *started, check=False)
