"""The dynamic loader reports, audits or binds everything on one side.

What it means
    LD_DEBUG makes the dynamic loader report what it does, LD_AUDIT calls a library at each of its
    steps, LD_BIND_NOW makes it look up every function at the start.

Why it matters
    LD_DEBUG writes thousands of lines for each library and symbol and slows down starts heavily;
    audit libraries slow down calls between libraries. LD_BIND_NOW costs a little at the start,
    and makes a missing function fail there instead of when it is called.

How to confirm
    `env | grep ^LD_` in the program's environment; run it with the variable unset.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA433",
    name="loader-does-more",
    effects=(
        "performance",
        "behaviour",
    ),
    severity="low",
    reads=(
        "env.LD_DEBUG",
        "env.LD_AUDIT",
        "env.LD_BIND_NOW",
        "env.LD_BIND_NOT",
    ),
    remedy=Remedy(
        image="remove `ENV LD_DEBUG=...` (LD_AUDIT, LD_BIND_NOW) from the Dockerfile",
        runtime="docker run -e LD_DEBUG= ... on the side that has it",
    ),
    sources=("https://man7.org/linux/man-pages/man8/ld.so.8.html",),
)


CONFIDENCE = {"LD_DEBUG": 0.75, "LD_AUDIT": 0.6, "LD_BIND_NOT": 0.3, "LD_BIND_NOW": 0.2}


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, *CONFIDENCE)
    if changes:
        yield Hit(
            message=f"{told(changes)}: the dynamic loader does more work, at the start or at "
            "every call between libraries, on one side.",
            changes=changes,
            confidence=max(CONFIDENCE[change.key] for change in changes),
        )
