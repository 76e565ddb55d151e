"""The container may use less CPU time on one side (CPU quota).

What it means
    The CPU quota (`docker run --cpus`, Kubernetes `limits.cpu`, cgroup cpu.max or
    cpu.cfs_quota_us) is the CPU time that all processes of the container may use together in each
    period of usually 100 ms. The sides have other quotas.

Why it matters
    When the quota of a period is used up, every thread of the container is stopped until the next
    period begins. A program with a quota of half a CPU takes at least twice as long as on one
    CPU, and with several threads it stands still for most of each period: responses come in jumps
    of tens of milliseconds, and time-outs fire. The program sees nothing of it: the number of
    CPUs that Python and libraries count stays that of the machine.

How to confirm
    In the container: `cat /sys/fs/cgroup/cpu.stat` (cgroup v1: /sys/fs/cgroup/cpu/cpu.stat)
    before and after a run: nr_throttled and the throttled time grow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...model import Value
from ..amounts import limit, sides_in
from ..knowledge.thread_pools import cpus
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA401",
    name="cpu-quota-throttling",
    effects=("performance",),
    severity="high",
    reads=(
        "limits.cpu.quota",
        "limits.affinity.count",
        "limits.python.cpu_count",
        "cpu.logical_count",
    ),
    remedy=Remedy(
        runtime="docker run --cpus=4 ... on both sides (Kubernetes: resources: {limits: {cpu: "
        "'4'}}), or no limit on either; keep fewer threads than that",
    ),
    sources=(
        "https://docs.kernel.org/scheduler/sched-bwc.html",
        "https://docs.kernel.org/admin-guide/cgroup-v2.html",
        "https://github.com/dmlc/xgboost/issues/7653",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.cpu.quota")
    if change is None or None in (change.before, change.after):
        return
    quotas = [limit(change.before), limit(change.after)]
    counts = [cpus(pair.a), cpus(pair.b)]
    usable = [min(quota, n or quota) for quota, n in zip(quotas, counts, strict=True)]
    if usable[0] == usable[1]:
        return  # neither quota binds: both are above the number of CPUs
    less, more = sorted(usable)
    yield Hit(
        message=f"The CPU quota is {sides_in(change, _in_cpus)}: once the CPU time of a period "
        "is used up, all of the program's threads are stopped until the next one, so the side "
        "with less is slower, with pauses, though it counts as many CPUs.",
        changes=(change,),
        facts=tuple(
            path
            for path in ("limits.affinity.count", "limits.python.cpu_count", "cpu.logical_count")
            if pair.either(path) is not None
        ),
        confidence=0.75 if more >= 1.5 * less else 0.45,
    )


def _in_cpus(value: Value) -> str:
    quota = limit(value)
    return "no limit" if math.isinf(quota) else f"{quota:g} CPUs"
