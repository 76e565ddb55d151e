"""MKL runs other code on Intel's processors than on others.

What it means
    Intel's MKL (in conda's NumPy, in PyTorch for x86) looks at the maker of the processor, not
    only at its instructions. The processors are of different makers.

Why it matters
    MKL takes other code paths on AMD's processors, which add in another order: results differ
    in their last digits with the same image, and MKL_CBWR=AVX2 gives reproducible results on
    Intel's only (elsewhere AUTO is taken; COMPATIBLE works on all).

How to confirm
    Run the program on both sides with `MKL_CBWR=COMPATIBLE`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA122",
    name="processor-vendor-differs",
    effects=("numerics", "performance"),
    severity="high",
    reads=("cpu.vendor", "cpu.model_name", "native.*mkl*", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run -e MKL_CBWR=COMPATIBLE ... on both sides (slower)",
        host="run on nodes with processors of one maker",
    ),
    sources=(
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-windows/2025-1/get-started-with-conditional-num-reproducibility.html",
        "https://github.com/ValeevGroup/tiledarray/pull/448",
        "https://github.com/tensorflow/tensorflow/issues/56529",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("cpu.vendor")
    users = pair.mkl()
    if change is None or None in (change.before, change.after) or not users:
        return
    yield Hit(
        message=f"The processor's maker is {sides(change)}: MKL takes other code on processors "
        "that are not Intel's, which changes the last digits of matrix products and solvers.",
        changes=(change,),
        facts=first(users),
        confidence=0.75,
    )
