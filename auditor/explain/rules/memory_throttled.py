"""The kernel slows the program down when it needs memory, on one side.

What it means
    memory.high (cgroup v2; systemd's MemoryHigh, Kubernetes' memory QoS) is a limit above which a
    container is not killed but throttled: the kernel takes pages away from it and lets it wait.
    vm.swappiness says how readily the kernel swaps. The sides differ in one of them.

Why it matters
    Above memory.high the program becomes very slow without any message, as if it hung. With more
    swapping, memory that was not used for a while comes back from disk.

How to confirm
    `cat /sys/fs/cgroup/memory.events` (high grows) and `cat /sys/fs/cgroup/memory.pressure` while
    it is slow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..amounts import in_bytes, lower, sides_in
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA414",
    name="memory-throttled",
    effects=("performance",),
    severity="medium",
    reads=(
        "limits.memory.high",
        "limits.memory.max",
        "limits.memory.swap_max",
        "kernel.swappiness",
    ),
    remedy=Remedy(
        runtime="Kubernetes: the same resources: {requests: {memory: 2Gi}, limits: {memory: 2Gi}}"
        " on both sides; systemd-run -p MemoryHigh=infinity ...",
        host="sysctl vm.swappiness=60 on both machines",
    ),
    sources=(
        "https://docs.kernel.org/admin-guide/cgroup-v2.html",
        "https://docs.kernel.org/admin-guide/sysctl/vm.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    high = pair.change("limits.memory.high")
    if high is not None and not math.isinf(lower(high)):
        yield Hit(
            message=f"The memory above which the container is throttled is "
            f"{sides_in(high, in_bytes)}: above it the program is slowed down heavily instead of "
            "killed.",
            changes=(high,),
            facts=("limits.memory.max",) if pair.either("limits.memory.max") is not None else (),
            confidence=0.45,
        )
    swappiness = pair.change("kernel.swappiness")
    if swappiness is not None and None not in (swappiness.before, swappiness.after):
        yield Hit(
            message=f"The kernel's readiness to swap (vm.swappiness) is {sides(swappiness)}: "
            "under memory pressure the program waits for its own pages or for files.",
            changes=(swappiness,),
            confidence=0.15,
        )
