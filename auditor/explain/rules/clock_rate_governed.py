"""The processor's clock rate is governed otherwise.

What it means
    The frequency governor (`performance`, `powersave`, `schedutil` ...), the boost above the
    nominal rate, and sibling threads (SMT) are settings of the machine. The sides differ in one.

Why it matters
    Held low, or slow to rise, the same processor computes at half its speed or less, in the first
    seconds or all the time. With SMT, two threads share one core: twice as many CPUs are counted,
    and each is slower when both are busy.

How to confirm
    `grep MHz /proc/cpuinfo` under load, and `cat
    /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor`, on both machines.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA438",
    name="clock-rate-governed",
    effects=("performance",),
    severity="medium",
    reads=(
        "cpu.scaling_governor",
        "cpu.boost",
        "cpu.smt",
        "cpu.threads_per_core",
        "cpu.model_name",
    ),
    remedy=Remedy(
        host="cpupower frequency-set -g performance; echo 1 > "
        "/sys/devices/system/cpu/cpufreq/boost; echo on > "
        "/sys/devices/system/cpu/smt/control, on both machines",
    ),
    sources=("https://docs.kernel.org/admin-guide/pm/cpufreq.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    paths = ("cpu.scaling_governor", "cpu.boost", "cpu.smt")
    found = (pair.change(path) for path in paths)
    changes = [c for c in found if c is not None and None not in (c.before, c.after)]
    if not changes:
        return
    yield Hit(
        message=f"{told(changes)} (settings of the machine's processors): they run at another "
        "clock rate, or share cores between threads, on one side.",
        changes=tuple(changes),
        confidence=0.45 if changes[0].path != "cpu.smt" else 0.3,
    )
