"""What computes on graphics processors."""

from __future__ import annotations

from . import graphics
from .pair import Pair

FRAMEWORKS = (
    *graphics.FRAMEWORKS, "tensorflow-gpu", "faiss-gpu", "cuml-cu12", "numba", "cuquantum-cu12",
)  # fmt: skip
FAMILIES = ("cuda", "cudart", "cublas", "cudnn", "cufft", "cusolver", "amdhip", "rocblas", "miopen")


def has_gpu(pair: Pair) -> bool:
    """Whether either side's machine has one, as far as it is known."""
    return any(True for _ in pair.facts("gpu.devices.*.name", "gpu.driver"))


def users(pair: Pair) -> list[str]:
    """Paths that show that the program can compute on one."""
    return [*pair.loaded(*FAMILIES), *pair.installed(*FRAMEWORKS)]


def nvidia_stack(pair: Pair) -> list[str]:
    """Paths that show NVIDIA's libraries: loaded, or installed as packages."""
    packages = [path for path, a, b in pair.facts("python.packages.nvidia-*") if None not in (a, b)]
    return [*pair.loaded("cuda", "cudart", "cublas", "cudnn"), *packages]
