"""Asking for the time costs a system call on one side.

What it means
    The kernel reads the time from a clock source. From tsc, kvm-clock,
    hyperv_clocksource_tsc_page and Arm's arch_sys_counter programs read it themselves; for xen,
    hpet, acpi_pm and jiffies every `time.time()` and `time.perf_counter()` is a system call.
    The sides' hosts have one of each.

Why it matters
    Programs that ask often (loggers, tracers, profilers, event loops, databases' clients) spend
    much of their time in that, ten times and more per call; the resolution is coarser as well,
    so that short times measure as 0.

How to confirm
    `cat /sys/devices/system/clocksource/clocksource0/current_clocksource; python -m timeit -s
    'import time' 'time.perf_counter()'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA557",
    name="clock-source-slow",
    effects=("performance", "time"),
    severity="medium",
    reads=("time.clocksource", "kernel.clocksource"),
    remedy=Remedy(
        host="boot with `clocksource=tsc`, or `echo tsc > "
        "/sys/devices/system/clocksource/clocksource0/current_clocksource`, where "
        "the machine's tsc is reliable; choose a virtual machine type that offers "
        "kvm-clock or tsc",
    ),
    sources=(
        "https://github.com/zalando-stups/taupage/issues/478",
        "https://github.com/QubesOS/qubes-core-agent-linux/pull/376",
        "https://github.com/torvalds/linux/blob/master/Documentation/timers/timekeeping.rst",
    ),
)

SLOW: frozenset[object] = frozenset({"xen", "hpet", "acpi_pm", "pit", "jiffies", "refined-jiffies"})


def check(pair: Pair) -> Iterator[Hit]:
    changes = pair.changes("time.clocksource", "kernel.clocksource")
    if not changes:
        return
    slow = where((changes[0].before, changes[0].after), lambda value: value in SLOW)
    if slow not in ("A", "B"):
        return
    yield Hit(
        message=f"The host's clock source is {sides(changes[0])}: in {slow} every reading of the "
        "time is a slow system call.",
        changes=tuple(changes),
        confidence=0.5,
    )
