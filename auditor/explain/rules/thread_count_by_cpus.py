"""Nothing fixes the number of computing threads, and the CPUs differ.

What it means
    OpenBLAS, MKL, OpenMP, Numba, Polars and others start as many threads as the process may use
    CPUs (its affinity: `--cpuset-cpus`, Kubernetes' static CPU manager, taskset, the machine's
    size). That number differs, and no variable such as OMP_NUM_THREADS fixes the threads. A CPU
    quota (`--cpus`) does not count: those libraries do not look at it.

Why it matters
    With another number of threads a sum is split into other parts, whose results are added in
    another order: sums, matrix products and trained models differ in their last digits, between
    a laptop and a server or between two sizes of node.

How to confirm
    Run the program on both sides with `OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    MKL_NUM_THREADS=1`: if the results agree then, this is it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.thread_pools import POOLS, cpus, is_set
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA117",
    name="thread-count-by-cpus",
    effects=("numerics", "performance"),
    severity="high",
    reads=(
        "limits.affinity*",
        "limits.cpuset",
        "cpu.logical_count",
        "native.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="ENV OMP_NUM_THREADS=4 OPENBLAS_NUM_THREADS=4 MKL_NUM_THREADS=4",
        runtime="docker run --cpuset-cpus 0-3 -e OMP_NUM_THREADS=4 ... (Kubernetes: env: "
        "[{name: OMP_NUM_THREADS, value: '4'}]), the same on both sides",
    ),
    sources=(
        "https://github.com/scikit-learn/scikit-learn/blob/main/doc/computing/parallelism.rst",
        "https://github.com/numba/numba/blob/main/docs/source/user/threading-layer.rst",
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-windows/2025-0/reproducibility-conditions.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    ours, theirs = cpus(pair.a), cpus(pair.b)
    if ours is None or theirs is None or ours == theirs:
        return
    change = pair.change("limits.affinity.count") or pair.change("cpu.logical_count")
    free = [
        (pool, users)
        for pool in POOLS
        if pool.default == "cpus"
        and not is_set(pair.a, pool)
        and not is_set(pair.b, pool)
        and (users := pool.users(pair))
    ]
    if change is None or not free:
        return
    libraries = ", ".join(pool.library for pool, _ in free)
    more = [c for path in ("limits.affinity", "limits.cpuset") if (c := pair.change(path))]
    yield Hit(
        message=f"The process may use another number of CPUs ({sides(change)}) and no variable "
        f"fixes the threads of {libraries}: they split their sums among as many threads as there "
        "are CPUs, which changes the last digits.",
        changes=(change, *more),
        facts=first(path for _, users in free for path in users[:2]),
        confidence=max(pool.sums for pool, _ in free),
    )
