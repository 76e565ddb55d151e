"""Which libraries choose their code by which instructions of the processor.

Flags and features by /proc/cpuinfo's names, as `cpu.flags` and `cpu.features` have them.
"""

from __future__ import annotations

from typing import NamedTuple

from ..pair import Pair

_AVX = frozenset({"avx", "avx2", "fma", "f16c"})
_AVX512 = frozenset(
    "avx512f avx512cd avx512bw avx512dq avx512vl avx512_vnni avx512_bf16 avx512_fp16 "
    "avx512_vbmi2 avx512vbmi avx512_bitalg avx512_vpopcntdq avx512ifma".split()
)
_AMX = frozenset({"amx_tile", "amx_bf16", "amx_int8", "amx_fp16", "avx_vnni"})
_SSE = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt"})
_ARM = frozenset({"asimdhp", "asimddp", "asimdfhm", "sve", "sve2", "bf16", "i8mm", "svebf16"})


class Dispatcher(NamedTuple):
    """`library` chooses among code for these `flags`; it is there with one of these
    `distributions` or native `families`."""

    library: str
    distributions: tuple[str, ...]
    families: tuple[str, ...]
    flags: frozenset[str]


DISPATCHERS = (
    Dispatcher("NumPy", ("numpy",), (), _SSE | _AVX | _AVX512 | _ARM),
    Dispatcher(
        "OpenBLAS",
        ("numpy", "scipy"),
        ("openblas", "scipy_openblas"),
        _AVX | _AVX512 | frozenset({"sve", "bf16", "i8mm", "amx_bf16"}),
    ),
    Dispatcher("MKL", ("mkl",), ("mkl",), frozenset({"sse4_2"}) | _AVX | _AVX512 | _AMX),
    Dispatcher("BLIS", ("blis",), ("blis",), _AVX | _AVX512),
    Dispatcher("PyTorch", ("torch",), ("torch",), _AVX | _AVX512 | _AMX | _ARM),
    Dispatcher(
        "TensorFlow",
        ("tensorflow", "tensorflow-cpu", "tensorflow-intel"),
        (),
        _SSE | _AVX | _AVX512 | _AMX | _ARM,
    ),
    Dispatcher("XLA", ("jaxlib",), (), _SSE | _AVX | _AVX512 | _AMX | _ARM),
    Dispatcher("Numba", ("numba", "llvmlite"), ("svml",), _SSE | _AVX | _AVX512 | _ARM),
    Dispatcher(
        "OpenCV",
        (
            "opencv-python",
            "opencv-python-headless",
            "opencv-contrib-python",
            "opencv-contrib-python-headless",
        ),
        (),
        _SSE | _AVX | _AVX512 | frozenset({"asimdhp", "asimddp"}),
    ),
    Dispatcher("Arrow", ("pyarrow",), (), _AVX | _AVX512),
    Dispatcher("ONNX Runtime", ("onnxruntime",), (), _AVX | _AVX512 | _AMX | _ARM),
    Dispatcher("faiss", ("faiss-cpu",), (), _AVX | _AVX512 | frozenset({"sve"})),
)
# The mathematical functions of glibc for x86-64 come compiled with and without these.
GLIBC_FLAGS = frozenset({"fma", "avx2", "fma4"})

# Distributions that compute on CPUs with oneDNN.
ONEDNN_USERS = (
    "torch", "tensorflow", "tensorflow-cpu", "tensorflow-intel", "openvino", "mxnet",
    "paddlepaddle",
)  # fmt: skip
# NumPy's names for its features, and what the processor must have for them.
NUMPY_FEATURES = {
    "SSE3": "pni", "SSSE3": "ssse3", "SSE41": "sse4_1", "POPCNT": "popcnt", "SSE42": "sse4_2",
    "AVX": "avx", "F16C": "f16c", "XOP": "xop", "FMA4": "fma4", "FMA3": "fma", "AVX2": "avx2",
    "BMI": "bmi1", "BMI2": "bmi2", "LZCNT": "abm", "MOVBE": "movbe", "AVX512F": "avx512f",
    "AVX512CD": "avx512cd", "AVX512_SKX": "avx512vl", "AVX512_CLX": "avx512_vnni",
    "AVX512_CNL": "avx512vbmi", "AVX512_ICL": "avx512_vbmi2", "AVX512_SPR": "avx512_fp16",
    "X86_V2": "sse4_2", "X86_V3": "avx2", "X86_V4": "avx512vl", "ASIMDHP": "asimdhp",
    "ASIMDDP": "asimddp", "ASIMDFHM": "asimdfhm", "SVE": "sve",
}  # fmt: skip


def users_of(pair: Pair, dispatcher: Dispatcher) -> list[str]:
    """Paths that show that the library is there, on both sides or loaded on one."""
    return [*pair.loaded(*dispatcher.families), *pair.installed(*dispatcher.distributions)]


def processor_flags(pair: Pair) -> tuple[frozenset[str], frozenset[str]]:
    """What A's and B's processor can do; empty where it is not known."""
    found = []
    for side in (pair.a, pair.b):
        flags: set[str] = set()
        for path in ("cpu.flags", "cpu.features"):
            value = side.get(path)
            if isinstance(value, (list, tuple)):
                flags.update(str(flag) for flag in value)
        found.append(frozenset(flags))
    return found[0], found[1]
