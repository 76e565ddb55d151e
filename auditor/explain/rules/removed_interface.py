"""A package no longer has an interface, or refuses what it accepted, from some version on.

What it means
    The sides have versions of a package between which its maintainers removed functions,
    arguments or file formats, or began to refuse input. The finding tells what is gone and
    since which version.

Why it matters
    What works on one side ends with ImportError, AttributeError, TypeError or a refused file or
    request on the other, sometimes only in a rare branch of the program.

How to confirm
    `python -W error::DeprecationWarning PROGRAM` on the side with the older version names the
    calls; or install the older version on the other side and run the program again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..rule import Hit, Remedy, Rule
from ..stepping import step_hits

RULE = Rule(
    id="EA202",
    name="removed-interface",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="pin the package to one version in both images: `RUN pip install NAME==VERSION`",
    ),
    sources=("https://github.com/pypa/setuptools/blob/main/NEWS.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    return step_hits(pair, lambda step: step.effects[0] == "crash")
