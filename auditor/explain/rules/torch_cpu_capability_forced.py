"""PyTorch is told for which instructions to run its CPU code.

What it means
    PyTorch's own functions (sums, exponentials, normalisation, activation ...) are compiled
    several times: without vectors, for AVX2 and for AVX-512. `ATEN_CPU_CAPABILITY` overrides
    the choice by the processor. The sides differ in it.

Why it matters
    Vectors of another width hold other partial sums, and vectorised exponentials and logarithms
    are other approximations than the scalar ones: outputs differ in their last digits, and so
    do the weights after training. Without vectors it is several times slower.

How to confirm
    `python -c "import torch; print(torch.backends.cpu.get_cpu_capability())"` on both sides;
    then run the program on B with A's setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA106",
    name="torch-cpu-capability-forced",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.ATEN_CPU_CAPABILITY", "native.*torch*", "python.packages.torch"),
    remedy=variable_remedy("ATEN_CPU_CAPABILITY", "avx2"),
    sources=(
        "https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/DispatchStub.cpp",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.ATEN_CPU_CAPABILITY")
    users = [*pair.loaded("torch"), *pair.installed("torch")]
    if change is None or not acts(change) or not users:
        return
    yield Hit(
        message=f"ATEN_CPU_CAPABILITY is {sides(change)}: PyTorch runs its CPU code compiled for "
        "other vector instructions, which adds in another order and changes the last digits of "
        "sums, exponentials and everything trained with them.",
        changes=(change,),
        facts=first(users),
        confidence=0.9,
    )
