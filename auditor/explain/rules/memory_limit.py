"""The container's memory limit differs.

What it means
    The kernel counts the memory of all processes of a container and holds it against a limit
    (memory.max of its control group). The sides have different limits.

Why it matters
    At the limit the kernel first takes back caches, then kills a process of the container:
    SIGKILL, exit code 137, often without any message. Python's own MemoryError is not raised,
    because memory is counted when it is touched and not when it is asked for. Below the limit,
    libraries that size their buffers or spill to disk by the memory that they see take other
    ways, and less memory for the page cache makes reading slower.

How to confirm
    `docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' CONTAINER` after the failure
    (true, 137), and `docker stats` before it; in Kubernetes `kubectl describe pod`: OOMKilled.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import factor, in_bytes, lower, sides_in
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

GIB = 1 << 30
ALIKE = 1.5  # times as much

RULE = Rule(
    id="EA309",
    name="memory-limit",
    effects=("crash", "performance"),
    severity="high",
    reads=("limits.memory.*",),
    remedy=Remedy(
        runtime="docker run --memory=2g --memory-swap=2g ... on both sides (Kubernetes: "
        "resources: {limits: {memory: 2Gi}}), above the program's measured peak",
    ),
    sources=("https://docs.docker.com/engine/containers/resource_constraints.md",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.memory.max")
    if change is not None:
        confidence = 0.68 if lower(change) <= GIB else 0.6 if lower(change) <= 8 * GIB else 0.5
        if factor(change) < ALIKE:  # few programs end between the two
            confidence = 0.3
        swap = pair.change("limits.memory.swap_max")
        yield Hit(
            message=f"The container's memory limit is {sides_in(change, in_bytes)}: a program "
            "that needs more is killed by the kernel (exit code 137, no traceback).",
            changes=(change,) if swap is None else (change, swap),
            confidence=confidence,
        )
        return
    throttle = pair.change("limits.memory.high")
    if throttle is not None:
        yield Hit(
            message=f"The container's soft memory limit (memory.high) is "
            f"{sides_in(throttle, in_bytes)}: above it the program is slowed down while the "
            "kernel takes memory back.",
            changes=(throttle,),
            confidence=0.45,
            effects=("performance", "crash"),
        )
