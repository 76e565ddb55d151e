"""A limit or a setting of the system differs, of which no particular effect is known.

The fallback for limits, kernel settings and network files: what is known of one in particular,
other rules tell.

What it means
    A resource limit, a sysctl of the container or of the kernel, or a file of the resolver has
    another value, and the program may never come near it.

Why it matters
    What is limited fails at the limit, with an error that seldom names it; what is queued or
    timed out by the kernel shows under load only.

How to confirm
    Give B the value of A for this one setting, and run the program again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Weight
from ..pair import Pair, listed, sides
from ..rule import Hit, Remedy, Rule

MOST_NAMED = 16
GLOBS = ("limits.*", "kernel.*", "container.sysctls.*", "container.ulimits.*", "network.*")
# Bounds that only root can reach beyond: the soft limit is what acts.
_HARD = ".hard"

RULE = Rule(
    id="EA381",
    name="system-setting-differs",
    effects=("crash", "performance", "behaviour"),
    severity="low",
    fallback=True,
    reads=GLOBS,
    remedy=Remedy(
        runtime="docker run --ulimit NAME=SOFT:HARD --sysctl NAME=VALUE ... alike on both sides "
        "(Kubernetes: securityContext.sysctls; limits are the container runtime's)",
        host="sysctl -w NAME=VALUE, and /etc/sysctl.d for the next start",
    ),
    sources=(
        "https://docs.kernel.org/admin-guide/sysctl/index.html",
        "https://man7.org/linux/man-pages/man2/getrlimit.2.html",
        "https://docs.docker.com/reference/cli/docker/container/run/",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    found = [change for change in pair.left(*GLOBS) if _counts(change)]
    if not found:
        return
    told = listed([f"{change.path} is {sides(change)}" for change in found])
    yield Hit(
        message=f"Limits or settings of the system differ: {told}: a program that comes "
        "near one of them fails or waits on one side only.",
        changes=tuple(found[:MOST_NAMED]),
        confidence=0.25,
    )


def _counts(change: Change) -> bool:
    if change.folded_under is not None or change.path.endswith(_HARD):
        return False
    return change.weight is not Weight.LOW
