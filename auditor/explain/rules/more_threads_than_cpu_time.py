"""Thread pools are larger than the CPU time that the container may use.

What it means
    Libraries that compute in parallel (OpenBLAS, MKL, OpenMP, PyTorch, Polars, Numba) make one
    thread for each CPU that they count. They count the machine's CPUs, or those of the affinity
    mask; they do not look at the CPU quota. On one side the pool has more threads than the quota
    pays for, on the other not, or by far not as many.

Why it matters
    Threads that compute together wait for each other. With more threads than CPU time the quota
    is used up early in each period and all are stopped, some of them while the others spin and
    wait for them: the same computation can take many times as long as with a single thread (90
    times has been reported for XGBoost on 16 CPUs with a quota of one).

How to confirm
    Run the slow side with `OMP_NUM_THREADS` (and OPENBLAS_NUM_THREADS) set to the quota, rounded
    up: if it gets faster, this is the cause.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...model import Change, Fingerprint
from ..amounts import limit
from ..knowledge.thread_pools import POOLS, Pool, cpus, size
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA402",
    name="more-threads-than-cpu-time",
    effects=("performance",),
    severity="high",
    reads=(
        "limits.cpu.quota",
        "limits.affinity*",
        "limits.cpuset",
        "limits.python.*",
        "cpu.logical_count",
        "env.*",
        "native.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="ENV OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 MKL_NUM_THREADS=2 (the quota, "
        "rounded up) in the Dockerfile of both",
        runtime="docker run --cpus=2 -e OMP_NUM_THREADS=2 ..., or --cpuset-cpus=0-1, which "
        "libraries do see; Kubernetes: resources: {limits: {cpu: '2'}} with env: [{name: "
        "OMP_NUM_THREADS, value: '2'}]",
    ),
    sources=(
        "https://github.com/dmlc/xgboost/issues/7653",
        "https://scikit-learn.org/1.7/_sources/computing/parallelism.rst.txt",
        "https://docs.kernel.org/scheduler/sched-bwc.html",
        "https://github.com/python/cpython/issues/109595",
    ),
)


# What can make a pool larger or the time smaller.
CAUSES = ("limits.cpu.quota", "limits.affinity.count", "cpu.logical_count")


def check(pair: Pair) -> Iterator[Hit]:
    worst: tuple[float, Hit] | None = None
    for pool in POOLS:
        users = pool.users(pair)
        before, after = _excess(pair.a, pool), _excess(pair.b, pool)
        if not users or before is None or after is None:
            continue
        if max(before, after) <= 1 or max(before, after) < 2 * min(before, after):
            continue
        changes = _changes(pair, pool)
        if changes and (worst is None or max(before, after) > worst[0]):
            worst = (max(before, after), _hit(pair, pool, changes, users))
    if worst is not None:
        yield worst[1]


def _excess(side: Fingerprint, pool: Pool) -> float | None:
    """Threads for each CPU that the quota pays for."""
    threads, quota = size(side, pool), side.get("limits.cpu.quota")
    if not isinstance(threads, int) or quota is None:
        return None
    allowed = limit(quota)
    if not math.isinf(allowed):
        allowed = math.ceil(allowed)
    return threads / max(1, min(allowed, cpus(side) or math.inf))


def _changes(pair: Pair, pool: Pool) -> tuple[Change, ...]:
    paths = (*CAUSES, *(f"env.{name}" for name in (*pool.variables, *pool.caps)))
    return tuple(change for path in paths if (change := pair.change(path)) is not None)


def _hit(pair: Pair, pool: Pool, changes: tuple[Change, ...], users: list[str]) -> Hit:
    described = " and ".join(
        f"{size(side, pool)} threads for {_time(side)} in {name}"
        for side, name in ((pair.a, "A"), (pair.b, "B"))
    )
    facts = [path for path in CAUSES[:2] if pair.either(path) is not None]
    return Hit(
        message=f"{pool.library} makes {described}: where there are more threads than CPU time, "
        "they stop and wait for each other, and the computation becomes many times slower.",
        changes=changes,
        facts=first([*facts, *users], 5),
        confidence=0.75,
    )


def _time(side: Fingerprint) -> str:
    quota = side.get("limits.cpu.quota")
    if quota == "max":
        return f"{shown(cpus(side))} CPUs"
    return f"a quota of {shown(quota)} CPUs"
