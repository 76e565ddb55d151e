"""Python checks or traces itself on one side.

What it means
    Switches for development make the interpreter do more: development mode (PYTHONDEVMODE, -X
    dev), debug hooks on the memory allocators (PYTHONMALLOC=debug, or malloc, which goes without
    Python's own fast allocator), tracemalloc (PYTHONTRACEMALLOC), asyncio's debug mode
    (PYTHONASYNCIODEBUG), import times (PYTHONPROFILEIMPORTTIME), allocator statistics, verbose
    imports, perf support.

Why it matters
    Each costs time in every allocation, task or import; tracemalloc also memory: programs become
    slower by tens of percent to several times, and write lines that nobody reads. Development
    mode also shows warnings and checks encodings, which can change what a program prints.

How to confirm
    `python -c 'import sys, tracemalloc; print(sys.flags.dev_mode, tracemalloc.is_tracing())'` in
    the program's environment, and a run without the variable.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.switches import settings, told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA415",
    name="python-debug-switches",
    effects=(
        "performance",
        "behaviour",
    ),
    severity="medium",
    reads=(
        "env.PYTHON*",
        "python.flags.*",
    ),
    remedy=Remedy(
        image="remove `ENV PYTHONDEVMODE=1` (PYTHONMALLOC, PYTHONTRACEMALLOC ...) from the "
        "Dockerfile",
        runtime="docker run -e PYTHONDEVMODE= ... (an empty value switches it off), and no `-X "
        "dev` in the command",
    ),
    sources=(
        "https://docs.python.org/3.11/using/cmdline.html",
        "https://docs.python.org/3.11/library/devmode.html",
    ),
)


# Variable -> what it switches on, and how likely that is felt.
SWITCHES = {
    "PYTHONDEVMODE": ("development mode", 0.75),
    "PYTHONMALLOC": ("another memory allocator, or checks in it", 0.75),
    "PYTHONTRACEMALLOC": ("a trace of every allocation", 0.75),
    "PYTHONASYNCIODEBUG": ("asyncio's debug mode", 0.6),
    "PYTHONPROFILEIMPORTTIME": ("a line for every import", 0.45),
    "PYTHONMALLOCSTATS": ("statistics of the allocator", 0.6),
    "PYTHONVERBOSE": ("lines for every import", 0.45),
    "PYTHONPERFSUPPORT": ("support for perf in every call", 0.45),
    "PYTHON_PERF_JIT_SUPPORT": ("support for perf in every call", 0.45),
    "PYTHONDEBUG": ("output of the parser", 0.3),
}
# Options on the command line have the same effect.
FLAGS = (
    ("python.flags.dev_mode", "PYTHONDEVMODE"),
    ("python.flags.malloc", "PYTHONMALLOC"),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes: list[Change] = list(settings(pair, *SWITCHES))
    names = [change.key for change in changes]
    for path, name in FLAGS:
        change = pair.change(path)
        # The flags follow from the variables; and development mode also sets the allocator.
        if change is not None and not changes:
            changes.append(change)
            names.append(name)
    if not changes:
        return
    what = ", ".join(SWITCHES[name][0] for name in names)
    yield Hit(
        message=f"{told(changes)}: the side where it is on runs with {what}, which costs time "
        "at every step.",
        changes=tuple(changes),
        confidence=max(SWITCHES[name][1] for name in names),
    )
