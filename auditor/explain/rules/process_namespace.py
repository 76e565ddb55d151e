"""The container shares its processes with others, or with the machine, on one side only.

What it means
    By default a container sees its own processes alone, and its program is process 1 there. With
    `--pid host`, `--pid container:NAME` or Kubernetes' shareProcessNamespace it sees others', and
    is an ordinary process among them.

Why it matters
    What looks for processes by name or number (psutil, `pkill`, PID files, health checks) finds
    other ones. A program that is process 1 has no default action for signals and inherits
    orphans; one that is not has and does not. Others can send it signals.

How to confirm
    `docker exec CONTAINER ls /proc` on both sides: which numbers are there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA385",
    name="process-namespace",
    effects=("behaviour", "crash", "security"),
    severity="medium",
    reads=("container.pid_mode",),
    remedy=Remedy(
        runtime="docker run with the same --pid on both sides, or without it (Compose: pid; "
        "Kubernetes: hostPID, shareProcessNamespace)",
    ),
    sources=(
        "https://docs.docker.com/reference/cli/docker/container/run/#pid",
        "https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("container.pid_mode")
    if change is not None:
        yield Hit(
            message=f"The container's process namespace is {sides(change)}: which processes the "
            "program sees, and whether it is process 1, differs.",
            changes=(change,),
            confidence=0.4,
        )
