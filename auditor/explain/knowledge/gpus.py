"""Graphics processors, and what computes on them."""

from __future__ import annotations

from ..pair import Pair

# Distributions that do nothing else, or whose usual build computes on a GPU where there is one.
FRAMEWORKS = (
    "torch", "tensorflow", "jax", "jaxlib", "cupy-cuda12x", "cupy-cuda11x", "cupy", "xgboost",
    "lightgbm", "onnxruntime-gpu", "vllm", "tensorrt", "cudf-cu12", "paddlepaddle-gpu", "mxnet",
    "llama-cpp-python", "bitsandbytes", "flash-attn", "triton",
)  # fmt: skip
# Those that can, beside what else they do.
_USERS = (
    *FRAMEWORKS, "tensorflow-gpu", "faiss-gpu", "cuml-cu12", "numba", "cuquantum-cu12",
)  # fmt: skip
_FAMILIES = (
    "cuda", "cudart", "cublas", "cudnn", "cufft", "cusolver", "amdhip", "rocblas", "miopen",
)  # fmt: skip


def devices(pair: Pair) -> list[str]:
    """Paths that show that either side has a GPU."""
    paths = [path for path, _, _ in pair.facts("gpu.devices.*.name", "gpu.driver")]
    return [*paths, *pair.loaded("cuda", "amdhip")]


def has_gpu(pair: Pair) -> bool:
    """Whether either side's machine has one, as far as it is known."""
    return bool(devices(pair))


def gpu_packages(pair: Pair) -> list[str]:
    """Paths of distributions that can compute on a GPU, on both sides."""
    return pair.installed(*FRAMEWORKS)


def users(pair: Pair) -> list[str]:
    """Paths that show that the program can compute on one."""
    return [*pair.loaded(*_FAMILIES), *pair.installed(*_USERS)]


def nvidia_stack(pair: Pair) -> list[str]:
    """Paths that show NVIDIA's libraries: loaded, or installed as packages."""
    packages = [path for path, a, b in pair.facts("python.packages.nvidia-*") if None not in (a, b)]
    return [*pair.loaded("cuda", "cudart", "cublas", "cudnn"), *packages]
