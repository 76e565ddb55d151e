"""A thread pool is larger than the CPU quota.

What it means
    A library's pool, as it was really made (`--deep`), has more threads than the container may
    use CPUs' worth of time. Libraries size their pools by the number of CPUs of the machine; a
    quota (`--cpus`, Kubernetes' `limits.cpu`) is seen by none of the usual ones.

Why it matters
    The threads use up the quota of a period at once and are then all stopped until the next one
    begins (throttling): latencies of tens of milliseconds come out of nowhere, spinning threads
    burn what is left, and everything takes longer than with fewer threads.

How to confirm
    `nr_throttled` in the cgroup's cpu.stat grows while the program runs; set OMP_NUM_THREADS to
    the quota and measure again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...model import Fingerprint
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA440",
    name="pool-larger-than-quota",
    effects=("performance",),
    severity="high",
    reads=("threads.*", "limits.cpu.quota"),
    remedy=Remedy(
        image="ENV OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 in the Dockerfile, where the quota is "
        "known when the image is built",
        runtime="docker run --cpus 2 -e OMP_NUM_THREADS=2 ... (Kubernetes: env OMP_NUM_THREADS "
        "from resourceFieldRef: limits.cpu)",
    ),
    sources=(
        "https://docs.kernel.org/scheduler/sched-bwc.html",
        "https://github.com/joblib/loky/blob/master/loky/backend/context.py",
        "https://kubernetes.io/docs/concepts/workloads/pods/downward-api/",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    too_large = [_too_large(side) for side in (pair.a, pair.b)]
    if bool(too_large[0]) == bool(too_large[1]):
        return
    side, name = (pair.a, "A") if too_large[0] else (pair.b, "B")
    pools = too_large[0] or too_large[1]
    changes = [
        change for path in ("limits.cpu.quota", *pools) if (change := pair.change(path)) is not None
    ]
    if changes:
        quota = side.get("limits.cpu.quota")
        sizes = ", ".join(
            f"{path.removeprefix('threads.')} {pools[path]}" for path in list(pools)[:3]
        )
        yield Hit(
            message=f"In {name} the quota is {quota:g} CPUs, and pools have more threads "
            f"({sizes}): they are throttled together; on the other side they are not.",
            changes=tuple(changes),
            facts=tuple(pools)[:3],
            confidence=0.85,
        )


def _too_large(side: Fingerprint) -> dict[str, int]:
    """Path -> threads of the pools that are larger than the quota, rounded up."""
    quota = side.get("limits.cpu.quota")
    section = side.sections.get("threads")
    if not isinstance(quota, (int, float)) or isinstance(quota, bool) or section is None:
        return {}
    found = {}
    for key, pool in sorted(section.facts.items()):
        threads = pool.get("threads") if isinstance(pool, dict) else None
        if isinstance(threads, int) and threads > math.ceil(quota):
            found[f"threads.{key}"] = threads
    return found
