"""Numba compiles for another processor or with other optimisations.

What it means
    Numba compiles functions when they are first called, by default for this very processor.
    `NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES` name another target, `NUMBA_OPT`,
    `NUMBA_LOOP_VECTORIZE`, `NUMBA_SLP_VECTORIZE` and `NUMBA_ENABLE_AVX` change the
    optimisations, `NUMBA_DISABLE_INTEL_SVML` takes other mathematical functions. The sides
    differ in one of them.

Why it matters
    With FMA a product and a sum round once instead of twice; vectorised loops (with fastmath)
    add in another order; Intel's SVML and the C library approximate exp, log and sin
    differently. Results differ in their last digits.

How to confirm
    Run the program on B with A's setting; `numba -s` shows the target and whether SVML is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

DEFAULTS = {
    "NUMBA_CPU_NAME": "",
    "NUMBA_CPU_FEATURES": "",
    "NUMBA_DISABLE_INTEL_SVML": "0",
    "NUMBA_OPT": "3",
    "NUMBA_LOOP_VECTORIZE": "1",
    "NUMBA_SLP_VECTORIZE": "",
    "NUMBA_ENABLE_AVX": "1",
    "NUMBA_FASTMATH": "0",
}

RULE = Rule(
    id="EA110",
    name="numba-target-changed",
    effects=("numerics", "performance"),
    severity="medium",
    reads=("env.NUMBA_*", "python.packages.numba", "python.packages.icc-rt", "native.*svml*"),
    remedy=variable_remedy("NUMBA_CPU_NAME", "generic"),
    sources=(
        "https://github.com/numba/numba/blob/main/docs/source/reference/envvars.rst",
        "https://github.com/numba/numba/blob/main/docs/source/reference/fpsemantics.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    svml = [*pair.native("svml"), *pair.installed("icc-rt")]
    changes = tuple(
        change
        for change in settings(pair, *DEFAULTS)
        if acts(change, DEFAULTS[change.key]) and (svml or "SVML" not in change.key)
    )
    users = pair.installed("numba")
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: Numba compiles its functions for other instructions or with "
        "other mathematical functions, which changes the last digits of what they compute.",
        changes=changes,
        facts=first([*users, *svml]),
        confidence=0.75,
    )
