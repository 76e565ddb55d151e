"""oneDNN, which computes neural networks on CPUs, may use other instructions.

What it means
    `ONEDNN_MAX_CPU_ISA` (earlier `DNNL_MAX_CPU_ISA`) limits for which instruction set oneDNN
    generates its code; `ONEDNN_CPU_ISA_HINTS` prefers narrower vectors. PyTorch, TensorFlow and
    OpenVINO compute convolutions and matrix products with it. The sides differ in it.

Why it matters
    Code for other vector widths adds in another order, and AVX-512 and AMX code for bfloat16 or
    int8 rounds at other places than code that has to emulate them: outputs of a network differ
    in their last digits, quantised ones by whole steps. Speed differs much.

How to confirm
    Run the program on B with A's setting; `ONEDNN_VERBOSE=1` names the chosen code at each call.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.instruction_sets import ONEDNN_USERS
from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NO_LIMIT = ("all", "default", "no_hints")

RULE = Rule(
    id="EA104",
    name="onednn-instructions-limited",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.ONEDNN_*", "env.DNNL_*", "native.*dnnl*", "python.packages.*"),
    remedy=variable_remedy("ONEDNN_MAX_CPU_ISA", "AVX2"),
    sources=("https://oneapi-src.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = tuple(
        change
        for change in settings(
            pair,
            "ONEDNN_MAX_CPU_ISA",
            "DNNL_MAX_CPU_ISA",
            "ONEDNN_CPU_ISA_HINTS",
            "DNNL_CPU_ISA_HINTS",
        )
        if acts(change, alike=NO_LIMIT)
    )
    users = [*pair.native("dnnl"), *pair.installed(*ONEDNN_USERS)]
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: oneDNN computes convolutions and matrix products with code "
        "for other instructions, which changes the last digits of a network's outputs, and its "
        "speed.",
        changes=changes,
        facts=first(users),
        confidence=0.8,
    )
