"""The program runs with another priority.

What it means
    The nice value (-20 to 19) and the scheduling policy decide how much CPU time a process gets
    when others want it, too. Child processes inherit them from whoever started the program (a
    shell, systemd, cron, the container engine).

Why it matters
    Each step of the nice value is a factor of 1.25: at 19, or with the policies `idle` and
    `batch`, the program gets little of a busy CPU and is slow whenever something else runs;
    real-time policies (fifo, rr) put it before everything else.

How to confirm
    `ps -o ni,cls,comm -p PID` on both sides, while the machine is busy.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA431",
    name="scheduling-priority",
    effects=("performance",),
    severity="medium",
    reads=(
        "process.nice",
        "process.scheduler",
    ),
    remedy=Remedy(
        runtime="start both without `nice` and `chrt`; systemd: Nice=0 and "
        "CPUSchedulingPolicy=other in the unit",
    ),
    sources=("https://man7.org/linux/man-pages/man7/sched.7.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    found = [pair.change("process.nice"), pair.change("process.scheduler")]
    changes = [c for c in found if c is not None and None not in (c.before, c.after)]
    if not changes:
        return
    nice = [value for value in pair.values("process.nice") if isinstance(value, int)]
    far = max(nice, default=0) - min(nice, default=0) >= 10 or changes[0] is found[1]
    yield Hit(
        message=f"{told(changes)}: on a busy machine the program gets less or more of the CPU.",
        changes=tuple(changes),
        confidence=0.45 if far else 0.3,
    )
