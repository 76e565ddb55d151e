"""One side may run on fewer processors.

What it means
    The set of processors that the scheduler may use for the program (cpuset, CPU affinity, or
    simply the machine) has another size.

Why it matters
    What runs in parallel (thread pools, worker processes, data loaders) gets fewer processors,
    and by default makes fewer threads and workers, too: less runs at a time. Programs that divide
    their work by the number of processors divide it otherwise.

How to confirm
    `nproc` on both sides; run the faster side with the smaller set: `taskset -c 0-1 COMMAND`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA403",
    name="fewer-processors",
    effects=("performance",),
    severity="medium",
    reads=(
        "limits.cpuset",
        "limits.affinity*",
        "cpu.logical_count",
        "limits.python.*",
        "native.*",
        "python.packages.*",
        "env.*",
    ),
    remedy=Remedy(
        runtime="docker run --cpuset-cpus=0-3 ... on both sides, or on neither (Kubernetes: the "
        "same CPU manager policy and whole-CPU limits)",
        host="a machine with the same number of CPUs",
    ),
    sources=(
        "https://docs.kernel.org/admin-guide/cgroup-v1/cpusets.html",
        "https://man7.org/linux/man-pages/man7/cpuset.7.html",
        "https://docs.python.org/3.11/library/os.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.affinity.count") or pair.change("cpu.logical_count")
    if change is None or None in (change.before, change.after):
        return
    # Where the affinity is told, the machine's size says nothing more.
    if change.path == "cpu.logical_count" and pair.either("limits.affinity.count") is not None:
        return
    others = [pair.change("limits.cpuset"), pair.change("limits.python.process_cpu_count")]
    users = [*pair.openmp(), *pair.blas()]
    yield Hit(
        message=f"The program may run on {sides(change)} processors: what runs in parallel is "
        "slower on the side with fewer, and by default makes fewer threads and workers there.",
        changes=(change, *(other for other in others if other is not None)),
        facts=first(users),
        confidence=0.6 if users else 0.45,
    )
