"""joblib divides the work by the CPU quota, which differs.

What it means
    joblib (and scikit-learn with `n_jobs=-1`) starts one worker for each CPU that it may use,
    and counts CPUs by the smallest of the machine, the affinity, the cgroup's CPU quota
    (`--cpus`, Kubernetes' CPU limit, rounded up) and LOKY_MAX_CPU_COUNT. The quota differs.
    OpenBLAS, OpenMP and Python's own os.cpu_count() do not look at it.

Why it matters
    The work is cut into other pieces, so that what each worker computes from its piece (partial
    sums, random streams that are seeded by worker, batches) differs; and joblib gives each
    worker `CPUs // workers` threads, which changes the order of sums within it.

How to confirm
    Run the program on both sides with `LOKY_MAX_CPU_COUNT=1`, or with a fixed `n_jobs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from ...model import Fingerprint, whole_number
from ..knowledge.switches import variable_remedy
from ..knowledge.thread_pools import cpus
from ..pair import Pair, first, shown
from ..rule import Hit, Rule

USERS = ("joblib", "loky", "scikit-learn")

RULE = Rule(
    id="EA118",
    name="workers-by-quota",
    effects=("numerics", "performance"),
    severity="medium",
    reads=("limits.cpu.quota", "limits.affinity.count", "python.packages.*"),
    remedy=variable_remedy("LOKY_MAX_CPU_COUNT", "4"),
    sources=("https://github.com/joblib/loky/blob/master/loky/backend/context.py",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.cpu.quota")
    users = pair.installed(*USERS)
    ours, theirs = _workers(pair.a), _workers(pair.b)
    if change is None or not users or ours == theirs or None in (ours, theirs):
        return
    yield Hit(
        message=f"The CPU quota is {shown(change.before)} in A and {shown(change.after)} in B: "
        f"joblib with n_jobs=-1 starts {ours} workers in A and {theirs} in B, which cuts the "
        "work into other pieces and can change results that are put together from them.",
        changes=(change,),
        facts=first([*users, *(path for path, _, _ in pair.facts("limits.affinity.count"))]),
        confidence=0.45,
    )


def _workers(side: Fingerprint) -> int | None:
    """As loky counts."""
    count = cpus(side)
    quota = side.get("limits.cpu.quota")
    if count is None:
        return None
    if isinstance(quota, (int, float)) and not isinstance(quota, bool) and quota > 0:
        count = min(count, ceil(quota))
    limit = side.get("env.LOKY_MAX_CPU_COUNT")
    most = whole_number(limit) if isinstance(limit, str) else None
    return max(1, count if most is None else min(count, most))
