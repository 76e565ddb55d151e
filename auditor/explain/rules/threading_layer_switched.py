"""Parallel loops run on another threading library.

What it means
    MKL_THREADING_LAYER (INTEL, GNU, TBB, SEQUENTIAL), NUMBA_THREADING_LAYER (tbb, omp,
    workqueue) and BLIS_THREAD_IMPL choose the library on which parallel functions run. The sides
    differ in one of them.

Why it matters
    TBB hands work to whichever thread is free, so that sums are added in an order that varies;
    SEQUENTIAL does not split them at all; OpenMP splits them evenly. Last digits differ, and two
    OpenMP runtimes in one process can hang or crash.

How to confirm
    Run the program on both sides with `MKL_THREADING_LAYER=SEQUENTIAL` (or one layer of Numba);
    `python -m threadpoolctl -i numpy` shows `threading_layer`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

RULE = Rule(
    id="EA143",
    name="threading-layer-switched",
    effects=("numerics", "performance", "crash"),
    severity="medium",
    reads=(
        "env.MKL_THREADING_LAYER",
        "env.NUMBA_THREADING_LAYER*",
        "env.BLIS_THREAD_IMPL",
        "native.*",
        "python.packages.*",
    ),
    remedy=variable_remedy("MKL_THREADING_LAYER", "GNU"),
    sources=(
        "https://github.com/numba/numba/blob/main/docs/source/user/threading-layer.rst",
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-windows/2025-0/reproducibility-conditions.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    numba = pair.installed("numba")
    readers = {
        "MKL_THREADING_LAYER": pair.mkl(),
        "NUMBA_THREADING_LAYER": numba,
        "NUMBA_THREADING_LAYER_PRIORITY": numba,
        "BLIS_THREAD_IMPL": pair.native("blis"),
    }
    changes = tuple(
        change
        for change in settings(pair, *readers)
        if readers[change.key] and acts(change, alike=("default",))
    )
    if not changes:
        return
    name = changes[0].key
    value = next(str(v) for v in (changes[0].before, changes[0].after) if v is not None)
    yield Hit(
        message=f"{told(changes)}: parallel functions run on another threading library, which "
        "splits and adds sums in another order.",
        changes=changes,
        facts=first(readers[name]),
        confidence=0.6,
        remedy=variable_remedy(name, value),
    )
