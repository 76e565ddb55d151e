"""Memory is spread over nodes, or balanced between them, otherwise.

What it means
    A machine with several sockets, and some with one, has several memory nodes (NUMA): memory of
    the own node is faster than that of another. The sides differ in the number of nodes, or in
    the kernel's settings about them (automatic balancing, reclaim within a node).

Why it matters
    A program that computes on one node with memory of another waits longer for it. Automatic
    balancing moves memory to where it is used, at the cost of page faults; zone reclaim frees
    pages of the own node before it takes free ones of another, which can stall programs that live
    from the page cache.

How to confirm
    `numastat -p PID` and `lscpu | grep NUMA` on both sides; or run with `numactl --cpunodebind=0
    --membind=0 COMMAND`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA409",
    name="memory-nodes",
    effects=("performance",),
    severity="low",
    reads=(
        "cpu.numa_nodes",
        "cpu.model_name",
        "kernel.numa_balancing",
        "kernel.zone_reclaim_mode",
    ),
    remedy=Remedy(
        runtime="docker run --cpuset-cpus=0-15 --cpuset-mems=0 ... (one node's CPUs and memory)",
        host="sysctl kernel.numa_balancing=1 vm.zone_reclaim_mode=0 on both machines",
    ),
    sources=(
        "https://man7.org/linux/man-pages/man7/numa.7.html",
        "https://docs.kernel.org/admin-guide/sysctl/kernel.html",
        "https://docs.kernel.org/admin-guide/sysctl/vm.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    nodes = [value for value in pair.values("cpu.numa_nodes") if isinstance(value, int)]
    if max(nodes, default=1) < 2:
        return  # one node: nothing is far away
    paths = ("cpu.numa_nodes", "kernel.numa_balancing", "kernel.zone_reclaim_mode")
    changes = tuple(change for path in paths if (change := pair.change(path)) is not None)
    if changes:
        yield Hit(
            message=f"{told(changes)}: memory lies nearer to or farther from the processor that "
            "uses it, which makes work on large data faster or slower.",
            changes=changes,
            facts=() if changes[0].path == "cpu.numa_nodes" else ("cpu.numa_nodes",),
            confidence=0.3,
        )
