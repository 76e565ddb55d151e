"""Our own image against our own baseline: what the workflow `gate` does."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.capture import bundle
from tests.conftest import IMAGES, ROOT

from .conftest import docker, envaudit

FOLDER = ROOT / ".github" / "agent-image"


@pytest.fixture(scope="module")
def image(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    name = f"envaudit-test-own:{uuid.uuid4().hex[:12]}"
    agent = tmp_path_factory.mktemp("own") / "envaudit.pyz"
    agent.write_bytes(bundle.zipapp())
    environ = {**os.environ, "ENVAUDIT_PYZ": str(agent), "DOCKER_BUILDKIT": "0"}
    subprocess.run(
        [IMAGES / "agent" / "build.sh", name], check=True, env=environ, capture_output=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    yield name
    docker("rmi", "--force", name, check=False)


def gate(image: str) -> subprocess.CompletedProcess[str]:
    return envaudit(
        "gate", f"image:{image}", "--against", str(FOLDER / "baseline.json"),
        "--policy", str(FOLDER / "policy.toml"),
    )  # fmt: skip


def test_it_passes(image: str) -> None:
    answer = gate(image)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("ENV PYTHONPATH=/x", "env.PYTHONPATH"),
        ("COPY os-release /etc/os-release", "os.id"),
        ('ENTRYPOINT ["/x"]', "container.entrypoint"),
        ("USER 1000", "container.user"),
    ],
)
def test_what_is_added_fails(image: str, tmp_path: Path, lines: str, named: str) -> None:
    (tmp_path / "os-release").write_text("ID=debian\nVERSION_ID=12\n")
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\n{lines}\n")
    changed = f"{image}-changed"
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", changed, str(tmp_path)], check=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"}, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        answer = gate(changed)
    finally:
        docker("rmi", "--force", changed, check=False)
    assert answer.returncode == 1, answer.stdout
    assert named in answer.stdout
