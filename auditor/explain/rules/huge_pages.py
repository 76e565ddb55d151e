"""Memory comes in pages of another size.

What it means
    Transparent huge pages (2 MiB instead of 4 KiB) are given to all programs (`always`), to those
    that ask (`madvise`, as NumPy, jemalloc and others do), or to none (`never`). The sides differ
    in that setting of the machine, or in the variable by which NumPy asks
    (NUMPY_MADVISE_HUGEPAGE).

Why it matters
    Work on large arrays takes fewer page faults and address look-ups with huge pages, and can be
    markedly faster. Programs that use little of much memory need more of it, and making room for
    huge pages can stall a program that asks for memory; databases and caches often run better
    without.

How to confirm
    `grep AnonHugePages /proc/PID/smaps_rollup` on both sides; set `NUMPY_MADVISE_HUGEPAGE=0` on
    the faster one and compare.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA410",
    name="huge-pages",
    effects=("performance",),
    severity="low",
    reads=(
        "kernel.transparent_hugepage*",
        "kernel.nr_hugepages",
        "env.NUMPY_MADVISE_HUGEPAGE",
        "env.MIMALLOC_*",
        "python.packages.*",
        "native.*",
    ),
    remedy=Remedy(
        image="remove `ENV NUMPY_MADVISE_HUGEPAGE=...` from the Dockerfile, or set the same in "
        "both",
        runtime="docker run -e NUMPY_MADVISE_HUGEPAGE=1 ... on both sides",
        host="echo madvise > /sys/kernel/mm/transparent_hugepage/enabled on both machines",
    ),
    sources=(
        "https://docs.kernel.org/admin-guide/mm/transhuge.html",
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/global_state.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed("numpy", "torch", "tensorflow", "jaxlib", "pyarrow", "polars")
    variables = settings(pair, "NUMPY_MADVISE_HUGEPAGE") if pair.installed("numpy") else ()
    if pair.native("mimalloc"):
        names = ("MIMALLOC_LARGE_OS_PAGES", "MIMALLOC_RESERVE_HUGE_OS_PAGES")
        variables += settings(pair, *names)
    paths = ("kernel.transparent_hugepage", "kernel.transparent_hugepage_defrag")
    machine = [change for path in paths if (change := pair.change(path)) is not None]
    changes = (*variables, *(machine if users else ()))
    if not changes:
        return
    decided = variables or any("never" in (c.before, c.after) for c in machine)
    yield Hit(
        message=f"{told(changes)}: work on large arrays gets huge pages or does not, which "
        "changes its speed and how much memory it takes.",
        changes=changes,
        facts=first(users, 2),
        confidence=0.45 if decided else 0.3,
    )
