"""A package is compiled for instructions that one side's processor does not have.

What it means
    Compiled code can require a level of the processor (x86-64-v2: SSE4.2; v3: AVX2 and FMA; v4:
    AVX-512). A package on both sides requires instructions that only one side's processor, or
    virtual machine, offers.

Why it matters
    The first such instruction ends the process: SIGILL, "Illegal instruction (core dumped)",
    exit code 132, without a traceback and often at import. Some packages check and raise
    instead: "NumPy was built with baseline optimizations: (X86_V2) but your machine doesn't
    support: (X86_V2)".

How to confirm
    `docker exec CONTAINER python -c 'import polars'` (the package in question); `grep -o -m1
    -w -e avx2 -e avx -e sse4_2 /proc/cpuinfo | sort -u` on both machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.version import Version

from ...model import Fingerprint, Value
from ..pair import Pair, built_locally, first
from ..rule import Hit, Remedy, Rule


class Baseline(NamedTuple):
    """`since`: the first version whose wheels for x86-64 need the flags (as /proc/cpuinfo
    spells them)."""

    since: str
    flags: tuple[str, ...]


V2 = ("ssse3", "sse4_1", "sse4_2", "popcnt", "cx16", "lahf_lm")
V3 = (*V2, "avx", "avx2", "bmi1", "bmi2", "fma", "f16c", "movbe", "abm")

BASELINES = {
    "numpy": Baseline("2.4", V2),
    "polars": Baseline("0.19.8", ("avx2", "fma", "bmi1", "bmi2", "movbe")),
    "polars-lts-cpu": Baseline("0.15", ("ssse3", "sse4_1", "sse4_2", "popcnt")),
    "tensorflow": Baseline("1.6", ("avx",)),
    "tensorflow-cpu": Baseline("1.6", ("avx",)),
    "tensorflow-intel": Baseline("1.6", ("avx",)),
    "jaxlib": Baseline("0.1", ("avx",)),
    "paddlepaddle": Baseline("2.0", ("avx",)),
    "pyarrow": Baseline("1.0", ("sse4_2",)),
    "mediapipe": Baseline("0.8", ("avx",)),
}
# Distributions whose own programs need a level: "Fatal glibc error: CPU does not support ...".
SYSTEMS = {"9": V2, "10": V3}
SYSTEM_IDS = ("rhel", "rocky", "almalinux", "centos", "ol")

RULE = Rule(
    id="EA301",
    name="instruction-set-missing",
    effects=("crash",),
    severity="high",
    reads=(
        "cpu.flags",
        "cpu.microarchitecture",
        "cpu.model_name",
        "os.id",
        "python.packages.*",
        "python.sources.*",
    ),
    remedy=Remedy(
        image="the package's build for older processors (polars[rtcompat] or polars-lts-cpu, "
        "numpy<2.4), or one that is compiled without -march=native",
        host="a machine, or a virtual processor (for QEMU: -cpu host), that has the instructions",
    ),
    sources=(
        "https://github.com/numpy/numpy/blob/main/doc/source/release/2.4.0-notes.rst",
        "https://github.com/NixOS/nixpkgs/issues/504266",
        "https://github.com/pola-rs/polars/issues/11658",
        "https://github.com/houndry/barbet/issues/11",
        "https://github.com/tensorflow/tensorflow/issues/19584",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("cpu.flags")
    if change is None or True in pair.values("cpu.emulated"):
        return
    ours, theirs = _flags(change.before), _flags(change.after)
    if not ours or not theirs:
        return
    for name, baseline in BASELINES.items():
        for side, flags, other in (("A", ours, theirs), ("B", theirs, ours)):
            version = pair.version(name)[0 if side == "A" else 1]
            missing = [flag for flag in baseline.flags if flag not in flags]
            if (
                version is None
                or version < Version(baseline.since)
                or not missing
                or any(flag not in other for flag in baseline.flags)
            ):
                continue
            yield Hit(
                message=f"{name} {version} needs processor instructions that {side}'s processor "
                f"lacks ({', '.join(missing)}): it ends there with 'Illegal instruction' or "
                "refuses to be imported.",
                changes=(change,),
                facts=(f"python.packages.{name}",),
                confidence=0.88,
            )
    yield from _system(pair, ours, theirs)
    yield from _native_builds(pair)


def _system(pair: Pair, ours: set[str], theirs: set[str]) -> Iterator[Hit]:
    change = pair.change("cpu.flags")
    if change is None:
        return
    for side, flags, name in ((pair.a, ours, "A"), (pair.b, theirs, "B")):
        needed = _needed_by_system(side)
        missing = [flag for flag in needed if flag not in flags]
        if missing and all(flag in (theirs if name == "A" else ours) for flag in needed):
            yield Hit(
                message=f"The image's operating system is built for newer processors than {name}'s "
                f"(it lacks {', '.join(missing)}): no program of it starts there ('CPU does not "
                "support x86-64-v2' or '-v3').",
                changes=(change,),
                facts=("os.id",),
                confidence=0.85,
            )


def _needed_by_system(side: Fingerprint) -> tuple[str, ...]:
    if side.get("os.id") not in SYSTEM_IDS:
        return ()
    return SYSTEMS.get(str(side.get("os.version_id")).partition(".")[0], ())


def _native_builds(pair: Pair) -> Iterator[Hit]:
    """Packages compiled on some machine: with -march=native they run on its like only."""
    level = pair.change("cpu.microarchitecture")
    if level is None:
        return
    built = [
        path
        for path, before, after in pair.facts("python.sources.*")
        if before == after and built_locally(before)
    ]
    if built:
        names = ", ".join(path.rpartition(".")[2] for path in built[:3])
        yield Hit(
            message=f"The processor's level is {level.before} in A, {level.after} in B, and "
            f"{names} was compiled for the machine that built it: if that was done with "
            "-march=native, it ends with 'Illegal instruction' on the older processor.",
            changes=(level,),
            facts=first(built),
            confidence=0.3,
        )


def _flags(value: Value) -> set[str]:
    return {str(flag) for flag in value} if isinstance(value, list) else set()
