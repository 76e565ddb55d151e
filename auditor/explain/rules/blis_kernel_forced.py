"""BLIS is told which processor to compute for.

What it means
    `BLIS_ARCH_TYPE` (`AOCL_ENABLE_INSTRUCTIONS` in AMD's build) and `BLIS_MODEL_TYPE` override
    what the BLAS library BLIS detects: it takes the kernels of the named processor family. The
    sides differ in them.

Why it matters
    Other kernels block and sum in another order and with other instructions, so matrix products
    differ in their last digits. A kernel for instructions that the machine lacks ends the
    process (illegal instruction), one for an older processor is slower.

How to confirm
    Run the program on B with A's setting; `BLIS_ARCH_DEBUG=1` prints the family that is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

RULE = Rule(
    id="EA103",
    name="blis-kernel-forced",
    effects=("numerics", "crash", "performance"),
    severity="high",
    reads=("env.BLIS_*", "env.AOCL_*", "native.*blis*", "python.packages.*", "os.packages.*blis*"),
    remedy=variable_remedy("BLIS_ARCH_TYPE", "zen3"),
    sources=(
        "https://docs.amd.com/r/en-US/57404-AOCL-user-guide/Using-Dynamic-Dispatch?contentId=hCK9V6tRmxAyBv79iRLd7w",
        "https://github.com/flame/blis/blob/master/docs/Multithreading.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, "BLIS_ARCH_TYPE", "AOCL_ENABLE_INSTRUCTIONS", "BLIS_MODEL_TYPE")
    users = [
        *pair.native("blis"),
        *pair.installed("blis"),
        *(path for path, _, _ in pair.facts("os.packages.*blis*")),
    ]
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: the BLAS library BLIS computes with the kernels of another "
        "processor, which changes the last digits of matrix products, and crashes (illegal "
        "instruction) where the machine lacks that processor's instructions.",
        changes=changes,
        facts=first(users),
        confidence=0.9,
    )
