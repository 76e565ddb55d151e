"""OpenBLAS is told which processor to compute for.

What it means
    `OPENBLAS_CORETYPE` overrides what OpenBLAS detects: it takes the kernels (the inner loops
    of matrix products and dot products) of the named processor. The sides differ in it.

Why it matters
    Other kernels sum in another order and with other instructions (FMA, AVX-512), so results
    differ in their last bits, and what follows from them can differ visibly: thresholds,
    iterations, trees. A kernel for instructions that the machine does not have ends the process
    with an illegal instruction (SIGILL); one for an older processor is several times slower.

How to confirm
    Run the program on B with A's setting of OPENBLAS_CORETYPE. What was chosen is shown by
    `python -m threadpoolctl -i numpy` ("architecture").
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA101",
    name="openblas-kernel-forced",
    effects=("numerics", "crash", "performance"),
    severity="high",
    reads=("env.OPENBLAS_CORETYPE", "native.*openblas*", "python.packages.*"),
    remedy=Remedy(
        image="remove `ENV OPENBLAS_CORETYPE=...` from the Dockerfile, or set the same in both",
        runtime="docker run -e OPENBLAS_CORETYPE=Haswell ... (Kubernetes: env: "
        "[{name: OPENBLAS_CORETYPE, value: Haswell}]) on both sides, "
        "or on neither",
    ),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/runtime_variables.md",
        "https://github.com/numpy/numpy/issues/13426",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.OPENBLAS_CORETYPE")
    users = pair.openblas()
    if change is None or not users:
        return
    yield Hit(
        message=f"OPENBLAS_CORETYPE is {sides(change)}: OpenBLAS computes with the kernels of "
        "another processor, which changes the last digits of matrix products, and crashes "
        "(illegal instruction) where the machine lacks that processor's instructions.",
        changes=(change,),
        facts=first(users),
        confidence=0.9,
    )
