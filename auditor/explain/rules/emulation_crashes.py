"""The image's programs run under an emulator on one side, which is not complete.

What it means
    The image is built for another kind of processor than the machine's (linux/amd64 on an Arm
    machine, or the reverse), so that each instruction is translated by QEMU or Rosetta.

Why it matters
    Emulation is not complete: programs crash ("qemu: uncaught target signal 11 (Segmentation
    fault)"), hang in threads or JIT compilers, lack AVX and other instructions ("Illegal
    instruction"), and cannot be traced. They run several to a hundred times slower, so that
    timeouts strike.

How to confirm
    `docker inspect -f '{{.Architecture}}' IMAGE` against `uname -m` on the machine; run the
    image that is built for it: `docker run --platform linux/arm64 ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, shown, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA341",
    name="emulation-crashes",
    effects=("crash", "performance", "numerics"),
    severity="high",
    reads=("cpu.emulated", "os.arch", "kernel.machine", "container.architecture", "env.QEMU_CPU"),
    remedy=Remedy(
        image="docker buildx build --platform linux/amd64,linux/arm64 ... (an image for both)",
        runtime="docker run --platform linux/arm64 ... (the machine's own architecture)",
    ),
    sources=(
        "https://github.com/docker/for-mac/issues/5123",
        "https://github.com/docker/for-mac/issues/6070",
        "https://github.com/multiarch/qemu-user-static/issues/177",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("cpu.emulated")
    related = [
        found
        for path in ("os.arch", "kernel.machine", "container.architecture")
        if (found := pair.change(path)) is not None
    ]
    if change is not None and True in (change.before, change.after):
        arch = pair.values("os.arch")
        yield Hit(
            message=f"The programs (for {shown(arch[0])} in A, {shown(arch[1])} in B) are "
            f"emulated: {sides(change)}; emulation crashes on some instructions and threads, and "
            "is many times slower.",
            changes=(change, *related),
            confidence=0.65,
        )
    variable = pair.change("env.QEMU_CPU")
    if variable is not None and True in pair.values("cpu.emulated"):
        yield Hit(
            message=f"QEMU_CPU is {sides(variable)}: the emulated processor offers other "
            "instructions, so that libraries choose other code or end with 'Illegal instruction'.",
            changes=(variable,),
            facts=("cpu.emulated",),
            confidence=0.75,
        )
