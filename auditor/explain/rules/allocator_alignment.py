"""Memory comes from another allocator, at other addresses.

What it means
    jemalloc, tcmalloc, mimalloc or another allocator takes malloc's place on one side
    (LD_PRELOAD), or is set to align otherwise. Arrays then begin at addresses with other
    remainders.

Why it matters
    MKL, and loops that first handle the elements before an aligned address, split their sums by
    the alignment of the data: the last digits can differ. Programs that read memory which they
    never wrote see other contents. Mostly, though, it is speed and memory that differ.

How to confirm
    Run the program on both sides with `env -u LD_PRELOAD`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

ALLOCATORS = ("jemalloc", "tcmalloc", "mimalloc", "hoard")

RULE = Rule(
    id="EA128",
    name="allocator-alignment",
    effects=("numerics",),
    severity="low",
    reads=("env.LD_PRELOAD", "native.preload*", "native.loaded.*", "python.packages.*",
           "native.*mkl*"),
    remedy=Remedy(
        image="preload the same allocator in both, or none: remove `ENV LD_PRELOAD=...`",
        runtime="docker run -e LD_PRELOAD= ... on both sides; with MKL also -e MKL_CBWR=AUTO",
    ),
    sources=(
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-windows/2025-1/get-started-with-conditional-num-reproducibility.html",
    ),
)  # fmt: skip


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change
        for change in (
            *(pair.change(f"native.loaded.{name}") for name in ALLOCATORS),
            pair.change("env.LD_PRELOAD"),
        )
        if change is not None
        and None in (change.before, change.after)
        and any(name in f"{change.path}{change.before}{change.after}" for name in ALLOCATORS)
    ]
    users = pair.blas()
    if not changes or not users:
        return
    shown = next((c for c in changes if c.path == "env.LD_PRELOAD"), None)
    what = f"LD_PRELOAD is {sides(shown)}" if shown else f"{changes[0].key} is on one side only"
    yield Hit(
        message=f"{what}: memory comes from another allocator, so that arrays begin at other "
        "addresses, by which some libraries split their sums.",
        changes=tuple(changes),
        facts=first([*pair.mkl(), *users]),
        confidence=0.3 if pair.mkl() else 0.15,
    )
