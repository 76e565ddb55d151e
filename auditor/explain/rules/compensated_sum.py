"""Python's sum() of floats is more exact from 3.12 on.

What it means
    Since Python 3.12 the built-in sum() adds floats with a correction for what rounding loses
    (Neumaier's method); before, it adds them one by one. One side has 3.12 or later.

Why it matters
    sum([0.1] * 10) is 1.0 instead of 0.9999999999999999: means, weights that must add up to one,
    statistics and comparisons with == differ in their last digits.

How to confirm
    `python -c "print(sum([0.1] * 10))"` on both sides; replace sum by math.fsum in the program
    to have the same on both.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA145",
    name="compensated-sum",
    effects=("numerics",),
    severity="high",
    reads=("python.series", "python.version", "python.implementation"),
    remedy=Remedy(image="take one Python for both: `FROM python:3.12-slim`"),
    sources=(
        "https://github.com/python/cpython/issues/100425",
        "https://github.com/python/cpython/pull/104912.patch",
    ),
)
COMPENSATED = (3, 12)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.series")
    ours, theirs = pair.series_numbers()
    if change is None or ours is None or theirs is None:
        return
    if (ours >= COMPENSATED) != (theirs >= COMPENSATED):
        yield Hit(
            message=f"Python is {sides(change)}: from 3.12 on sum() corrects what rounding "
            "loses, so that sums of floats differ in their last digits.",
            changes=(change,),
            confidence=0.75,
        )
