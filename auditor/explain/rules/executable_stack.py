"""The newer C library refuses libraries that ask for an executable stack.

What it means
    From glibc 2.41 on, a shared library that was linked for an executable stack cannot be
    loaded by a running program. One side's glibc is older, the other's is not, and a package
    is installed whose libraries are known to be linked so.

Why it matters
    Importing it fails: "ImportError: ...: cannot enable executable stack as shared object
    requires: Invalid argument". It comes with a base image that moves by itself
    (python:3.12-slim went from Debian 12 with glibc 2.36 to Debian 13 with 2.41).

How to confirm
    `docker exec CONTAINER python -c 'import ctranslate2'` (the package in question) on both
    sides; `readelf -lW FILE.so | grep GNU_STACK` shows RWE for such a library.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from ...compare.versions import pep440
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

SINCE = Version("2.41")
# Package -> the first version whose libraries are linked without it; none known: None.
LINKED_SO: dict[str, str | None] = {
    "ctranslate2": "4.6",
    "onnxruntime-openvino": None,
    "intel-extension-for-pytorch": None,
    "tensorrt": None,
    "tensorrt-libs": None,
}

RULE = Rule(
    id="EA347",
    name="executable-stack",
    effects=("crash",),
    severity="high",
    reads=("os.libc.version", "os.libc.family", "python.packages.*"),
    remedy=Remedy(
        image="a newer version of the package (ctranslate2>=4.6), or pin the base image: FROM "
        "python:3.12-slim-bookworm",
    ),
    sources=(
        "https://github.com/OpenNMT/CTranslate2/issues/1849",
        "https://github.com/conda-forge/pytorch-cpu-feedstock/issues/350",
        "https://github.com/TeamAudio/reaspeech/issues/184",
        "https://github.com/intel/intel-extension-for-pytorch/issues/794",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.version")
    if change is None or pair.values("os.libc.family") != ("glibc", "glibc"):
        return
    ours, theirs = (pep440(str(value)) for value in (change.before, change.after))
    if ours is None or theirs is None or not min(ours, theirs) < SINCE <= max(ours, theirs):
        return
    newer = 0 if ours > theirs else 1
    concerned = []
    for name, mended in LINKED_SO.items():
        version = pair.version(name)[newer]
        if version is not None and (mended is None or version < Version(mended)):
            concerned.append(f"python.packages.{name}")
    if concerned:
        names = ", ".join(path.rpartition(".")[2] for path in concerned)
        yield Hit(
            message=f"glibc is {sides(change)}: from 2.41 on it refuses libraries that ask for "
            f"an executable stack, as those of {names} do ('cannot enable executable stack').",
            changes=(change,),
            facts=first(concerned),
            confidence=0.85,
        )
