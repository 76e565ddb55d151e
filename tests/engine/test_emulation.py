"""Containers for another processor, run by an emulator: what they are told about, by whichever way
they are looked at."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor import store
from auditor.capture import bundle
from auditor.model import Fingerprint

from ..conftest import IMAGES, REQUIRED, provided
from .conftest import comparison, docker, snapshot

IMAGE = "envaudit-arm64:bookworm"
SCRIPT = IMAGES / "arm64.sh"


@pytest.fixture(scope="module")
def arm64(engine: None) -> Iterator[str]:
    if platform.machine() != "x86_64":
        pytest.skip("emulates Arm processors on x86 alone")
    if not REQUIRED and docker("images", "--quiet", IMAGE) == "":
        pytest.skip(f"no image {IMAGE} ({SCRIPT.name} start {IMAGE} makes it on Debian)")
    provided(SCRIPT, "start", IMAGE)
    yield IMAGE
    subprocess.run([SCRIPT, "stop"], check=True)


@pytest.fixture
def emulated(arm64: str, container: Callable[..., str]) -> str:
    # -B: the image's standard library is not compiled, and this is not about who compiles it.
    return container(image=arm64, command=("python3", "-B", "-c", "import time; time.sleep(9999)"))


def test_the_single_file_as_an_entrypoint(arm64: str, tmp_path: Path) -> None:
    """The same file as everywhere; output and exit code are the command's own."""
    tmp_path.chmod(0o777)
    (tmp_path / "envaudit.pyz").write_bytes(bundle.zipapp())
    ended = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", "--volume", f"{tmp_path}:/agent", arm64,
         "python3", "-I", "-S", "-B", "/agent/envaudit.pyz", "exec", "--deadline", "60",
         "-o", "/agent/fingerprint.json", "--", "sh", "-c", "uname -m; exit 7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (7, "aarch64\n"), ended.stderr
    _is_told(store.load(tmp_path / "fingerprint.json"))


def test_every_way_of_looking_at_it(emulated: str, tmp_path: Path) -> None:
    running = snapshot(f"docker:{emulated}", tmp_path / "running.json")
    _is_told(running)
    pid = docker("inspect", "--format", "{{.State.Pid}}", emulated)
    _is_told(snapshot(f"pid:{pid}", tmp_path / "pid.json"))
    image = snapshot(f"image:{IMAGE}", tmp_path / "image.json")
    assert image.get("os.arch") == "aarch64"
    assert image.sections["cpu"].facts == {}
    for name in ("os", "os.packages", "python.packages"):
        assert image.sections[name].facts == running.sections[name].facts
    assert docker("diff", emulated) == ""


def _is_told(fingerprint: Fingerprint) -> None:
    """The programs' architecture is Arm's; the processor is the machine's, told as emulating."""
    assert fingerprint.get("os.arch") == "aarch64"
    assert fingerprint.get("os.libc.family") == "glibc"
    assert fingerprint.get("cpu.emulated") is True
    assert isinstance(fingerprint.get("cpu.flags"), list)
    assert fingerprint.get("cpu.microarchitecture")


def test_compare_says_that_it_is_emulated(
    emulated: str, container: Callable[..., str], tmp_path: Path
) -> None:
    other = container()
    snapshot(f"docker:{emulated}", tmp_path / "a.json")
    snapshot(f"docker:{other}", tmp_path / "b.json")
    code, document = comparison(tmp_path / "a.json", tmp_path / "b.json")
    assert code == 1
    rules = [finding["rule"] for finding in document["findings"]]
    assert "EA126" in rules  # another architecture
    assert "EA341" in rules  # and an emulator in between
    assert not [change for change in document["changes"] if change["path"] == "cpu.flags"]
