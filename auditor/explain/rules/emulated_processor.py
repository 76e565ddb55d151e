"""One side's processor is emulated.

What it means
    The image's programs are for another architecture than the machine, and an emulator (QEMU,
    Rosetta) runs them: typically an amd64 image on a laptop with an Arm processor. The other
    side runs them directly.

Why it matters
    The emulated processor has its own set of instructions, mostly without AVX and FMA, so that
    NumPy, OpenBLAS and the C library choose other code: results differ in their last digits.
    It is also 5 to 20 times slower, and what the emulator does not know ends the process.

How to confirm
    `docker image inspect -f '{{.Architecture}}' IMAGE` against `uname -m` of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA131",
    name="emulated-processor",
    effects=("numerics", "performance", "crash"),
    severity="high",
    reads=("cpu.emulated", "env.QEMU_CPU", "native.*", "python.packages.*"),
    remedy=Remedy(
        image="build for the machine: `docker buildx build --platform linux/arm64,linux/amd64`",
        runtime="docker run without `--platform linux/amd64` on an Arm machine",
        host="run the comparison on a machine of the image's architecture",
    ),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/faq.md",
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/simd/build-options.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    emulated = pair.change("cpu.emulated")
    if emulated is not None and None not in (emulated.before, emulated.after):
        yield Hit(
            message=f"The processor is emulated ({sides(emulated)}): the emulator offers other "
            "instructions, by which numerical libraries choose other code, and is many times "
            "slower.",
            changes=(emulated,),
            facts=first(pair.blas()),
            confidence=0.75 if pair.blas() else 0.6,
        )
    model = pair.change("env.QEMU_CPU")
    if model is not None and True in pair.values("cpu.emulated"):
        yield Hit(
            message=f"QEMU_CPU is {sides(model)}: the emulated processor has other instructions, "
            "by which numerical libraries choose other code.",
            changes=(model,),
            facts=("cpu.emulated",),
            confidence=0.75,
        )
