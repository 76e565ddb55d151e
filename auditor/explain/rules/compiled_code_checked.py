"""Code that is compiled as the program runs checks itself on one side, or is not compiled.

What it means
    Numba compiles functions as they are called; NUMBA_BOUNDSCHECK adds a check to each access of
    an array. CPython 3.13 and later can have a compiler of its own, switched by PYTHON_JIT. The
    sides differ in one of them.

Why it matters
    Loops with a check at each step take several times as long. Checks turn accesses beyond an
    array's end, which otherwise go unnoticed or crash, into an IndexError.

How to confirm
    Unset the variable on the slow side and compare; the first call compiles, so time the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...model import Change
from ..knowledge.switches import acts, settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA419",
    name="compiled-code-checked",
    effects=("performance",),
    severity="medium",
    reads=(
        "env.NUMBA_BOUNDSCHECK",
        "env.PYTHON_JIT",
        "python.packages.numba",
        "python.series",
    ),
    remedy=Remedy(
        image="remove `ENV NUMBA_BOUNDSCHECK=1` (PYTHON_JIT) from the Dockerfile",
        runtime="docker run -e NUMBA_BOUNDSCHECK=0 ... on both sides, or on neither",
    ),
    sources=(
        "https://github.com/numba/numba/blob/main/docs/source/reference/envvars.rst",
        "https://github.com/numba/numba/blob/main/docs/source/user/faq.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    numba = pair.installed("numba")
    bounds = pair.change("env.NUMBA_BOUNDSCHECK")
    if numba and bounds is not None and acts(bounds, "0"):
        yield _hit([bounds], numba, 0.6)
    # CPython's own compiler: experimental builds of 3.13 and later.
    if all(series is not None and series >= (3, 13) for series in pair.series_numbers()):
        own = settings(pair, "PYTHON_JIT")
        if own:
            yield _hit(own, ["python.series"], 0.3)


def _hit(changes: Sequence[Change], facts: list[str], confidence: float) -> Hit:
    return Hit(
        message=f"{told(changes)}: compiled code checks itself, or is not compiled, on one "
        "side, and takes longer there.",
        changes=tuple(changes),
        facts=first(facts),
        confidence=confidence,
    )
