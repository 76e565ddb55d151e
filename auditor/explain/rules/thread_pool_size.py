"""Libraries compute with another number of threads.

What it means
    Libraries that compute in parallel take the size of their thread pools from environment
    variables (OMP_NUM_THREADS, OPENBLAS_NUM_THREADS, MKL_NUM_THREADS, NUMBA_NUM_THREADS,
    POLARS_MAX_THREADS ...), and otherwise from the number of CPUs. The pool of a library that is
    there has another size on each side.

Why it matters
    Held to one thread, matrix products, tree ensembles or data frames use one CPU and leave the
    others idle; let loose, many threads compete for few CPUs, above all with several worker
    processes. Either way the same work takes another time.

How to confirm
    `python -m threadpoolctl -i numpy` (or -i torch) on both sides shows each pool's num_threads;
    run one side with the other's setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.switches import told
from ..knowledge.thread_pools import POOLS, Pool, size
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA405",
    name="thread-pool-size",
    effects=("performance",),
    severity="medium",
    reads=(
        "env.*",
        "limits.affinity*",
        "limits.cpuset",
        "cpu.logical_count",
        "native.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="ENV OMP_NUM_THREADS=4 OPENBLAS_NUM_THREADS=4 in the Dockerfile of both, or in "
        "neither",
        runtime="docker run -e OMP_NUM_THREADS=4 ... on both sides (Kubernetes: env: [{name: "
        "OMP_NUM_THREADS, value: '4'}]), or on neither",
    ),
    sources=(
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/global_state.rst",
        "https://scikit-learn.org/1.7/_sources/computing/parallelism.rst.txt",
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/README.md",
        "https://github.com/pola-rs/polars/blob/main/py-polars/src/polars/meta/thread_pool.py",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    libraries: list[str] = []
    facts: list[str] = []
    changes: dict[str, Change] = {}
    for pool in POOLS:
        users = pool.users(pair)
        if not users or size(pair.a, pool) == size(pair.b, pool):
            continue
        found = [pair.change(f"env.{name}") for name in (*pool.variables, *pool.caps)]
        own = [change for change in found if change is not None]
        if own:
            libraries.append(f"{pool.library} ({_sizes(pair, pool)})")
            facts += users[:1]
            changes.update((change.path, change) for change in own)
    if changes:
        yield Hit(
            message=f"{told(changes.values())}: the thread pools have another size, which makes "
            f"parallel computations faster or slower: {', '.join(libraries[:4])}.",
            changes=tuple(changes.values()),
            facts=first(facts),
            confidence=0.6,
        )


def _sizes(pair: Pair, pool: Pool) -> str:
    return " and ".join(
        f"{'one for each CPU' if (threads := size(side, pool)) is None else threads} in {name}"
        for side, name in ((pair.a, "A"), (pair.b, "B"))
    )
