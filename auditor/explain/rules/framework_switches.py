"""A framework is set to compute with another precision, or another algorithm.

What it means
    The frameworks were asked in the application's own interpreter how they are set (`--deep`):
    precision of matrix products (TF32, bfloat16), deterministic algorithms, default types,
    flushing of denormals, options of pandas and scikit-learn. One of these differs.

Why it matters
    TF32 keeps 10 bits of the fraction where float32 has 23; non-deterministic algorithms give
    other results on each run; another default type or option changes results outright.

How to confirm
    Ask the framework itself on both sides (torch.get_float32_matmul_precision(),
    torch.are_deterministic_algorithms_enabled(), pandas.get_option(...)), and set the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

_SWITCHES = (
    "frameworks.torch.deterministic",
    "frameworks.torch.matmul_precision",
    "frameworks.torch.flush_denormal",
    "frameworks.torch.default_dtype",
    "frameworks.torch.cudnn.*",
    "frameworks.torch.cuda.matmul.*",
    "frameworks.tensorflow.deterministic",
    "frameworks.tensorflow.tf32",
    "frameworks.tensorflow.onednn",
    "frameworks.tensorflow.float_type",
    "frameworks.jax.config.*",
    "frameworks.numpy.promotion_state",
    "frameworks.numpy.errors",
    "frameworks.pandas.options.*",
    "frameworks.pandas.string_dtype",
    "frameworks.sklearn.config.*",
    "frameworks.numexpr.vml",
    "frameworks.cv2.ipp",
    "frameworks.cv2.optimized",
    "frameworks.numba.config.*",
)
_NOT_OF_RESULTS = ("cudnn.version", "config.display", "config.print_changed_only")

RULE = Rule(
    id="EA152",
    name="framework-switches",
    effects=("numerics", "behaviour", "performance"),
    severity="high",
    reads=("frameworks.*",),
    remedy=Remedy(
        image="set it in the program itself, at its start (torch.set_float32_matmul_precision("
        "'highest'), pandas.set_option(...)), so that no environment decides it",
    ),
    sources=(
        "https://pytorch.org/docs/stable/notes/numerical_accuracy.html",
        "https://pytorch.org/docs/stable/notes/randomness.html",
        "https://pandas.pydata.org/docs/user_guide/options.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes(*_SWITCHES):
        if change.folded_under is not None or change.path.endswith(_NOT_OF_RESULTS):
            continue  # another version's default is that version's matter
        yield Hit(
            message=f"{change.path.removeprefix('frameworks.')} is {sides(change)}.",
            changes=(change,),
            confidence=0.7,
        )
