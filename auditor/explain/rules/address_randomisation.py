"""Addresses in memory are not random on one side.

What it means
    kernel.randomize_va_space says whether the kernel places stack, libraries and heap at random
    addresses (2: all, 1: without the heap, 0: off). The machines differ in it.

Why it matters
    Without randomness, an error in memory handling is easy to exploit. Programs that depend on
    addresses (id(), default hashes of objects and so the order of sets of objects, uninitialised
    memory) repeat themselves on one side and vary on the other.

How to confirm
    `cat /proc/sys/kernel/randomize_va_space` on both machines; `setarch -R COMMAND` runs one
    program without.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA608",
    name="address-randomisation",
    effects=(
        "security",
        "behaviour",
    ),
    severity="low",
    reads=("kernel.randomize_va_space",),
    remedy=Remedy(
        host="sysctl -w kernel.randomize_va_space=2 on both machines",
    ),
    sources=("https://docs.kernel.org/admin-guide/sysctl/kernel.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("kernel.randomize_va_space")
    if change is None or None in (change.before, change.after):
        return
    yield Hit(
        message=f"kernel.randomize_va_space is {sides(change)}: addresses in memory are random "
        "on one side, and what depends on them (the order of sets of objects, exploits) varies.",
        changes=(change,),
        confidence=0.3,
    )
