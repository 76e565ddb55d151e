"""The GPU's mathematical libraries are of another version.

What it means
    cuBLAS, cuDNN, cuFFT, cuSOLVER, NCCL or ROCm's libraries are of other versions on the two
    sides, as packages (nvidia-cudnn-cu12 ...), in the base image, or loaded by the process,
    while the framework above them may be the same. Or the driver differs.

Why it matters
    They are reproducible only within one version: another one chooses other kernels, and outputs
    and trained weights differ from the last digits on.

How to confirm
    `python -c "import torch; print(torch.version.cuda, torch.backends.cudnn.version())"` on both
    sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.gpus import has_gpu, users
from ..pair import Pair, first, shown, sides
from ..rule import Hit, Remedy, Rule

LIBRARIES = (
    "cublas", "cudnn", "cufft", "cusolver", "cusparse", "nccl", "cuda-runtime", "cuda-nvrtc",
    "rocblas", "miopen", "rccl", "hipblas", "tensorrt",
)  # fmt: skip

RULE = Rule(
    id="EA136",
    name="gpu-library-version",
    effects=("numerics", "performance", "crash"),
    severity="high",
    reads=(
        "python.packages.*",
        "os.packages.*",
        "native.*",
        "gpu.driver_version",
        "gpu.cuda_version",
    ),
    remedy=Remedy(
        image="pin the framework's whole set (`pip freeze` with its nvidia-* packages), or the "
        "base image by digest: `FROM nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04@sha256:...`",
        host="install the same driver version on both machines",
    ),
    sources=(
        "https://docs.nvidia.com/deeplearning/cudnn/latest/developer/misc.html",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    computing = users(pair)
    if not computing:
        return
    changes = [
        *pair.changes("python.packages.nvidia-*", "python.packages.tensorrt*"),
        *pair.changes("os.packages.libcu*", "os.packages.libnccl*", "os.packages.*miopen*"),
        *pair.changes("os.packages.rocblas*", "os.packages.cuda-*"),
        *(c for name in LIBRARIES if (c := pair.change(f"native.loaded.{name}"))),
    ]
    libraries = tuple(c for c in changes if _is_another(c))
    # Another release of a framework brings its libraries along: it is the cause.
    upgraded = any(pair.change(path) for path in computing if path.startswith("python."))
    if libraries:
        yield Hit(
            message=f"{_name(libraries[0])} is {_told(libraries[0])}: another version of the "
            "GPU's libraries chooses other kernels, so outputs and trained weights differ from "
            "the last digits on.",
            changes=libraries[:4],
            facts=first(computing),
            confidence=0.3 if upgraded else 0.75 if has_gpu(pair) else 0.45,
        )
        return
    driver = pair.change("gpu.driver_version")
    if driver is not None and None not in (driver.before, driver.after):
        yield Hit(
            message=f"The GPU's driver is {sides(driver)}: it compiles kernels that the program "
            "does not bring compiled, which can change their rounding.",
            changes=(driver,),
            facts=first(computing),
            confidence=0.3,
        )


def _is_another(change: Change) -> bool:
    return None not in (change.before, change.after) and (
        "native." in change.path or any(name in change.key for name in LIBRARIES)
    )


def _name(change: Change) -> str:
    return change.key.removeprefix("loaded.")


def _told(change: Change) -> str:
    def version(value: object) -> str:
        if isinstance(value, dict):
            return str(value.get("version") or value.get("path"))
        return shown(value) if isinstance(value, str) else "several"

    return f"{version(change.before)} in A, {version(change.after)} in B"
