"""Libraries report every call on one side.

What it means
    Many libraries have a variable that makes them print what they do: MKL_VERBOSE,
    ONEDNN_VERBOSE, OPENBLAS_VERBOSE, NCCL_DEBUG, TORCH_LOGS, TORCH_DISTRIBUTED_DEBUG,
    TF_CPP_MIN_LOG_LEVEL, GRPC_VERBOSITY, CUDNN_LOGLEVEL_DBG, OMP_DISPLAY_ENV. The sides differ in
    one whose library is there.

Why it matters
    A line for each call costs time and fills logs (NVIDIA warns of a non-negligible impact for
    its BLAS); lines on standard output also end up between a program's own, where another program
    reads them and fails.

How to confirm
    Count the lines of output on both sides: `COMMAND 2>&1 | wc -l`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA429",
    name="libraries-log-everything",
    effects=(
        "performance",
        "behaviour",
    ),
    severity="low",
    reads=(
        "env.*",
        "python.packages.*",
        "native.*",
    ),
    remedy=Remedy(
        image="remove `ENV MKL_VERBOSE=1` (and the like) from the Dockerfile",
        runtime="docker run -e MKL_VERBOSE=0 ... on both sides",
    ),
    sources=(
        "https://www.intel.com/content/www/us/en/docs/onemkl/developer-guide-linux/2026-2/using-onemkl-verbose-mode.html",
        "https://docs.nvidia.com/nvpl/latest/blas/programming_model/verbose.html",
        "https://github.com/uxlfoundation/oneDNN/blob/main/doc/performance/verbose.md",
    ),
)


TENSORFLOW = ("tensorflow", "tensorflow-cpu")


def _readers(pair: Pair, name: str) -> list[str]:
    if name == "MKL_VERBOSE":
        return pair.mkl()
    if name == "OPENBLAS_VERBOSE":
        return pair.openblas()
    if name.startswith(("OMP_", "KMP_", "GOMP_")):
        return pair.openmp()
    return pair.installed(*PACKAGES[name])


PACKAGES = {
    "ONEDNN_VERBOSE": ("torch", *TENSORFLOW),
    "DNNL_VERBOSE": ("torch", *TENSORFLOW),
    "NCCL_DEBUG": ("torch", "jax", *TENSORFLOW, "vllm", "cupy-cuda12x"),
    "TORCH_LOGS": ("torch",),
    "TORCH_CPP_LOG_LEVEL": ("torch",),
    "TORCH_DISTRIBUTED_DEBUG": ("torch",),
    "TF_CPP_MIN_LOG_LEVEL": (*TENSORFLOW, "jax"),
    "CUDNN_LOGLEVEL_DBG": ("torch", *TENSORFLOW, "jax"),
    "GRPC_VERBOSITY": ("grpcio",),
    "TRANSFORMERS_VERBOSITY": ("transformers",),
}
NAMES = (
    "MKL_VERBOSE",
    "OPENBLAS_VERBOSE",
    "OMP_DISPLAY_ENV",
    "OMP_DISPLAY_AFFINITY",
    "GOMP_DEBUG",
    "KMP_SETTINGS",
    *PACKAGES,
)
# These report each call, the others now and then.
EACH_CALL = ("MKL_VERBOSE", "ONEDNN_VERBOSE", "DNNL_VERBOSE", "CUDNN_LOGLEVEL_DBG", "TORCH_LOGS")


def check(pair: Pair) -> Iterator[Hit]:
    changes = [c for c in settings(pair, *NAMES) if acts(c, "0") and _readers(pair, c.key)]
    if not changes:
        return
    yield Hit(
        message=f"{told(changes)}: the library reports what it does, which costs time at each "
        "call and puts lines into the output.",
        changes=tuple(changes),
        facts=first(_readers(pair, changes[0].key)),
        confidence=0.45 if any(c.key in EACH_CALL for c in changes) else 0.15,
    )
