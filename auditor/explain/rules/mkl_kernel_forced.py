"""Intel's MKL is told which processor's code to run.

What it means
    MKL holds several versions of its functions, one an instruction set, and takes the best for
    the processor. `MKL_CBWR` fixes the version and makes results reproducible;
    `MKL_ENABLE_INSTRUCTIONS` limits the choice; `MKL_DEBUG_CPU_TYPE` (up to 2020.0) overrides
    what is detected. The sides differ in one of them.

Why it matters
    Another version sums in another order and with other instructions (FMA, AVX-512), so matrix
    products, solvers and transforms differ in their last digits; what follows from them can
    differ visibly. Code for an older processor is also slower.

How to confirm
    Run the program on B with A's setting. `MKL_VERBOSE=1 python program.py` shows the
    instruction set and the mode (CNR) at each call.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

VARIABLES = (
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_DEBUG_CPU_TYPE",
    "MKL_ENABLE_AVX512",
    "MKL_SERVICE_FORCE_INTEL",
)
# These act on old or on new releases only, or only on how the processor is recognised.
LESS_CERTAIN = {"MKL_DEBUG_CPU_TYPE", "MKL_ENABLE_AVX512", "MKL_SERVICE_FORCE_INTEL"}

RULE = Rule(
    id="EA102",
    name="mkl-kernel-forced",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.MKL_*", "native.*mkl*", "python.packages.*"),
    remedy=variable_remedy("MKL_CBWR", "AVX2"),
    sources=(
        "https://intel.com/content/www/us/en/docs/onemkl/developer-guide-macos/2024-0/specifying-code-branches.html",
        "https://www.intel.com/content/www/us/en/docs/onemkl/developer-reference-c/2026-0/mkl-enable-instructions.html",
        "https://github.com/ValeevGroup/tiledarray/pull/448",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, *VARIABLES)
    users = pair.mkl()
    if not changes or not users:
        return
    sure = any(change.key not in LESS_CERTAIN for change in changes)
    name = changes[0].key
    value = next(str(v) for v in (changes[0].before, changes[0].after) if v is not None)
    yield Hit(
        message=f"{told(changes)}: MKL computes with the code of another instruction set, which "
        "changes the last digits of matrix products, solvers and transforms.",
        changes=changes,
        facts=first(users),
        confidence=0.9 if sure else 0.6,
        remedy=variable_remedy(name, value),
    )
