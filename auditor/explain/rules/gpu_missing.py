"""There is a GPU on one side only, or another number of them.

What it means
    The machine of one side has no graphics processor (or no driver for it), or fewer than the
    other's.

Why it matters
    What asks for a GPU fails: "Found no NVIDIA driver on your system", "Attempting to
    deserialize object on a CUDA device but torch.cuda.is_available() is False", "invalid device
    ordinal". What falls back to the CPU is slower by orders and gives other last digits.

How to confirm
    `docker exec CONTAINER python -c 'import torch; print(torch.cuda.device_count())'`, and
    `nvidia-smi -L` on both machines.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

GPU_USERS = (
    "torch", "tensorflow", "jax", "jaxlib", "cupy-cuda12x", "cupy-cuda11x", "cupy-cuda13x", "cupy",
    "onnxruntime-gpu", "vllm", "bitsandbytes", "flash-attn", "xformers", "triton", "faiss-gpu",
    "tensorrt", "cudf-cu12", "cuml-cu12", "rmm-cu12", "numba-cuda", "pycuda", "nvidia-ml-py",
    "xgboost", "lightgbm", "catboost", "deepspeed", "paddlepaddle-gpu", "mxnet", "ctranslate2",
)  # fmt: skip

RULE = Rule(
    id="EA338",
    name="gpu-missing",
    effects=("crash", "performance", "numerics"),
    severity="high",
    reads=("gpu.driver", "gpu.count", "gpu.devices.*", "python.packages.*"),
    remedy=Remedy(
        host="a machine with the same GPUs, with its driver loaded (nvidia-smi)",
        runtime="docker run --gpus all ... (Kubernetes: resources: {limits: {nvidia.com/gpu: 1}})",
        image='torch.load(path, map_location="cpu") and device selection by '
        "torch.cuda.is_available() in the program",
    ),
    sources=(
        "https://github.com/PiePline/piepline/issues/1",
        "https://github.com/QingyongHu/SpinNet/issues/21",
        "https://docs.NVIDIA.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed(*GPU_USERS)
    if not users:
        return
    driver = pair.change("gpu.driver")
    count = pair.change("gpu.count")
    if driver is not None and None in (driver.before, driver.after):
        yield Hit(
            message=f"There is a GPU driver: {sides(driver)}; programs that ask for the GPU fail "
            "without one, others compute on the CPU, more slowly and with other last digits.",
            changes=(driver, *([count] if count is not None else [])),
            facts=first(users),
            confidence=0.75,
        )
    elif count is not None:
        yield Hit(
            message=f"The number of GPUs is {sides(count)}: a program that addresses one that is "
            "missing fails ('invalid device ordinal'), and work is divided differently.",
            changes=(count,),
            facts=first(users),
            confidence=0.6,
        )
