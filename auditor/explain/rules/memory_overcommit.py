"""The machines promise memory by different rules.

What it means
    vm.overcommit_memory decides whether the kernel grants memory that may not be there: 0
    refuses obvious excess, 1 grants everything, 2 grants only what can be backed by RAM and
    swap. The machines differ.

Why it matters
    With 2 (and, for single huge requests, with 0) allocations fail at once that elsewhere
    succeed: large sparse arrays, memory maps, a `fork` or subprocess of a big process
    ("OSError: [Errno 12] Cannot allocate memory", MemoryError). With 1 the same program runs,
    until it touches what is not there and is killed.

How to confirm
    `sysctl vm.overcommit_memory vm.overcommit_ratio` on both machines; `grep Commit
    /proc/meminfo` shows the limit and what is promised.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

STRICT = 2

RULE = Rule(
    id="EA332",
    name="memory-overcommit",
    effects=("crash",),
    severity="medium",
    reads=("kernel.overcommit_memory", "kernel.overcommit_ratio"),
    remedy=Remedy(host="sysctl -w vm.overcommit_memory=1 (or 0) alike on both machines"),
    sources=(
        "https://git.zx2c4.com/laptop-kernel/tree/Documentation/mm/overcommit-accounting.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("kernel.overcommit_memory")
    ratio = pair.change("kernel.overcommit_ratio")
    if change is not None:
        strict = STRICT in (change.before, change.after)
        yield Hit(
            message=f"vm.overcommit_memory is {sides(change)} (0: heuristic, 1: always grant, "
            "2: never more than there is): large allocations and forks of large processes fail "
            "with 'Cannot allocate memory' on the stricter side.",
            changes=(change, *([ratio] if ratio is not None else [])),
            confidence=0.6 if strict else 0.35,
        )
    elif ratio is not None and pair.either("kernel.overcommit_memory") == STRICT:
        yield Hit(
            message=f"vm.overcommit_ratio is {sides(ratio)}: with strict accounting it decides "
            "how much memory can be promised before allocations fail.",
            changes=(ratio,),
            facts=("kernel.overcommit_memory",),
            confidence=0.5,
        )
