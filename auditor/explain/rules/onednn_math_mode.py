"""oneDNN may compute single-precision numbers in a shorter format.

What it means
    `ONEDNN_DEFAULT_FPMATH_MODE` (earlier `DNNL_...`) allows oneDNN to convert float32 to
    bfloat16, float16 or TF32 inside a computation. Strict, which means no conversion, is the
    default. The sides differ in it.

Why it matters
    bfloat16 keeps 8 of the 24 significant bits: results of convolutions and matrix products
    differ in the third decimal digit, on processors (x86 with AMX, Arm with bf16) that compute
    in that format.

How to confirm
    Run the program on both sides with `ONEDNN_DEFAULT_FPMATH_MODE=STRICT`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.instruction_sets import ONEDNN_USERS, processor_flags
from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

SHORT_FORMATS = {"amx_bf16", "amx_fp16", "avx512_bf16", "avx512_fp16", "bf16", "svebf16"}

RULE = Rule(
    id="EA105",
    name="onednn-math-mode",
    effects=("numerics",),
    severity="high",
    reads=(
        "env.ONEDNN_DEFAULT_FPMATH_MODE",
        "env.DNNL_DEFAULT_FPMATH_MODE",
        "native.*dnnl*",
        "python.packages.*",
        "cpu.f*",
    ),
    remedy=variable_remedy("ONEDNN_DEFAULT_FPMATH_MODE", "STRICT"),
    sources=("https://oneapi-src.github.io/oneDNN/dev_guide_attributes_fpmath_mode.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = tuple(
        change
        for change in settings(pair, "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE")
        if acts(change, default="strict")
    )
    users = [*pair.native("dnnl"), *pair.installed(*ONEDNN_USERS)]
    if not changes or not users:
        return
    flags = processor_flags(pair)
    without = any(flags) and not any(side & SHORT_FORMATS for side in flags)
    yield Hit(
        message=f"{told(changes)}: oneDNN may compute single-precision numbers in a format with "
        "fewer digits, so that convolutions and matrix products differ in the third or fourth "
        "digit.",
        changes=changes,
        facts=first(users),
        confidence=0.3 if without else 0.85,
    )
