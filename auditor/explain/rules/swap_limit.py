"""The container may swap on one side only, or more than on the other.

What it means
    A container has a limit of its own for swap space, beside the one for memory
    (`--memory-swap` minus `--memory`; memory.swap.max). The memory limit is the same on both
    sides, the swap limit is not.

Why it matters
    With swap, a program that needs more than its memory limit gets slow and survives; without,
    it is killed (exit code 137). The same peak is so a slow run here and a crash there.

How to confirm
    `docker stats` and `docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}
    {{.State.OOMKilled}}' CONTAINER` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_bytes, limit, sides_in
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA311",
    name="swap-limit",
    effects=("crash", "performance"),
    severity="medium",
    reads=("limits.memory.swap_max", "limits.memory.max"),
    remedy=Remedy(
        runtime="docker run --memory=2g --memory-swap=2g ... on both sides (equal values: no "
        "swap), or the same higher --memory-swap",
    ),
    sources=(
        "https://docs.docker.com/engine/containers/resource_constraints.md",
        "https://docs.aws.amazon.com/sdk-for-kotlin/api/latest/ecs/aws.sdk.kotlin.services.ecs.model/-linux-parameters",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.memory.swap_max")
    if change is None or pair.change("limits.memory.max") is not None:
        return
    limited = limit(pair.either("limits.memory.max")) != float("inf")
    yield Hit(
        message=f"The container's swap limit is {sides_in(change, in_bytes)}: where memory runs "
        "out, the side with swap gets slow and the side without is killed (exit code 137).",
        changes=(change,),
        facts=("limits.memory.max",) if limited else (),
        confidence=0.55 if limited else 0.3,
    )
