"""A BLAS has chosen the kernels of another processor.

What it means
    OpenBLAS, BLIS and MKL look at the processor when they are loaded and choose the inner loops
    that they compute with. The libraries that were really loaded (`--deep`) have chosen other
    ones on the two sides, without having been told to.

Why it matters
    Other kernels sum in another order and with other instructions (FMA, AVX-512): matrix and dot
    products, solvers and all that is built on them differ in their last bits, sometimes visibly.

How to confirm
    `python -m threadpoolctl -i numpy` on both sides shows "architecture". Run the side with the
    newer kernels with `OPENBLAS_CORETYPE` set to the other's.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA151",
    name="blas-kernel-chosen",
    effects=("numerics", "performance"),
    severity="high",
    reads=("threads.*", "env.OPENBLAS_CORETYPE", "cpu.flags"),
    remedy=Remedy(
        runtime="docker run -e OPENBLAS_CORETYPE=Haswell ... on both sides (a processor whose "
        "instructions both have)",
        host="the same kind of machine for both: a node selector or an instance type",
    ),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/runtime_variables.md",
        "https://github.com/joblib/threadpoolctl/blob/master/README.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    if pair.change("env.OPENBLAS_CORETYPE") is not None:
        return  # told to: another rule's matter
    chosen = [
        change
        for change in pair.changes("threads.*")
        # Another build of the library is its package's matter.
        if not (change.folded_under or "").startswith("python.packages.")
        and None not in (_kernel(change.before), _kernel(change.after))
        and _kernel(change.before) != _kernel(change.after)
    ]
    if chosen:
        flags = pair.change("cpu.flags")
        yield Hit(
            message=f"{_named(chosen)}: matrix products, solvers and what is built on them differ "
            "in their last bits.",
            changes=tuple(chosen),
            facts=("cpu.flags",) if flags is not None else (),
            confidence=0.85,
        )


def _kernel(pool: Value) -> str | None:
    architecture = pool.get("architecture") if isinstance(pool, dict) else None
    return architecture if isinstance(architecture, str) else None


def _named(changes: list[Change]) -> str:
    return "; ".join(
        f"{change.path.removeprefix('threads.')} computes with the kernels for "
        f"{_kernel(change.before)} in A, {_kernel(change.after)} in B"
        for change in changes[:3]
    )
