"""A package is known to give other results or defaults from some version on.

What it means
    The sides have versions of a package between which its maintainers changed what functions
    return, which defaults hold, or how data is read and written. The finding tells what changed
    and since which version; the table behind it holds steps of some fifty packages.

Why it matters
    The same code gives other numbers, other columns, other text or other models, mostly without
    an error or a warning.

How to confirm
    Install A's version of the package in B (`pip install NAME==VERSION` in a copy of the
    environment) and run the program again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..rule import Hit, Remedy, Rule
from ..stepping import step_hits

RULE = Rule(
    id="EA201",
    name="known-change-of-results",
    effects=("behaviour", "numerics", "text", "time"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="pin the package to one version in both images: `RUN pip install NAME==VERSION`",
    ),
    sources=("https://github.com/numpy/numpy/blob/main/doc/source/release/2.0.0-notes.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    return step_hits(pair, lambda step: step.effects[0] != "crash")
