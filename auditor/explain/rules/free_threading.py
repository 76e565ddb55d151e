"""Python runs with the global interpreter lock on one side, without on the other.

What it means
    The free-threaded build of CPython (3.13t, 3.14t) runs threads of one process at the same
    time; PYTHON_GIL=1 (or importing an extension module that is not made for it) switches the
    lock on again. The sides differ in the build or in the variable.

Why it matters
    Without the lock, programs with threads can use all CPUs, and code in a single thread is
    slower (a substantial hit in 3.13). Code that relied on the lock can meet itself halfway:
    counters lose steps, structures break, extension modules crash.

How to confirm
    `python -c 'import sys; print(sys._is_gil_enabled())'` (3.13 and later) in the program's
    environment on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA418",
    name="free-threading",
    effects=(
        "performance",
        "behaviour",
        "crash",
    ),
    severity="medium",
    reads=(
        "python.gil",
        "python.series",
        "python.abiflags",
        "env.PYTHON_GIL",
        "env.PYTHON_TLBC",
    ),
    remedy=Remedy(
        image="the same build of Python in both (python3.13 or python3.13t)",
        runtime="docker run -e PYTHON_GIL=1 ... (or 0) on both sides",
    ),
    sources=("https://docs.python.org/3.13/howto/free-threading-python.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    build = pair.change("python.gil")
    free = [str(series or "").endswith("t") for series in pair.series()]
    switches = settings(pair, "PYTHON_GIL", "PYTHON_TLBC") if any(free) else ()
    if build is not None and None not in (build.before, build.after):
        yield Hit(
            message=f"Python has the global interpreter lock: {sides(build)}; without it "
            "threads run at the same time, single threads slower, and code that is not made for "
            "it can fail.",
            changes=(build, *switches),
            confidence=0.6,
        )
    elif switches:
        yield Hit(
            message=f"{told(switches)}: the free-threaded Python runs threads one at a time on "
            "one side, or specialises its bytecode otherwise.",
            changes=switches,
            facts=("python.series",),
            confidence=0.6,
        )
