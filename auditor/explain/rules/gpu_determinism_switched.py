"""Kernels on the GPU are chosen or ordered in another way.

What it means
    Which algorithm computes a convolution, a matrix product or a reduction over several GPUs is
    measured or chosen at run time. CUBLAS_WORKSPACE_CONFIG, TF_DETERMINISTIC_OPS,
    TF_CUDNN_DETERMINISTIC, TF_CUDNN_USE_AUTOTUNE, TORCH_CUDNN_USE_HEURISTIC_MODE_B,
    MIOPEN_FIND_MODE, NCCL_ALGO and NCCL_PROTO fix it. The sides differ in one of them.

Why it matters
    Without them results can differ from run to run, since additions by atomic operations come in
    any order and another algorithm may be the fastest; with them they repeat, but are those of
    another algorithm.

How to confirm
    Run the program twice on each side: where it differs from itself, determinism is off. Then
    run it on B with A's setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.gpus import has_gpu, nvidia_stack, users
from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

VARIABLES = (
    "CUBLAS_WORKSPACE_CONFIG",
    "TF_DETERMINISTIC_OPS",
    "TF_CUDNN_DETERMINISTIC",
    "TF_CUDNN_USE_AUTOTUNE",
    "TORCH_CUDNN_USE_HEURISTIC_MODE_B",
    "TORCH_CUDNN_V8_API_ENABLED",
    "CUBLASLT_WORKSPACE_SIZE",
    "MIOPEN_FIND_MODE",
    "MIOPEN_DEBUG_CONV_IMPLICIT_GEMM",
    "NCCL_ALGO",
    "NCCL_PROTO",
    "NCCL_NVLS_ENABLE",
)

RULE = Rule(
    id="EA135",
    name="gpu-determinism-switched",
    effects=("numerics", "performance"),
    severity="high",
    reads=(*(f"env.{name}" for name in VARIABLES), "gpu.*", "native.*", "python.packages.*"),
    remedy=variable_remedy("CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
    sources=(
        "https://docs.nvidia.com/deeplearning/cudnn/latest/developer/misc.html",
        "https://docs.pytorch.org/docs/2.12/cudnn_rnn_determinism.html",
        "https://github.com/NVIDIA/framework-reproducibility/blob/master/doc/d9m/tensorflow.md",
        "https://rocm.docs.amd.com/projects/rccl/en/docs-7.1.1/api-reference/env-variables.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, *VARIABLES)
    computing = users(pair)
    if not changes or not computing:
        return
    name = changes[0].key
    value = next(str(v) for v in (changes[0].before, changes[0].after) if v is not None)
    yield Hit(
        message=f"{told(changes)}: operations on the GPU are computed by other algorithms, or in "
        "an order that varies from run to run, which changes their last digits.",
        changes=changes,
        facts=first(computing),
        confidence=0.85 if has_gpu(pair) else 0.6 if nvidia_stack(pair) else 0.3,
        remedy=variable_remedy(name, value),
    )
