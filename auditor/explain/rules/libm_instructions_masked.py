"""The C library is told not to use some of the processor's instructions.

What it means
    glibc holds its mathematical functions (exp, log, pow, sin, atan ...) compiled with and
    without FMA and AVX2, and chooses by the processor. `GLIBC_TUNABLES=glibc.cpu.hwcaps=...`
    (or `glibc.cpu.hwcap_mask`, LD_HWCAP_MASK) takes instructions out of that choice. The sides
    differ in it.

Why it matters
    The versions with FMA round at other places: some results of exp, log, pow, sin and cos
    differ in the last digit, in Python's math module, in NumPy where it calls the C library, and
    in compiled extensions.

How to confirm
    Run the program on B with A's setting. `ld.so --list-tunables` shows the values in effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..knowledge.instruction_sets import GLIBC_FLAGS, processor_flags
from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

# The names of features that choose among versions of mathematical functions.
DECISIVE = {"fma", "avx2", "fma4", "avx"}

RULE = Rule(
    id="EA123",
    name="libm-instructions-masked",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.GLIBC_TUNABLES", "env.LD_HWCAP_MASK", "os.libc.*", "os.arch", "cpu.f*"),
    remedy=variable_remedy("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-AVX2"),
    sources=(
        "https://github.com/bminor/glibc/blob/master/manual/tunables.texi",
        "https://git.zx2c4.com/glibc/tree/sysdeps/x86_64/fpu/multiarch",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = tuple(
        change
        for change in settings(pair, "GLIBC_TUNABLES", "LD_HWCAP_MASK")
        if change.key == "LD_HWCAP_MASK" or _masked(change.before) != _masked(change.after)
    )
    if not changes or "musl" in pair.values("os.libc.family"):
        return
    names = {
        name
        for change in changes
        for name in _masked(change.before) ^ _masked(change.after)
        if change.key == "GLIBC_TUNABLES"
    }
    flags = processor_flags(pair)
    possible = not any(flags) or any(side & GLIBC_FLAGS for side in flags)
    decisive = possible and any(
        name.lstrip("+-").removesuffix("_usable") in DECISIVE for name in names
    )
    yield Hit(
        message=f"{told(changes)}: the C library takes versions of exp, log, pow, sin and others "
        "for other instructions, which round differently in the last digit.",
        changes=changes,
        facts=first(path for path, _, _ in pair.facts("os.libc.version", "os.libc.family")),
        confidence=0.85 if decisive else 0.3,
    )


def _masked(value: Value) -> frozenset[str]:
    """What `name=value:name=value` says of the processor's capabilities, in lower case."""
    found: set[str] = set()
    for part in str(value or "").split(":"):
        name, _, features = part.partition("=")
        if name.strip() in ("glibc.cpu.hwcaps", "glibc.tune.hwcaps"):
            found.update(one.strip().lower() for one in features.split(",") if one.strip())
        elif "hwcap_mask" in name or name.strip() == "glibc.cpu.name":
            found.add(f"{name.strip()}={features.strip()}")
    return frozenset(found)
