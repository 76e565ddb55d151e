"""Arrow may use other vector instructions.

What it means
    `ARROW_USER_SIMD_LEVEL` limits which of its compiled variants (SSE4.2, AVX2, AVX-512) Arrow
    takes on x86 processors. pyarrow's sums, means and comparisons run in them, and so do pandas'
    Arrow-backed columns. The sides differ in it.

Why it matters
    Variants for wider vectors hold more partial sums, so sums and means of floating-point
    columns can differ in their last digits; mostly it decides the speed.

How to confirm
    `python -c "import pyarrow; print(pyarrow.runtime_info())"` shows the level on each side; run
    the program on B with A's setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA112",
    name="arrow-simd-level",
    effects=("numerics", "performance"),
    severity="medium",
    reads=("env.ARROW_USER_SIMD_LEVEL", "python.packages.pyarrow", "os.arch"),
    remedy=variable_remedy("ARROW_USER_SIMD_LEVEL", "AVX2"),
    sources=("https://arrow.apache.org/docs/cpp/env_vars.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.ARROW_USER_SIMD_LEVEL")
    users = pair.installed("pyarrow")
    arm = str(pair.either("os.arch")).startswith(("aarch64", "arm"))
    if change is None or not acts(change) or not users or arm:
        return
    yield Hit(
        message=f"ARROW_USER_SIMD_LEVEL is {sides(change)}: Arrow adds columns with vectors of "
        "another width, which can change the last digits of sums and means, and the speed.",
        changes=(change,),
        facts=first(users),
        confidence=0.6,
    )
