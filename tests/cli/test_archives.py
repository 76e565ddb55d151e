"""Image archives at the command line: progress, interruptions, memory, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pty
import random
import select
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..capture.making import Image, layout, saved, tar
from .running import PROGRAM, TIMEOUT, Ended, default_signals, envaudit, environment

MIB = 1024 * 1024
OS_RELEASE = "ID=wolfi\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 200 MiB, as `docker save` writes it, whose layers replace each other's
    libraries."""
    path = tmp_path_factory.mktemp("large") / "image.tar"
    chance = random.Random(1)
    noise = chance.randbytes(MIB)
    diff_ids = []
    with tarfile.open(path, "w") as archive:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        for number in range(10):
            files = {f"usr/lib/lib{count}.so": b"\x7fELF" + noise for count in range(19)}
            files["usr/bin/python3.11"] = noise + b"\0" + b"3.11.%d\0" % number
            files["etc/os-release"] = OS_RELEASE.encode()
            layer = tar(files)
            diff_ids.append("sha256:" + hashlib.sha256(layer).hexdigest())
            add(f"{number}/layer.tar", layer)
        config = {"os": "linux", "rootfs": {"diff_ids": diff_ids}}
        add("config.json", json.dumps(config).encode())
        layers = [f"{number}/layer.tar" for number in range(10)]
        entry = {"Config": "config.json", "RepoTags": ["big:1"], "Layers": layers}
        add("manifest.json", json.dumps([entry]).encode())
    assert path.stat().st_size > 190 * MIB
    return path


# What a child's peak is over what it had before it began to read: a bare interpreter with all
# that the command imports, and a small archive read.
MEASURE = """
import resource, sys
from auditor.capture import CaptureOptions, capture
peaks = []
for target in sys.argv[1:]:
    fingerprint = capture(target, CaptureOptions(integrity="full"))
    assert fingerprint.get("os.id") == "wolfi"
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*peaks)
"""


@pytest.mark.parametrize("how", ["file", "pipe", "root file system"])
def test_memory_is_bounded(large: Path, tmp_path: Path, how: str) -> None:
    """200 MiB are read in a small part of that."""
    small = tmp_path / "small.tar"
    small.write_bytes(saved(Image([tar({"etc/os-release": OS_RELEASE})], platform=("linux", ""))))
    target = {"file": f"image:{large}", "pipe": "image:/dev/fd/0"}.get(how, "")
    if how == "root file system":
        target = f"rootfs:{merged_root(large, tmp_path)}"
    feeder = subprocess.Popen(["cat", large], stdout=subprocess.PIPE)
    try:
        ended = subprocess.run(
            [sys.executable, "-c", MEASURE, f"image:{small}", target],
            stdin=feeder.stdout if how == "pipe" else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment(),
            timeout=TIMEOUT,
            check=False,
        )
    finally:
        feeder.kill()
        feeder.communicate()
    assert ended.returncode == 0, ended.stderr
    before, after = map(int, ended.stdout.split())
    # Of the pipe all layers are held until the manifest says which come first.
    assert (after - before) / 1024 < (48 if how == "pipe" else 32)


def merged_root(large: Path, folder: Path) -> Path:
    """The files of all layers in one tar, under names that do not replace each other."""
    path = folder / "root.tar"
    with tarfile.open(large) as archive, tarfile.open(path, "w") as root:
        for number in range(10):
            layer = archive.extractfile(f"{number}/layer.tar")
            assert layer is not None
            with tarfile.open(fileobj=layer) as inner:
                for member in inner:
                    content = inner.extractfile(member)
                    if number and not member.name.startswith("etc"):
                        member.name = f"opt/{number}/{member.name}"
                    root.addfile(member, content)
    return path


# -- at a terminal ----------------------------------------------------------------------------


def started_at_a_terminal(
    *arguments: str, cwd: Path, columns: int = 80
) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment({"COLUMNS": str(columns), "TERM": "xterm-256color"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=default_signals,  # noqa: PLW1509 - it calls nothing that takes a lock
    )
    os.close(theirs)
    return child, ours


def said(terminal: int) -> Iterator[str]:
    """What comes, until the other side is gone."""
    while select.select([terminal], [], [], TIMEOUT)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return
        if not piece:
            return
        yield piece.decode("utf-8", "replace")


@pytest.mark.parametrize("columns", [40, 80])
def test_progress_is_shown_at_a_terminal(large: Path, tmp_path: Path, columns: int) -> None:
    child, terminal = started_at_a_terminal(
        "snapshot", f"image:{large}", "-o", "out.json", cwd=tmp_path, columns=columns
    )
    text = "".join(said(terminal))
    assert child.wait(TIMEOUT) == 0
    os.close(terminal)
    flat = "".join(text.replace("\r", "\n").split())
    assert "MiBof" in flat
    assert "MiBread" in flat
    assert "factsin" in flat


def test_progress_is_not_shown_elsewhere(large: Path, tmp_path: Path) -> None:
    ended = envaudit("snapshot", f"image:{large}", "-q", "-o", "out.json", cwd=tmp_path)
    assert ended == Ended(0, "", "")
    child, terminal = started_at_a_terminal(
        "snapshot", f"image:{large}", "--quiet", "-o", "out.json", cwd=tmp_path
    )
    assert "".join(said(terminal)) == ""
    assert child.wait(TIMEOUT) == 0
    os.close(terminal)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_ends_it_at_once(
    large: Path, tmp_path: Path, number: int, code: int
) -> None:
    child, terminal = started_at_a_terminal(
        "snapshot", f"image:{large}", "-o", "out.json", cwd=tmp_path
    )
    text = ""
    for piece in said(terminal):
        text += piece
        if " read" in text and child.poll() is None:
            child.send_signal(number)
            break
    begun = time.monotonic()
    text += "".join(said(terminal))
    assert child.wait(TIMEOUT) == code
    assert time.monotonic() - begun < 5
    os.close(terminal)
    assert "Traceback" not in text
    assert os.listdir(tmp_path) == []


def test_an_interruption_while_a_pipe_is_silent(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    child = subprocess.Popen(
        [*PROGRAM, "snapshot", "image:-"],
        cwd=tmp_path,
        env=environment(),
        stdin=reading,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=default_signals,  # noqa: PLW1509 - it calls nothing that takes a lock
    )
    os.close(reading)
    os.write(writing, tar({"etc/x": b"1"})[:512])
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=TIMEOUT)
    os.close(writing)
    assert (child.returncode, out, err) == (130, b"", b"")


def test_a_deadline_ends_the_waiting_for_a_silent_pipe(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        ended = subprocess.run(
            [*PROGRAM, "snapshot", "rootfs:-", "--deadline", "0.5"],
            cwd=tmp_path,
            env=environment(),
            stdin=reading,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    finally:
        os.close(reading)
        os.close(writing)
    refused(Ended(ended.returncode, ended.stdout, ended.stderr), "took too long")


# -- as a user --------------------------------------------------------------------------------


def refused(ended: Ended, saying: str) -> None:
    assert ended.code == 2
    assert ended.out == ""
    [line] = ended.lines
    assert line.isprintable()
    assert line.startswith("envaudit: ")
    assert saying in line


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    images = Image([], ["\x1b[31mred\n:1"]), Image([tar({})], ["b\u202e:1"])
    (tmp_path / "a.tar").write_bytes(saved(*images))
    refused(envaudit("snapshot", "image:a.tar", cwd=tmp_path), r"\x1b[31mred\x0a:1, b\u202e:1")
    (tmp_path / "b.tar").write_bytes(saved(Image([tar({"../\x1b]0;x\x07": ""})])))
    refused(envaudit("snapshot", "image:b.tar", cwd=tmp_path), "leads out of the archive")


def test_a_decompression_bomb_is_refused_in_time(tmp_path: Path) -> None:
    """10 MB that unpack to 10 GB."""
    zeros = gzip.compress(bytes(100 * MIB), 9)
    bomb = tar(
        {
            "layer.tar": zeros * 100,
            "config.json": json.dumps({"rootfs": {"diff_ids": ["sha256:" + "0" * 64]}}),
            "manifest.json": json.dumps([{"Config": "config.json", "Layers": ["layer.tar"]}]),
        }
    )
    (tmp_path / "a.tar").write_bytes(bomb)
    refused(envaudit("snapshot", "image:a.tar", cwd=tmp_path), "a decompression bomb")


def test_a_deadline_ends_the_reading(large: Path, tmp_path: Path) -> None:
    ended = envaudit("snapshot", f"image:{large}", "--deadline", "0.05", cwd=tmp_path)
    refused(ended, "took too long")


def test_which_platform_was_taken_is_told(tmp_path: Path) -> None:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)
    if machine is None:
        pytest.skip("another machine")
    images = [
        Image([tar({"etc/os-release": f"ID={name}\n"})], platform=("linux", name))
        for name in (machine, "mips")
    ]
    (tmp_path / "a.tar").write_bytes(tar(layout(*images, nested=True)))
    ended = envaudit("snapshot", "image:a.tar", "-o", "out.json", cwd=tmp_path)
    assert ended.lines[0] == f"envaudit: a.tar: taking linux/{machine}, not linux/mips"
    assert envaudit("snapshot", "image:a.tar", "-q", "-o", "out.json", cwd=tmp_path).err == ""
    ended = envaudit("compare", "image:a.tar#@linux/mips", "image:a.tar", cwd=tmp_path)
    assert ended.code == 1


def test_a_comparison_of_two_archives(tmp_path: Path) -> None:
    for name, version in (("a", "1.0-1"), ("b", "1.1-1")):
        status = f"Package: libc6\nStatus: install ok installed\nVersion: {version}\n\n"
        image = Image([tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status})])
        (tmp_path / f"{name}.tar").write_bytes(saved(image))
    ended = envaudit("compare", "image:a.tar", "image:b.tar", "--format", "json", cwd=tmp_path)
    assert ended.code == 1
    [change] = [c for c in json.loads(ended.out)["changes"] if c["path"].startswith("os.")]
    assert (change["path"], change["before"], change["after"]) == (
        "os.packages.libc6", "1.0-1", "1.1-1",
    )  # fmt: skip
