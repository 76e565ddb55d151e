"""Numbers are held or multiplied in another format.

What it means
    JAX_ENABLE_X64 decides whether JAX has 64-bit numbers at all (32 by default),
    JAX_DEFAULT_MATMUL_PRECISION how exactly it multiplies, ACCELERATE_MIXED_PRECISION whether a
    training runs in float16 or bfloat16, ROCBLAS_INTERNAL_FP16_ALT_IMPL how AMD's GPUs treat
    very small float16 numbers, NPY_PROMOTION_STATE which type NumPy 1.24 to 2.1 gives a mixed
    result. The sides differ in one of them.

Why it matters
    With half the digits everything differs from the seventh (or the third) digit on, integers
    overflow at 2 thousand million, and small numbers become zero.

How to confirm
    Print the dtype of a result on both sides; run the program on B with A's setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

# Variable -> (distributions that read it, default, how likely results differ).
SWITCHES: dict[str, tuple[tuple[str, ...], str, float]] = {
    "JAX_ENABLE_X64": (("jax",), "0", 0.9),
    "JAX_DEFAULT_DTYPE_BITS": (("jax",), "64", 0.85),
    "JAX_DEFAULT_MATMUL_PRECISION": (("jax",), "default", 0.6),
    "JAX_NUMPY_DTYPE_PROMOTION": (("jax",), "standard", 0.6),
    "ACCELERATE_MIXED_PRECISION": (("accelerate",), "no", 0.85),
    "ORT_TENSORRT_FP16_ENABLE": (("onnxruntime-gpu",), "0", 0.75),
    "ROCBLAS_INTERNAL_FP16_ALT_IMPL": (("torch",), "", 0.45),
    "NPY_PROMOTION_STATE": (("numpy",), "", 0.6),
}

RULE = Rule(
    id="EA139",
    name="number-format-switched",
    effects=("numerics", "behaviour"),
    severity="high",
    reads=(*(f"env.{name}" for name in SWITCHES), "python.packages.*"),
    remedy=variable_remedy("JAX_ENABLE_X64", "True"),
    sources=(
        "https://docs.jax.dev/en/latest/default_dtypes.html",
        "https://docs.jax.dev/en/latest/_autosummary/jax.default_matmul_precision.html",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for name, (distributions, default, confidence) in SWITCHES.items():
        change = pair.change(f"env.{name}")
        users = pair.installed(*distributions)
        if change is None or not acts(change, default) or not users:
            continue
        value = next(str(v) for v in (change.before, change.after) if v is not None)
        yield Hit(
            message=f"{name} is {sides(change)}: numbers are held or multiplied with another "
            "number of digits, so that results differ far before the last digit of a float64.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
            remedy=variable_remedy(name, value),
        )
