"""The processors are of another model, with the same instructions.

What it means
    OpenBLAS, MKL and BLIS choose kernels not only by instruction set but by model (Haswell,
    Skylake, Zen ...), and block their work by the sizes of the caches. The models differ, while
    the instructions that libraries look for are the same.

Why it matters
    Another block size or kernel adds in another order: matrix products and decompositions can
    differ in their last digits between two generations of the same cloud instance.

How to confirm
    `python -m threadpoolctl -i numpy` shows the kernel ("architecture") on both sides; run both
    with the same OPENBLAS_CORETYPE.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.instruction_sets import DISPATCHERS, processor_flags
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA121",
    name="processor-model-differs",
    effects=("numerics", "performance"),
    severity="medium",
    reads=("cpu.*", "native.*", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run -e OPENBLAS_CORETYPE=Haswell -e MKL_CBWR=AVX2 ... on both sides",
        host="run on nodes of one type (Kubernetes: nodeSelector: "
        "{node.kubernetes.io/instance-type: ...})",
    ),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/faq.md",
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/runtime_variables.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("cpu.model_name") or pair.change("cpu.model")
    users = pair.blas()
    ours, theirs = processor_flags(pair)
    dispatched = frozenset().union(*(one.flags for one in DISPATCHERS))
    if change is None or not users or pair.change("os.arch") or (ours ^ theirs) & dispatched:
        return
    same_core = not any(pair.change(f"cpu.{fact}") for fact in ("vendor", "family", "model"))
    caches = any(pair.changes("cpu.cache.*"))
    yield Hit(
        message=f"The processor is {sides(change)}: linear algebra libraries choose kernels and "
        "block sizes by model and caches, which can change the last digits of matrix products.",
        changes=(change,),
        facts=first(users),
        confidence=0.15 if same_core and not caches else 0.45,
    )
