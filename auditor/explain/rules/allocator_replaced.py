"""Another memory allocator serves the program.

What it means
    A preloaded library (jemalloc, tcmalloc, mimalloc, hoard) replaces the C library's malloc on
    one side, or another one does.

Why it matters
    Allocators differ in how they serve several threads, how much they keep for later, and how
    large the process grows: the same program can be faster or slower by tens of percent and need
    half or twice the memory, up to a memory limit. What an allocator lays side by side also
    decides whether a program's error in memory use crashes or goes unnoticed.

How to confirm
    `grep -o 'lib[a-z]*malloc[^ ]*' /proc/PID/maps | sort -u` on both sides; run the side that has
    one with `LD_PRELOAD=`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Fingerprint
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA411",
    name="allocator-replaced",
    effects=(
        "performance",
        "crash",
    ),
    severity="medium",
    reads=(
        "native.preload*",
        "native.loaded.*",
        "env.LD_PRELOAD",
        "os.packages.*malloc*",
    ),
    remedy=Remedy(
        image="ENV LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 in the Dockerfile of "
        "both (and install it in both), or of neither",
        runtime="docker run -e LD_PRELOAD= ... on the side that has it",
    ),
    sources=(
        "https://source.wiredtiger.com/2.3.1/tune_memory_allocator.html",
        "https://github.com/jemalloc/jemalloc/blob/dev/TUNING.md",
        "https://github.com/microsoft/mimalloc/blob/main/readme.md",
        "https://man7.org/linux/man-pages/man8/ld.so.8.html",
    ),
)


ALLOCATORS = ("jemalloc", "tcmalloc", "mimalloc", "hoard", "tbbmalloc", "scalable_allocator")


def check(pair: Pair) -> Iterator[Hit]:
    used = (_allocators(pair.a), _allocators(pair.b))
    if used[0] == used[1]:
        return
    paths = ["env.LD_PRELOAD", "native.preload.file", "native.preload", "native.preload.missing"]
    paths += [f"native.loaded.{name}" for name in ALLOCATORS]
    changes = tuple(change for path in paths if (change := pair.change(path)) is not None)
    if not changes:
        return
    names = [" and ".join(sorted(found)) or "the C library's" for found in used]
    yield Hit(
        message=f"Memory is allocated by {names[0]} in A, {names[1]} in B: that changes how fast "
        "the program is with several threads, and how much memory it keeps.",
        changes=changes,
        confidence=0.6,
    )


def _allocators(side: Fingerprint) -> frozenset[str]:
    """Those that are really mapped, else those that the loader is told to take."""
    mapped = {name for name in ALLOCATORS if side.get(f"native.loaded.{name}") is not None}
    preload = side.get("native.preload")
    libraries = preload if isinstance(preload, list) else [side.get("env.LD_PRELOAD") or ""]
    told = " ".join(str(library) for library in libraries)
    return frozenset(mapped or {name for name in ALLOCATORS if name in told})
