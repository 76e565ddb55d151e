"""One processor has instructions that the other lacks, and libraries choose code by them.

What it means
    NumPy, OpenBLAS, MKL, PyTorch, oneDNN, TensorFlow, Numba, OpenCV, Arrow and the C library's
    mathematics hold several versions of their functions and take the best that the processor
    can run: AVX2 and FMA, AVX-512, AMX on x86; SVE, bf16, dot products on Arm. The processors
    (or what the hypervisor shows of them) differ in such instructions.

Why it matters
    A fused multiply-add rounds once instead of twice, and wider vectors hold more partial sums:
    the same program gives results that differ in their last digits, on another node of the same
    cluster, with the same image.

How to confirm
    Run the program on the better machine without the instructions:
    `NPY_DISABLE_CPU_FEATURES=AVX512F OPENBLAS_CORETYPE=Haswell ONEDNN_MAX_CPU_ISA=AVX2
    ATEN_CPU_CAPABILITY=avx2 python program.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.instruction_sets import DISPATCHERS, GLIBC_FLAGS, processor_flags, users_of
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA120",
    name="processor-instructions-differ",
    effects=("numerics", "performance", "crash"),
    severity="high",
    reads=("cpu.*", "native.*", "python.packages.*", "os.libc.family"),
    remedy=Remedy(
        runtime="limit both sides to what both processors have: -e OPENBLAS_CORETYPE=Haswell -e "
        "NPY_DISABLE_CPU_FEATURES=AVX512F -e ONEDNN_MAX_CPU_ISA=AVX2 -e ATEN_CPU_CAPABILITY=avx2",
        host="run on nodes of one type (Kubernetes: nodeSelector: "
        "{node.kubernetes.io/instance-type: ...}); in a virtual machine pass the CPU through "
        "(`-cpu host`)",
    ),
    sources=(
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/simd/build-options.rst",
        "https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/DispatchStub.cpp",
        "https://oneapi-src.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html",
        "https://git.zx2c4.com/glibc/tree/sysdeps/x86_64/fpu/multiarch",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("cpu.flags") or pair.change("cpu.features")
    ours, theirs = processor_flags(pair)
    if change is None or not ours or not theirs or pair.change("os.arch"):
        return
    different = ours ^ theirs
    found = [(one, users) for one in DISPATCHERS if (users := users_of(pair, one))]
    dispatching = [(one, users) for one, users in found if one.flags & different]
    glibc = different & GLIBC_FLAGS and "glibc" in pair.values("os.libc.family")
    if not dispatching and not glibc:
        return
    libraries = [one.library for one, _ in dispatching] or ["the C library"]
    flags = frozenset().union(*(one.flags for one, _ in dispatching), GLIBC_FLAGS) & different
    told = [
        f"{' '.join(sorted(flags & side)) or 'none of these'} in {name} only"
        for side, name in ((ours, "A"), (theirs, "B"))
        if flags & side
    ]
    level = pair.change("cpu.microarchitecture")
    yield Hit(
        message=f"The processors differ in instructions ({', '.join(told)}) by which "
        f"{', '.join(libraries[:5])} choose their code: sums are added in another order and "
        "rounded differently, so results differ in their last digits.",
        changes=(change, level) if level else (change,),
        facts=first(path for _, users in dispatching for path in users[:1]),
        confidence=0.8 if dispatching and flags & _DECISIVE else 0.6 if dispatching else 0.45,
    )


_DECISIVE = frozenset({"avx", "avx2", "fma", "avx512f", "avx512vl", "sve", "avx512_bf16", "bf16"})
