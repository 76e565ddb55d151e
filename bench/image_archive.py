"""What reading an image archive costs, over `tar -tf` and SHA-256 of the same bytes in one run.

    python bench/image_archive.py [MIB [PAIRS]]

Makes an archive as `docker save` writes it (2 GiB without an argument, of files like a machine
learning image's: few large libraries, many small modules, bytes that do not compress), once
with plain and once with gzipped layers. Prints the median of the ratios of CPU time (user and
system, `os.wait4`), pair by pair, and the peak of resident memory over a bare interpreter's.
`tar -tf` lists the layers, one after the other, and hashes nothing; SHA-256 (of
`hashlib`, which is faster than `sha256sum`) reads every byte once, as the layers' digests
demand, and looks at none.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile
import tempfile
from pathlib import Path

from measure import peak_memory, row

MIB = 1024 * 1024
PYTHON = sys.executable
LAYERS = 4
SMALL_FILES = 8000  # in each layer
SITE = "usr/lib/python3/dist-packages"
HASH = """
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    hasher = hashlib.sha256()
    while chunk := file.read(1 << 20):
        hasher.update(chunk)
"""
# What the layers' digests cost by themselves.
UNPACK = """
import hashlib, sys, tarfile, zlib
with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        if member.name.startswith("blobs/"):
            content = archive.extractfile(member)
            stored, unpacked = hashlib.sha256(), hashlib.sha256()
            inner = zlib.decompressobj(31)
            while chunk := content.read(1 << 20):
                stored.update(chunk)
                unpacked.update(inner.decompress(chunk))
"""


def make_layer(path: Path, number: int, size: int) -> None:
    """Small files, and large ones up to the size."""
    chance = random.Random(number)
    noise = chance.randbytes(8 * MIB)
    with tarfile.open(path, "w") as archive:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        add("etc/os-release", b'ID=bench\nVERSION_ID="1"\n')
        for count in range(SMALL_FILES):
            start = chance.randrange(len(noise) - 8192)
            name = f"{SITE}/package{number}/part{count % 97}/module{count}.py"
            add(name, noise[start : start + chance.randrange(8192)])
        count = 0
        while archive.offset < size:
            # No two alike, so that nothing could be read once and counted twice.
            noise = hashlib.sha256(noise).digest() + noise[:-32]
            add(f"usr/lib/libbench{number}-{count}.so.1", b"\x7fELF" + noise)
            count += 1


def make_archive(folder: Path, mib: int, packed: bool) -> Path:
    stored: list[tuple[str, Path]] = []
    diff_ids = []
    for number in range(LAYERS):
        layer = folder / f"{number}.tar"
        make_layer(layer, number, mib * MIB // LAYERS)
        diff_ids.append("sha256:" + digest(layer))
        if packed:
            squeezed = layer.with_suffix(".tar.gz")
            with layer.open("rb") as source, gzip.open(squeezed, "wb", 1) as target:
                while chunk := source.read(MIB):
                    target.write(chunk)
            layer.unlink()
            layer = squeezed
        stored.append((f"blobs/sha256/{digest(layer)}", layer))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    manifest = [
        {"Config": "config.json", "RepoTags": ["bench:1"], "Layers": [name for name, _ in stored]}
    ]
    archive_path = folder / ("packed.tar" if packed else "plain.tar")
    with tarfile.open(archive_path, "w") as archive:
        for name, layer in stored:
            archive.add(layer, name)
            layer.unlink()
        for name, document in (("config.json", config), ("manifest.json", manifest)):
            content = json.dumps(document).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return archive_path


def digest(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            hasher.update(chunk)
    return hasher.hexdigest()


def main(mib: int, pairs: int) -> None:
    bare = peak_memory([PYTHON, "-c", "pass"])
    with tempfile.TemporaryDirectory() as folder:
        for packed in (False, True):
            archive = str(make_archive(Path(folder), mib, packed))
            out = str(Path(folder, "fingerprint.json"))
            snapshot = [PYTHON, "-m", "auditor", "snapshot", f"image:{archive}", "-q", "-o", out]
            what = f"{mib} MiB, " + ("gzipped layers" if packed else "plain layers")
            unpack = "gzip -dc" if packed else "cat"
            layers = f"tar -tf {archive} --wildcards 'blobs/*'"
            listing = f"for l in $({layers}); do tar -xOf {archive} $l | {unpack} | tar -tf -; done"
            size = os.stat(archive).st_size // MIB
            print(f"image archive of {what} ({size} MiB as stored)")
            row("  over tar -tf of the layers", snapshot, ["bash", "-c", listing], pairs)
            row("  over SHA-256 of it", snapshot, [PYTHON, "-c", HASH, archive], pairs)
            if packed:
                both = [PYTHON, "-c", UNPACK, archive]
                row("  over unpacking and hashing the layers in memory", snapshot, both, pairs)
            more = peak_memory(snapshot) - bare
            print(f"  peak of resident memory over a bare interpreter's: {more:.0f} MiB")
            Path(archive).unlink()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*(numbers + [2048, 3][len(numbers) :])[:2])
