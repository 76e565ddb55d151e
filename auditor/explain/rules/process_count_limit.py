"""The number of processes and threads is limited differently.

What it means
    The control group's pids.max (`--pids-limit`) bounds the tasks of the whole container, each
    thread counting as one; RLIMIT_NPROC (`ulimit -u`) those of the user. The sides differ.

Why it matters
    Beyond the limit no thread and no process can be started: "RuntimeError: can't start new
    thread", "BlockingIOError: [Errno 11] Resource temporarily unavailable", "OpenBLAS
    blas_thread_init: pthread_create failed". Libraries start one thread a processor each, so
    the same program needs more tasks on a larger machine.

How to confirm
    `docker exec CONTAINER sh -c 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids.current'`
    (cgroup v1: /sys/fs/cgroup/pids/) while it runs, or `docker stats` (column PIDS).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_numbers, lower, sides_in
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

FEW, MANY = 512, 16384

RULE = Rule(
    id="EA313",
    name="process-count-limit",
    effects=("crash",),
    severity="high",
    reads=(
        "limits.pids.max",
        "limits.rlimit.nproc.*",
        "native.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        runtime="docker run --pids-limit=4096 --ulimit nproc=-1 ... on both sides (Kubernetes: "
        "podPidsLimit of the kubelet); or fewer threads: -e OMP_NUM_THREADS=4 "
        "-e OPENBLAS_NUM_THREADS=4",
    ),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/issues/1668",
        "https://github.com/vladmandic/sdnext/issues/2642",
        "https://github.com/KLORQ/quarshell-cli/wiki/EN-Providers-Docker-Resources",
        "https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    pools = [*pair.blas(), *pair.openmp()]
    for path, what in (
        ("limits.pids.max", "The container's limit of"),
        ("limits.rlimit.nproc.soft", "The user's limit of"),
    ):
        change = pair.change(path)
        # Far above what programs need, it follows from the machine's size.
        if change is None or lower(change) > MANY:
            continue
        yield Hit(
            message=f"{what} processes and threads is {sides_in(change, in_numbers)}: beyond it "
            "none can be started (\"can't start new thread\", 'Resource temporarily "
            "unavailable').",
            changes=(change,),
            facts=first(pools),
            confidence=0.68 if lower(change) <= FEW else 0.45,
        )
