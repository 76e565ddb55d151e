"""Functions are compiled on one side and interpreted on the other.

What it means
    `NUMBA_DISABLE_JIT`, `JAX_DISABLE_JIT`, `TORCH_COMPILE_DISABLE`, `TORCHDYNAMO_DISABLE`
    and `PYTORCH_JIT` decide whether the functions that a program has marked are compiled. The
    sides differ in one of them.

Why it matters
    Compiled code fuses operations (one rounding instead of two), adds in another order and, with
    Numba, has C's numbers: integers of 64 bits wrap around where Python's grow, division by zero
    gives infinity, indices are not checked. Results differ from the last digit to another
    outcome; interpreted code is also much slower.

How to confirm
    Run the program on B with A's setting of the variable.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

# Variable -> (distribution that reads it, default, how likely results differ).
SWITCHES = {
    "NUMBA_DISABLE_JIT": ("numba", "0", 0.85),
    "JAX_DISABLE_JIT": ("jax", "0", 0.75),
    "TORCH_COMPILE_DISABLE": ("torch", "0", 0.6),
    "TORCHDYNAMO_DISABLE": ("torch", "0", 0.6),
    "PYTORCH_JIT": ("torch", "1", 0.6),
}

RULE = Rule(
    id="EA111",
    name="jit-compiler-switched-off",
    effects=("numerics", "behaviour", "performance"),
    severity="high",
    reads=(*(f"env.{name}" for name in SWITCHES), "python.packages.*"),
    remedy=variable_remedy("NUMBA_DISABLE_JIT", "0"),
    sources=(
        "https://github.com/numba/numba/blob/main/docs/source/reference/envvars.rst",
        "https://github.com/numba/numba/blob/main/docs/source/reference/fpsemantics.rst",
        "https://docs.jax.dev/en/latest/_sources/config_options.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for name, (distribution, default, confidence) in SWITCHES.items():
        change = pair.change(f"env.{name}")
        users = pair.installed(distribution)
        if change is None or not acts(change, default) or not users:
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: functions that {distribution} compiles on one "
            "side run uncompiled on the other, which rounds differently, treats overflow and "
            "division by zero differently, and is much slower.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
            remedy=variable_remedy(name, default),
        )
