"""The same program is compiled for another kind of processor.

What it means
    One side runs code for x86-64, the other for Arm (or another architecture, or 32 bits): an
    image for several platforms gives each machine its own, and laptops with Apple's processors
    and Graviton instances are Arm.

Why it matters
    On Arm a negative or too large number that is cast to an unsigned integer becomes 0 or the
    largest value, on x86 it wraps around; NaN becomes 0 instead of the smallest integer; `char`
    is unsigned; long double has other digits; compilers fuse a*b+c (one rounding) by default.
    And every numerical library has other kernels. Casts give visibly other values, sums differ
    in their last digits.

How to confirm
    `python -c "import numpy as np; print(np.array([-1.0, 3e9, np.nan]).astype(np.uint8))"` on
    both sides; run the other platform's image with `docker run --platform linux/amd64`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA126",
    name="architecture-differs",
    effects=("numerics", "behaviour", "performance"),
    severity="high",
    reads=("os.arch", "cpu.*", "container.architecture", "kernel.machine", "python.packages.*"),
    remedy=Remedy(
        image="docker buildx build --platform linux/amd64 ... for both",
        runtime="docker run --platform linux/amd64 ... (Kubernetes: nodeSelector: "
        "{kubernetes.io/arch: amd64}) on both sides",
    ),
    sources=(
        "https://github.com/numpy/numpy/issues/19881",
        "https://github.com/numpy/numpy/issues/22951",
        "https://github.com/numpy/numpy/issues/8325",
        "https://github.com/numba/numba/blob/main/docs/source/reference/fpsemantics.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.arch")
    if change is None or None in (change.before, change.after):
        return
    computing = pair.installed("numpy", "torch", "tensorflow", "pandas")
    yield Hit(
        message=f"The architecture is {sides(change)}: out-of-range numbers are cast to other "
        "integers, multiply-adds are fused on one side only, and libraries have other kernels, "
        "so results differ from the last digit to visibly other values.",
        changes=(change,),
        facts=first(computing),
        confidence=0.85 if computing else 0.75,
    )
