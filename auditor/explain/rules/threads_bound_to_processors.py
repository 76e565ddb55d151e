"""Threads are bound to certain processors on one side.

What it means
    OMP_PROC_BIND, OMP_PLACES, GOMP_CPU_AFFINITY, KMP_AFFINITY and KMP_HW_SUBSET bind the threads
    of OpenMP pools to processors. The sides differ in such a variable.

Why it matters
    A single process that owns the machine profits. But every process binds by the same rule:
    several workers are put on the same processors and share them while others are idle, and child
    processes inherit the binding of the thread that started them, so that a whole pool of data
    loaders can end on one core.

How to confirm
    On the slow side: `ps -eLo pid,tid,psr,comm` under load shows on which processor each thread
    runs; or set OMP_DISPLAY_AFFINITY=true.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA407",
    name="threads-bound-to-processors",
    effects=("performance",),
    severity="medium",
    reads=(
        "env.*",
        "native.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="remove `ENV OMP_PROC_BIND=...` or `ENV KMP_AFFINITY=...` from the Dockerfile, or"
        " set the same in both",
        runtime="docker run -e OMP_PROC_BIND=false ... on both sides (Kubernetes: env: [{name: "
        "OMP_PROC_BIND, value: 'false'}]), or on neither",
    ),
    sources=(
        "https://github.com/pytorch/benchmark/pull/430",
        "https://github.com/pygmalionai/aphrodite-engine/issues/115",
    ),
)


NAMES = ("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY", "KMP_HW_SUBSET")


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, *NAMES)
    users = pair.openmp()
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: threads are bound to other processors; several processes "
        "that bind by the same rule share a few processors while others stand idle.",
        changes=changes,
        facts=first(users),
        confidence=0.6,
    )
