"""Work on the GPU is done step by step, or prepared anew, on one side.

What it means
    Variables of CUDA and of the frameworks on it change how work reaches the GPU:
    CUDA_LAUNCH_BLOCKING waits for each kernel; PYTORCH_NO_CUDA_MEMORY_CACHING asks the driver for
    every tensor; CUDA_CACHE_DISABLE, CUDA_FORCE_PTX_JIT and CUDA_MODULE_LOADING decide when code
    is compiled and loaded; NCCL_P2P_DISABLE, NCCL_SHM_DISABLE and NCCL_IB_DISABLE take slower
    ways between GPUs; CUDA_MPS_ACTIVE_THREAD_PERCENTAGE gives a part of the GPU only.

Why it matters
    They are meant for debugging or for broken hardware. Left on, the CPU and the GPU wait for
    each other: training and inference become slower by tens of percent to several times, while
    nvidia-smi shows a GPU that is hardly used.

How to confirm
    Run with the variable unset; `nvidia-smi dmon` shows the use of the GPU meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.gpus import devices, gpu_packages
from ..knowledge.switches import acts, settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA424",
    name="gpu-work-waits",
    effects=("performance",),
    severity="high",
    reads=(
        "env.*",
        "gpu.*",
        "native.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="remove `ENV CUDA_LAUNCH_BLOCKING=1` (and the like) from the Dockerfile",
        runtime="docker run -e CUDA_LAUNCH_BLOCKING=0 ... on both sides (Kubernetes: env: [{name:"
        " CUDA_LAUNCH_BLOCKING, value: '0'}])",
    ),
    sources=(
        "https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/environment-variables.html",
        "https://discuss.pytorch.org/t/cuda-launch-blocking-1-reduces-the-training-speed/160924",
        "https://docs.pytorch.org/docs/2.15/cuda_environment_variables.html",
    ),
)


STRONG = ("CUDA_LAUNCH_BLOCKING", "PYTORCH_NO_CUDA_MEMORY_CACHING")
OTHERS = (
    "CUDA_CACHE_DISABLE",
    "CUDA_FORCE_PTX_JIT",
    "CUDA_MODULE_LOADING",
    "CUDA_DEVICE_MAX_CONNECTIONS",
    "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
    "TORCH_USE_CUDA_DSA",
    "TORCH_NCCL_BLOCKING_WAIT",
    "NCCL_P2P_DISABLE",
    "NCCL_P2P_LEVEL",
    "NCCL_SHM_DISABLE",
    "NCCL_IB_DISABLE",
)


def check(pair: Pair) -> Iterator[Hit]:
    seen, maybe = devices(pair), gpu_packages(pair)
    found = settings(pair, *STRONG, *OTHERS)
    changes = tuple(change for change in found if acts(change, "0"))
    if not changes or not (seen or maybe):
        return
    strong = any(change.key in STRONG for change in changes)
    yield Hit(
        message=f"{told(changes)}: the program waits for the GPU at each step, or prepares its "
        "work anew, on one side, which makes it slower.",
        changes=changes,
        facts=first([*seen[:2], *maybe]),
        confidence=(0.75 if strong else 0.6) if seen else 0.45,
    )
