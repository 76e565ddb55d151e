"""pandas and xarray sum with bottleneck on one side, with NumPy on the other.

What it means
    pandas and xarray use bottleneck for sum, mean, std and var of columns without being told,
    if it is installed. It is there on one side only, or in another version.

Why it matters
    bottleneck adds from first to last, NumPy pairwise: means and sums of long float32 columns
    differ in the third digit and more (a mean of 33 million ones is 0.5), those of float64 in
    the last ones. Since pandas 1.5 the mean no longer uses it, other reductions do.

How to confirm
    `python -c "import pandas; pandas.set_option('compute.use_bottleneck', False)"` at the start
    of the program on both sides, or `pip uninstall bottleneck`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA144",
    name="pandas-sums-by-bottleneck",
    effects=("numerics", "performance"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="RUN pip install bottleneck==1.4.2 in both images, or in neither",
        runtime="pandas.set_option('compute.use_bottleneck', False) in the program",
    ),
    sources=(
        "https://github.com/pandas-dev/pandas/issues/42878",
        "https://github.com/pandas-dev/pandas/issues/25307",
        "https://github.com/pydata/bottleneck/issues/193",
        "https://github.com/pydata/numexpr/blob/master/doc/user_guide.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.packages.bottleneck")
    users = pair.installed("pandas", "xarray")
    if change is not None and users:
        one_side = None in (change.before, change.after)
        yield Hit(
            message=f"bottleneck is {sides(change)}: pandas and xarray take it for sums and "
            "means if it is installed, and it adds in another order than NumPy, which changes "
            "the last digits (of float32 also the third).",
            changes=(change,),
            facts=first(users),
            confidence=0.85 if one_side else 0.3,
        )
    numexpr = pair.change("python.packages.numexpr")
    if numexpr is not None and None in (numexpr.before, numexpr.after) and users:
        yield Hit(
            message=f"numexpr is {sides(numexpr)}: pandas takes it for arithmetic on large "
            "tables and for eval and query if it is installed; it rewrites powers and promotes "
            "types in its own way, which can change the last digits.",
            changes=(numexpr,),
            facts=first(users),
            confidence=0.45,
        )
