"""A library that is to be preloaded is not there.

What it means
    LD_PRELOAD names libraries that are loaded before all others. On one side a file that it
    names does not exist.

Why it matters
    The loader says "ERROR: ld.so: object '...' from LD_PRELOAD cannot be preloaded ... :
    ignored" at the start of every program, on standard error, which breaks whatever reads that,
    and goes on without it: the allocator, the OpenMP runtime, the fake clock or the hook that
    the program was tuned and tested with is not in use. (musl's loader ends the program.)

How to confirm
    `docker exec CONTAINER sh -c 'ls -l $LD_PRELOAD'` and `docker exec CONTAINER grep -e malloc
    -e omp /proc/1/maps` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA306",
    name="preload-missing",
    effects=("behaviour", "performance", "crash"),
    severity="medium",
    reads=("native.preload.missing", "native.preload", "env.LD_PRELOAD", "os.libc.family"),
    remedy=Remedy(
        image="RUN apt-get update && apt-get install -y libjemalloc2 (the library in question) "
        "in both Dockerfiles, and LD_PRELOAD by its soname instead of a path",
        runtime="docker run -e LD_PRELOAD= ... where the library is not wanted",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man8/ld.so.8",
        "https://github.com/score-p/scorep_binding_python/issues/110",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("native.preload.missing")
    if change is None:
        return
    musl = "musl" in pair.values("os.libc.family")
    yield Hit(
        message=f"Libraries that are to be preloaded and that do not exist: {sides(change)}; the "
        "program runs there without them, after an error message at each start.",
        changes=(change,),
        facts=("os.libc.family",) if musl else (),
        confidence=0.65,
        effects=("crash", "behaviour") if musl else (),
    )
