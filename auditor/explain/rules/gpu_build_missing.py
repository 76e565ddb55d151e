"""A package is built for the GPU on one side and for the CPU only on the other.

What it means
    PyTorch, JAX, ONNX Runtime, FAISS and others come in builds with and without CUDA, told by
    the end of the version (2.5.1+cpu, 2.5.1+cu121) or by another name (onnxruntime-gpu). The
    sides have different builds.

Why it matters
    The build without CUDA cannot use a GPU: "AssertionError: Torch not compiled with CUDA
    enabled", or it computes on the CPU unasked. Builds for different CUDA versions also bring
    other cuBLAS and cuDNN, so that results differ in their last digits.

How to confirm
    `docker exec CONTAINER python -c 'import torch; print(torch.__version__,
    torch.version.cuda)'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

BUILDS = ("torch", "torchvision", "torchaudio", "jaxlib", "llama-cpp-python", "vllm", "xformers")
# The CPU's package -> the GPU's, which provides the same module.
TWINS = {
    "onnxruntime": "onnxruntime-gpu",
    "faiss-cpu": "faiss-gpu",
    "tensorflow-cpu": "tensorflow",
    "paddlepaddle": "paddlepaddle-gpu",
}

RULE = Rule(
    id="EA340",
    name="gpu-build-missing",
    effects=("crash", "performance", "numerics"),
    severity="high",
    reads=("python.packages.*", "gpu.*"),
    remedy=Remedy(
        image="pip install torch==2.5.1+cu121 --extra-index-url with PyTorch's index for cu121 "
        "(or the +cpu build) alike in both Dockerfiles",
    ),
    sources=(
        "https://github.com/PiePline/piepline/issues/1",
        "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
        "https://github.com/pytorch/pytorch/issues/4546",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    gpu = pair.either("gpu.driver") is not None
    for name in BUILDS:
        change = pair.change(f"python.packages.{name}")
        versions = pair.version(name)
        if change is None or None in versions:
            continue
        ours, theirs = (_build(version) for version in versions if version is not None)
        if ours != theirs and "other" not in (ours, theirs):
            yield Hit(
                message=f"{name} is {sides(change)}: one is built for "
                f"{_said(ours)}, the other for {_said(theirs)}; what needs the GPU fails with the "
                "former or the latter, and libraries and last digits differ.",
                changes=(change,),
                facts=first(["gpu.driver"] if gpu else []),
                confidence=0.75 if gpu else 0.5,
            )
    for cpu, accelerated in TWINS.items():
        pairs = [pair.change(f"python.packages.{name}") for name in (cpu, accelerated)]
        changes = [found for found in pairs if found is not None]
        added = [found for found in changes if None in (found.before, found.after)]
        if len(added) == 2 and (added[0].before is None) != (added[1].before is None):
            yield Hit(
                message=f"One side has {cpu}, the other {accelerated}: the same module, built "
                "for the CPU only and for the GPU.",
                changes=tuple(added),
                facts=first(["gpu.driver"] if gpu else []),
                confidence=0.75 if gpu else 0.5,
            )


def _build(version: Version) -> str:
    """`cpu`, `cu121`, `rocm6.2`; `default` where the version does not tell."""
    local = (version.local or "").partition(".cxx11")[0]
    if not local:
        return "default"
    return local if local.startswith(("cpu", "cu", "rocm", "xpu")) else "other"


def _said(build: str) -> str:
    if build == "cpu":
        return "the CPU only"
    return "the index's usual GPU" if build == "default" else build
