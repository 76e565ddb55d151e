"""The C library is musl on one side, glibc on the other.

What it means
    Alpine images have musl as their C library, most others glibc. Programs and wheels are built
    for one of them.

Why it matters
    musl's malloc serves all threads under one lock and gives memory back eagerly, so programs
    that allocate in several threads are markedly slower (30 to 40 percent, or several times, have
    been reported). Its string and mathematical functions have no versions for newer processors.
    Packages without a musl wheel are compiled on the spot, often without the optimisations of the
    published ones.

How to confirm
    Run the same program in python:3.12-slim and python:3.12-alpine; or preload mimalloc or
    jemalloc on the musl side, which removes the allocator's part.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA413",
    name="musl-instead-of-glibc",
    effects=("performance",),
    severity="medium",
    reads=(
        "os.libc.family",
        "os.id",
    ),
    remedy=Remedy(
        image="FROM python:3.12-slim (Debian, glibc) in both, or -alpine in both; on musl: RUN "
        "apk add mimalloc2 and ENV LD_PRELOAD=/usr/lib/libmimalloc.so.2",
    ),
    sources=(
        "https://github.com/dotnet/runtime/issues/60467",
        "https://github.com/praetorian-inc/noseyparker/pull/77",
        "https://github.com/emmett-framework/granian/issues/121",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.family")
    if change is None or "musl" not in (change.before, change.after):
        return
    yield Hit(
        message=f"The C library is {sides(change)}: musl's memory allocator and string functions "
        "are slower, above all with several threads.",
        changes=(change,),
        confidence=0.45,
    )
