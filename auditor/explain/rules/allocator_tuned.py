"""The memory allocator is tuned on one side.

What it means
    Variables tune the allocator: MALLOC_ARENA_MAX and its kin for glibc's, MALLOC_CONF for
    jemalloc, TCMALLOC_* and MIMALLOC_* for theirs, ARROW_DEFAULT_MEMORY_POOL for Arrow.

Why it matters
    Fewer arenas take less memory, and let threads wait for each other; longer decay times keep
    memory that others could use; traces cost time in every allocation. With a memory limit, the
    difference can decide whether the program is killed.

How to confirm
    Compare resident memory and time on both sides with the variable removed: `/usr/bin/time -v
    COMMAND`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.switches import settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA412",
    name="allocator-tuned",
    effects=(
        "performance",
        "crash",
    ),
    severity="low",
    reads=(
        "env.*",
        "native.*",
        "os.libc.family",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="remove `ENV MALLOC_ARENA_MAX=...` (or MALLOC_CONF) from the Dockerfile, or set "
        "the same in both",
        runtime="docker run -e MALLOC_ARENA_MAX=2 ... on both sides (Kubernetes: env: [{name: "
        "MALLOC_ARENA_MAX, value: '2'}]), or on neither",
    ),
    sources=(
        "https://man7.org/linux/man-pages/man3/mallopt.3.html",
        "https://github.com/jemalloc/jemalloc/blob/dev/TUNING.md",
        "https://github.com/microsoft/mimalloc/blob/main/readme.md",
    ),
)


GLIBC = (
    "MALLOC_ARENA_MAX",
    "MALLOC_ARENA_TEST",
    "MALLOC_MMAP_MAX_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TOP_PAD_",
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_TRACE",
)
OTHERS = (
    (("MALLOC_CONF", "_RJEM_MALLOC_CONF"), "jemalloc", ("polars", "pyarrow")),
    (
        (
            "TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES",
            "TCMALLOC_RELEASE_RATE",
            "TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD",
        ),
        "tcmalloc",
        (),
    ),
    (("MIMALLOC_PURGE_DELAY", "MIMALLOC_SHOW_STATS"), "mimalloc", ("pyarrow",)),
    (("ARROW_DEFAULT_MEMORY_POOL",), "arrow", ("pyarrow",)),
)


def check(pair: Pair) -> Iterator[Hit]:
    if "glibc" in pair.values("os.libc.family") and not pair.loaded("jemalloc", "tcmalloc"):
        changes = settings(pair, *GLIBC)
        if changes:
            yield _hit(changes, ("os.libc.family",))
    for names, library, packages in OTHERS:
        users = [*pair.native(library), *pair.installed(*packages)]
        changes = settings(pair, *names)
        if changes and users:
            yield _hit(changes, first(users))


def _hit(changes: tuple[Change, ...], facts: tuple[str, ...]) -> Hit:
    return Hit(
        message=f"{told(changes)}: the memory allocator keeps another amount of memory, lets "
        "threads wait more or less for each other.",
        changes=changes,
        facts=facts,
        confidence=0.45,
    )
