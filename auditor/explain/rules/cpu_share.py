"""The container's share of a busy machine differs.

What it means
    cpu.weight (cgroup v2) and cpu.shares (v1), set by `docker run --cpu-shares` and by
    Kubernetes' CPU request, say how the CPU time of a busy machine is divided between containers.

Why it matters
    On an idle machine they change nothing. On a busy one, a container with a small share, such as
    a pod without a CPU request, gets what the others leave: the same program is fast at night and
    slow by day.

How to confirm
    Look at the pressure while it is slow: `cat /sys/fs/cgroup/cpu.pressure` (some avg10 far above
    zero), and at the machine's load: `uptime`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA408",
    name="cpu-share",
    effects=("performance",),
    severity="low",
    reads=(
        "limits.cpu.weight",
        "limits.cpu.shares",
        "limits.cgroup.version",
    ),
    remedy=Remedy(
        runtime="docker run --cpu-shares=1024 ... on both sides (Kubernetes: the same resources: "
        "{requests: {cpu: '2'}})",
    ),
    sources=("https://docs.kernel.org/admin-guide/cgroup-v2.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for path in ("limits.cpu.weight", "limits.cpu.shares"):
        change = pair.change(path)
        # One side alone is the other version of cgroups, whose numbers mean something else.
        if change is None or None in (change.before, change.after):
            continue
        yield Hit(
            message=f"The container's CPU share ({change.key}) is {sides(change)}: on a busy "
            "machine the side with less waits longer for the CPU.",
            changes=(change,),
            confidence=0.3,
        )
