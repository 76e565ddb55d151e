"""What all tests share: Hypothesis's settings and the container engine."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from auditor.capture import bundle

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "images"

# A busy machine is no failure: no deadline. The same examples in every run of CI.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def _engine_answers() -> bool:
    try:
        answer = subprocess.run(["docker", "info"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the engine says so, and runs beside the others on one worker: the engine
    has two cores to share as well."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.xdist_group("engine"))


# Whether CI runs, where nothing that a test needs may be missing.
REQUIRED = bool(os.environ.get("ENVAUDIT_REQUIRE_ENGINE"))


def provided(script: Path, *words: str) -> str:
    """What a script of ours says that starts or installs what a test needs. Where it cannot, the
    test is skipped, or fails where CI requires it."""
    ended = subprocess.run(
        [script, *words],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=600,
    )  # fmt: skip
    if ended.returncode != 0:
        (pytest.fail if REQUIRED else pytest.skip)(ended.stderr.strip())
    return ended.stdout.strip()


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """A container engine; without one the test is skipped, or fails where CI requires it.

    Containers have names: a second worker or a second run beside this one would take ours away.
    """
    if _engine_answers():
        with (Path(tempfile.gettempdir()) / "envaudit-test-engine.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pytest.fail("another run, or another worker of this one, is using the engine")
            yield
        return
    reason = "no container engine answers (make engine starts one on Debian)"
    (pytest.fail if REQUIRED else pytest.skip)(reason)


@pytest.fixture(scope="session")
def base_image(engine: None) -> str:
    """A small Debian image with Python, made here where it cannot be pulled."""
    name = "envaudit-base:bookworm"
    subprocess.run([IMAGES / "base.sh", "bookworm", name], check=True, stdin=subprocess.DEVNULL)
    return name


@pytest.fixture(scope="session")
def demo(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The demo pair with today's agent, built and running; the names of its containers."""
    script = IMAGES / "demo.sh"
    agent = tmp_path_factory.mktemp("agent") / "envaudit.pyz"
    agent.write_bytes(bundle.zipapp())
    environment = {**os.environ, "ENVAUDIT_PYZ": str(agent)}
    environment.pop("ENVAUDIT_KEY", None)
    for verb in ("build", "up"):
        subprocess.run([script, verb], check=True, env=environment, stdin=subprocess.DEVNULL)
    yield "envaudit-demo-local", "envaudit-demo-prod"
    subprocess.run([script, "down"], check=False, stdin=subprocess.DEVNULL)
