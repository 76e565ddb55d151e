"""OpenBLAS cuts matrices into blocks of another size.

What it means
    OpenBLAS multiplies matrices block by block; the blocks are sized by the second-level cache.
    `OPENBLAS_L2_SIZE` and `OPENBLAS_BLOCK_FACTOR` (GOTO_BLOCK_FACTOR) override that. The sides
    differ in them.

Why it matters
    Another block size groups the additions otherwise where a block's depth changes, and decides
    which kernel runs on the edges: matrix products can differ in their last digits, and in
    speed.

How to confirm
    Run the program on B with A's setting, and on both sides without OPENBLAS_L2_SIZE and
    OPENBLAS_BLOCK_FACTOR.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

RULE = Rule(
    id="EA148",
    name="openblas-blocking-tuned",
    effects=("numerics", "performance"),
    severity="low",
    reads=(
        "env.OPENBLAS_L2_SIZE",
        "env.OPENBLAS_BLOCK_FACTOR",
        "env.GOTO_BLOCK_FACTOR",
        "native.*openblas*",
        "python.packages.*",
    ),
    remedy=variable_remedy("OPENBLAS_L2_SIZE", "1024"),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/runtime_variables.md",
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/driver/others/parameter.c",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, "OPENBLAS_BLOCK_FACTOR", "GOTO_BLOCK_FACTOR", "OPENBLAS_L2_SIZE")
    users = pair.openblas()
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: OpenBLAS cuts matrices into blocks of another size, which can "
        "change the last digits of matrix products, and their speed.",
        changes=changes,
        facts=first(users),
        confidence=0.45,
    )
