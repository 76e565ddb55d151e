"""Debian's newest Python (3.14 or later), which few machines have beside their own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor import store
from auditor.capture import bundle
from auditor.model import Status

from ..conftest import IMAGES
from .conftest import docker, snapshot

IMAGE = "envaudit-base:sid"


@pytest.fixture(scope="module")
def newest(engine: None) -> str:
    subprocess.run([IMAGES / "base.sh", "sid", IMAGE], check=True, stdin=subprocess.DEVNULL)
    return IMAGE


def test_the_single_file(newest: str, tmp_path: Path) -> None:
    """From its sources, which no warning may accompany, and from what 3.14 compiles of them."""
    tmp_path.chmod(0o777)
    (tmp_path / "envaudit.pyz").write_bytes(bundle.zipapp([]))
    ended = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", "--volume", f"{tmp_path}:/agent", newest,
         "python3", "-I", "-S", "-B", "-W", "error", "/agent/envaudit.pyz", "snapshot",
         "-o", "/agent/fingerprint.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    fingerprint = store.load(tmp_path / "fingerprint.json")
    series = str(fingerprint.get("python.series")).split(".")
    assert [int(number) for number in series] >= [3, 14]
    statuses = {name: section.status for name, section in fingerprint.sections.items()}
    assert Status.ERROR not in statuses.values(), statuses


def test_from_outside(newest: str, container: Callable[..., str], tmp_path: Path) -> None:
    name = container(image=newest)
    running = snapshot(f"docker:{name}", tmp_path / "running.json")
    assert docker("diff", name) == ""
    statuses = {name: section.status for name, section in running.sections.items()}
    assert Status.ERROR not in statuses.values(), statuses
    assert not running.sections["python"].gaps
    docker("stop", "--time", "1", name)
    stopped = snapshot(f"docker:{name}", tmp_path / "stopped.json")
    for section in ("os", "os.packages", "python.packages"):
        assert stopped.sections[section].facts == running.sections[section].facts


def test_baked(newest: str, tmp_path: Path) -> None:
    """`marshal` and the code that it holds changed with 3.14."""
    (tmp_path / "envaudit.pyz").write_bytes(bundle.zipapp([]))
    agent = "python3 -I -S -B /agent/envaudit.pyz snapshot --quiet"
    steps = [
        f"{agent} -o /tmp/read",
        f"{agent} --bake",
        f"{agent} -o /tmp/baked",
        """grep -c '"baked"' /tmp/baked""",
        """grep -h '^"digest"' /tmp/read /tmp/baked""",
    ]
    ended = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", "--volume", f"{tmp_path}:/agent", newest,
         "sh", "-c", " && ".join(steps)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    count, read, baked = ended.stdout.splitlines()
    assert count == "1"
    assert read == baked
