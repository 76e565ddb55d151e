"""The compiler XLA, behind JAX and TensorFlow, has other options.

What it means
    XLA_FLAGS and TF_XLA_FLAGS switch optimisations, determinism, the number of CPU devices,
    autotuning and fast mathematics of the compiler that JAX always and TensorFlow partly uses.
    The sides differ in them.

Why it matters
    Another fusion, another algorithm for a matrix product, or fast mathematics on CPUs rounds at
    other places; a forced number of host devices divides the data otherwise; without
    deterministic operations results on GPUs vary from run to run.

How to confirm
    Run the program on B with A's XLA_FLAGS; `XLA_FLAGS=--help python -c 'import jax;
    jax.numpy.zeros(1)'` lists the flags and their defaults.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NUMERIC = ("fast_math", "determinis", "autotune", "precision", "algorithm", "host_platform_device",
           "auto_jit", "opt_level", "disable", "triton", "cublas", "cudnn", "fusion", "max_isa",
           "prefer_vector_width", "xnnpack", "eigen", "onednn")  # fmt: skip

RULE = Rule(
    id="EA138",
    name="xla-flags-differ",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.XLA_FLAGS", "env.TF_XLA_FLAGS", "python.packages.*"),
    remedy=variable_remedy("XLA_FLAGS", "--xla_gpu_deterministic_ops=true"),
    sources=(
        "https://github.com/google/jax/discussions/10674",
        "https://www.github.com/openxla/xla/pull/12520",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    jax = pair.installed("jax", "jaxlib", "torch-xla")
    tensorflow = pair.installed("tensorflow", "tensorflow-cpu", "tensorflow-intel")
    changes = tuple(
        change
        for change in settings(pair, "XLA_FLAGS", "TF_XLA_FLAGS")
        if (tensorflow or (jax and change.key == "XLA_FLAGS"))
        and _flags(change.before) != _flags(change.after)
    )
    if not changes:
        return
    differing = {flag for c in changes for flag in _flags(c.before) ^ _flags(c.after)}
    numeric = any(piece in flag for flag in differing for piece in NUMERIC)
    yield Hit(
        message=f"{told(changes)}: the compiler behind JAX and TensorFlow optimises in another "
        "way, which changes where results are rounded.",
        changes=changes,
        facts=first([*jax, *tensorflow]),
        confidence=(0.8 if jax else 0.6) if numeric else 0.3,
    )


def _flags(value: Value) -> frozenset[str]:
    return frozenset(str(value or "").lower().split())
