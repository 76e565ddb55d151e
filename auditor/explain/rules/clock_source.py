"""Asking for the time is expensive on one side.

What it means
    The kernel reads the time from a clock source. With `tsc`, and with the paravirtual ones of
    current hypervisors, programs read it themselves, without a system call; with `xen`, `hpet`,
    `acpi_pm` or `jiffies` each look at the clock is a slow system call.

Why it matters
    Programs that look at the clock often (logging, tracing, asyncio, databases, profilers) become
    slower: each look takes microseconds instead of tens of nanoseconds.

How to confirm
    `python -m timeit -s 'import time' 'time.perf_counter()'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA435",
    name="clock-source",
    effects=("performance",),
    severity="low",
    reads=(
        "kernel.clocksource",
        "time.clocksource",
    ),
    remedy=Remedy(
        host="echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource, or "
        "`clocksource=tsc` on the kernel's command line, where the machine supports it",
    ),
    sources=(
        "https://blog.packagecloud.io/system-calls-are-much-slower-on-ec2/",
        "https://heapanalytics.com/blog/engineering/clocksource-aws-ec2-vdso",
        "https://man7.org/linux/man-pages/man7/vdso.7.html",
    ),
)


SLOW = ("xen", "hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit")


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("kernel.clocksource") or pair.change("time.clocksource")
    if change is None or None in (change.before, change.after):
        return
    if (change.before in SLOW) == (change.after in SLOW):
        return
    yield Hit(
        message=f"The kernel's clock source is {sides(change)}: with one of them each look at "
        "the time is a slow system call.",
        changes=(change,),
        confidence=0.4,
    )
