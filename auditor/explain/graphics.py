"""GPUs, and what computes on them."""

from __future__ import annotations

from .pair import Pair

FRAMEWORKS = (
    "torch", "tensorflow", "jax", "jaxlib", "cupy-cuda12x", "cupy-cuda11x", "cupy", "xgboost",
    "lightgbm", "onnxruntime-gpu", "vllm", "tensorrt", "cudf-cu12", "paddlepaddle-gpu", "mxnet",
    "llama-cpp-python", "bitsandbytes", "flash-attn", "triton",
)  # fmt: skip


def devices(pair: Pair) -> list[str]:
    """Paths that show that either side has a GPU."""
    paths = [path for path, _, _ in pair.facts("gpu.devices.*.name", "gpu.count")]
    return [*paths, *pair.loaded("cuda", "amdhip")]


def gpu_packages(pair: Pair) -> list[str]:
    """Paths of distributions that can compute on a GPU, on both sides."""
    return pair.installed(*FRAMEWORKS)
