"""Threads add their parts in another order, or another number of them works.

What it means
    KMP_DETERMINISTIC_REDUCTION and KMP_FORCE_REDUCTION (Intel's and LLVM's OpenMP) choose how
    the threads' partial sums are put together, OMP_SCHEDULE how loops are handed out,
    OMP_DYNAMIC, MKL_DYNAMIC and KMP_DYNAMIC_MODE whether fewer threads than asked for may work,
    MKL_NUM_STRIPES how matrices are cut. The sides differ in one of them.

Why it matters
    Additions come in another order, and without determinism in an order that varies from run to
    run: sums and products differ in their last digits.

How to confirm
    Run the program on both sides with `OMP_DYNAMIC=FALSE MKL_DYNAMIC=FALSE
    KMP_DETERMINISTIC_REDUCTION=true`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

INTEL_OR_LLVM = {
    "KMP_DETERMINISTIC_REDUCTION": "0",
    "KMP_FORCE_REDUCTION": "",
    "KMP_DYNAMIC_MODE": "",
}
ANY_OPENMP = {"OMP_SCHEDULE": "static", "OMP_DYNAMIC": "0", "OMP_MAX_ACTIVE_LEVELS": "1",
              "OMP_NESTED": "0"}  # fmt: skip
MKL = {"MKL_DYNAMIC": "1", "MKL_NUM_STRIPES": "", "MKL_DISABLE_FAST_MM": "0"}
DEFAULTS = {**INTEL_OR_LLVM, **ANY_OPENMP, **MKL}

RULE = Rule(
    id="EA142",
    name="reduction-order-switched",
    effects=("numerics", "performance"),
    severity="medium",
    reads=(*(f"env.{name}" for name in DEFAULTS), "native.*", "python.packages.*"),
    remedy=variable_remedy("KMP_DETERMINISTIC_REDUCTION", "true"),
    sources=(
        "https://github.com/llvm/llvm-project/blob/main/openmp/docs/design/Runtimes.rst",
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-windows/2025-0/reproducibility-conditions.html",
        "https://reviews.llvm.org/D23990?download=true&large=true",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    intel = [*pair.native("iomp", "omp"), *pair.installed("intel-openmp")]
    openmp = [*pair.openmp(), *intel]
    mkl = pair.mkl()
    readers = {
        **dict.fromkeys(INTEL_OR_LLVM, intel),
        **dict.fromkeys(ANY_OPENMP, openmp),
        **dict.fromkeys(MKL, mkl),
    }
    changes = tuple(
        change
        for change in settings(pair, *DEFAULTS)
        if readers[change.key] and acts(change, DEFAULTS[change.key])
    )
    if not changes:
        return
    name = changes[0].key
    value = next(str(v) for v in (changes[0].before, changes[0].after) if v is not None)
    yield Hit(
        message=f"{told(changes)}: threads put their partial sums together in another order, "
        "which changes the last digits.",
        changes=changes,
        facts=first(readers[name]),
        confidence=0.6,
        remedy=variable_remedy(name, value),
    )
