"""A variable sets another number of computing threads.

What it means
    Libraries that compute with several threads read their number from variables: OMP_NUM_THREADS
    (OpenMP, PyTorch, Arrow, and most others if nothing else is set), OPENBLAS_NUM_THREADS,
    MKL_NUM_THREADS, BLIS_NUM_THREADS, NUMBA_NUM_THREADS, POLARS_MAX_THREADS and so on. Another
    value, or none on one side, is in effect; without one they take as many as there are CPUs.

Why it matters
    Each thread adds up its part and the parts are added then: with another number of parts the
    additions have another order, and sums, matrix products and trained models differ in their
    last digits. Speed and memory differ as well.

How to confirm
    Run the program on B with A's setting; `python -m threadpoolctl -i numpy` shows the number of
    threads of each library.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..knowledge.thread_pools import POOLS, Pool, is_set, size
from ..pair import Pair, first
from ..rule import Hit, Rule

RULE = Rule(
    id="EA116",
    name="thread-count-set",
    effects=("numerics", "performance"),
    severity="high",
    reads=(
        *sorted({f"env.{name}" for pool in POOLS for name in (*pool.variables, *pool.caps)}),
        "native.*",
        "python.packages.*",
        "limits.affinity.count",
        "cpu.logical_count",
    ),
    remedy=variable_remedy("OMP_NUM_THREADS", "1"),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/runtime_variables.md",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/cpu_threading_torchscript_inference.rst",
        "https://github.com/scikit-learn/scikit-learn/blob/main/doc/computing/parallelism.rst",
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-windows/2025-0/reproducibility-conditions.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    affected = [
        (pool, users)
        for pool in POOLS
        if (users := pool.users(pair))
        and settings(pair, *pool.variables, *pool.caps)
        and _differ(pair, pool)
    ]
    if not affected:
        return
    affected.sort(key=lambda one: -_confidence(pair, one[0]))
    names = [name for pool, _ in affected for name in (*pool.variables, *pool.caps)]
    changes = settings(pair, *dict.fromkeys(names))
    libraries = ", ".join(dict.fromkeys(pool.library for pool, _ in affected))
    decisive = changes[0]
    value = next(v for v in (decisive.before, decisive.after) if isinstance(v, str))
    yield Hit(
        message=f"{told(changes)}: {libraries} computes with another number of threads, which "
        "adds in another order and changes the last digits of sums and products.",
        changes=changes,
        facts=first(path for _, users in affected for path in users[:2]),
        confidence=_confidence(pair, affected[0][0]),
        remedy=variable_remedy(decisive.key, value),
    )


def _differ(pair: Pair, pool: Pool) -> bool:
    """Whether another value is in effect because of a variable; a number that is not known
    differs from every other."""
    if not (is_set(pair.a, pool) or is_set(pair.b, pool) or settings(pair, *pool.caps)):
        return False
    ours, theirs = size(pair.a, pool), size(pair.b, pool)
    return ours != theirs or ours is None


def _confidence(pair: Pair, pool: Pool) -> float:
    return pool.sums if None not in (size(pair.a, pool), size(pair.b, pool)) else pool.sums - 0.05
