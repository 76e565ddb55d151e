"""Threads that wait burn CPU time on one side.

What it means
    When a thread of an OpenMP pool has nothing to do, it can sleep, or spin: ask again and again,
    which starts faster but uses a CPU. OMP_WAIT_POLICY, GOMP_SPINCOUNT, KMP_BLOCKTIME and
    KMP_LIBRARY decide that, and OPENBLAS_THREAD_TIMEOUT how long OpenBLAS's own threads do so.
    The sides differ in one.

Why it matters
    With as many CPUs as threads, spinning is the faster choice for many short parallel parts.
    With fewer CPUs, a CPU quota or several processes, threads that wait take the time of those
    that work, and the program becomes many times slower while all CPUs look busy.

How to confirm
    Run one side with the other's setting and compare `time COMMAND`: with spinning, user time is
    far above what the work needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..amounts import limit
from ..knowledge.switches import settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA406",
    name="waiting-threads-spin",
    effects=("performance",),
    severity="medium",
    reads=(
        "env.*",
        "native.*",
        "python.packages.*",
        "limits.cpu.quota",
    ),
    remedy=Remedy(
        image="remove `ENV OMP_WAIT_POLICY=...` from the Dockerfile, or set PASSIVE in both",
        runtime="docker run -e OMP_WAIT_POLICY=PASSIVE ... on both sides (Kubernetes: env: "
        "[{name: OMP_WAIT_POLICY, value: PASSIVE}])",
    ),
    sources=(
        "https://gcc.gnu.org/onlinedocs/libgomp/OMP_005fWAIT_005fPOLICY.html",
        "https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html",
        "https://reviews.llvm.org/D18577",
    ),
)


OPENMP = (
    "OMP_WAIT_POLICY",
    "GOMP_SPINCOUNT",
    "KMP_BLOCKTIME",
    "KMP_LIBRARY",
    "KMP_USE_YIELD",
    "KMP_TPAUSE",
    "OMP_DYNAMIC",
)


def check(pair: Pair) -> Iterator[Hit]:
    yield from _hits(pair, settings(pair, *OPENMP), pair.openmp())
    yield from _hits(pair, settings(pair, "OPENBLAS_THREAD_TIMEOUT"), pair.openblas())


def _hits(pair: Pair, changes: tuple[Change, ...], users: list[str]) -> Iterator[Hit]:
    if not changes or not users:
        return
    tight = any(limit(quota) < float("inf") for quota in pair.values("limits.cpu.quota"))
    yield Hit(
        message=f"{told(changes)}: threads that wait spin or sleep for another time, which takes "
        "CPU time from those that work, or delays the start of each parallel part.",
        changes=changes,
        facts=first([*users[:2], *(["limits.cpu.quota"] if tight else [])]),
        confidence=0.7 if tight else 0.6,
    )
