"""The kernel kills the program earlier on one side when memory runs short.

What it means
    When a machine or a container has no memory left, the kernel kills the process with the
    highest score. oom_score_adj (docker run --oom-score-adj; Kubernetes sets it by the pod's
    quality of service) is added to it: 1000 is killed first, -1000 never. The sides differ.

Why it matters
    With the same memory and the same program the one is killed (exit code 137, "Killed") and
    the other survives, while a neighbour dies.

How to confirm
    `cat /proc/1/oom_score_adj` in both containers; `dmesg | grep -i 'killed process'` on the
    host.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

# Kubernetes derives it from memory request and machine size: small steps are no decision.
NOTABLE = 200

RULE = Rule(
    id="EA382",
    name="killed-first",
    effects=("crash",),
    severity="medium",
    reads=("limits.oom_score_adj", "limits.memory.max"),
    remedy=Remedy(
        runtime="docker run without --oom-score-adj, or with the same on both sides; "
        "Kubernetes: equal requests and limits of memory (class Guaranteed)",
    ),
    sources=(
        "https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.oom_score_adj")
    if change is None:
        return
    before, after = change.before, change.after
    if not isinstance(before, int) or not isinstance(after, int) or abs(before - after) < NOTABLE:
        return
    first = "A" if before > after else "B"
    yield Hit(
        message=f"oom_score_adj is {sides(change)}: where memory runs short, the kernel kills the "
        f"program in {first} before others.",
        changes=(change,),
        facts=("limits.memory.max",) if pair.either("limits.memory.max") is not None else (),
        confidence=0.4,
    )
