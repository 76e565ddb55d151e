"""NumPy may use other vector instructions.

What it means
    NumPy compiles its loops (exp, log, sin, sums, sorting ...) several times and chooses by the
    processor at import. `NPY_DISABLE_CPU_FEATURES` and `NPY_ENABLE_CPU_FEATURES` take features
    out of that choice. The sides differ in them.

Why it matters
    The loops for AVX2 and AVX-512 are other approximations than the plain ones, which call the
    C library, and sum in another order: float32 and float64 functions differ in their last
    digits, and the order of equal elements in an unstable sort can differ.

How to confirm
    `python -c "import numpy; numpy.show_runtime()"` lists the features found on each side; run
    the program on B with A's setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.instruction_sets import NUMPY_FEATURES, processor_flags
from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

RULE = Rule(
    id="EA107",
    name="numpy-simd-switched",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.NPY_*ABLE_CPU_FEATURES", "python.packages.numpy", "cpu.f*"),
    remedy=variable_remedy("NPY_DISABLE_CPU_FEATURES", "AVX512F"),
    sources=(
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/simd/build-options.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, "NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES")
    users = pair.installed("numpy")
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: NumPy computes its functions and sums with other vector "
        "instructions, which are other approximations and change the last digits.",
        changes=changes,
        facts=first(users),
        confidence=0.9 if _in_the_processor(pair, changes) else 0.3,
    )


def _in_the_processor(pair: Pair, changes: tuple[Change, ...]) -> bool:
    """Whether a feature that is named on one side only is one that the processors have; a name
    that is not known here may be."""
    flags = processor_flags(pair)
    if not any(flags):
        return True
    for change in changes:
        for name in _features(change.before) ^ _features(change.after):
            if name not in NUMPY_FEATURES or any(NUMPY_FEATURES[name] in side for side in flags):
                return True
    return False


def _features(value: object) -> frozenset[str]:
    return frozenset(str(value or "").upper().replace(",", " ").split())
