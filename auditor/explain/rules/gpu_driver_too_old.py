"""The NVIDIA driver is too old for the CUDA that packages bring, on one side.

What it means
    Wheels bring CUDA's libraries along, the machine brings the driver. Each CUDA release needs
    a driver of at least a certain version: 450 for CUDA 11, 525 for 12, 580 for 13. One side's
    driver is older than that.

Why it matters
    The GPU cannot be used: "The NVIDIA driver on your system is too old", "CUDA driver version
    is insufficient for CUDA runtime version"; or the library silently computes on the CPU,
    slower and with other results in the last digits.

How to confirm
    `nvidia-smi` (driver and the highest CUDA it supports) on both machines, and `docker exec
    CONTAINER python -c 'import torch; print(torch.version.cuda, torch.cuda.is_available())'`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Fingerprint, Value, whole_number
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

# Major version of CUDA -> the least driver's major version, by NVIDIA's table.
LEAST_DRIVER = {11: 450, 12: 525, 13: 580}

RULE = Rule(
    id="EA337",
    name="gpu-driver-too-old",
    effects=("crash", "performance", "numerics"),
    severity="high",
    reads=("gpu.driver_version", "gpu.driver", "python.packages.*", "os.packages.cuda-compat*"),
    remedy=Remedy(
        host="a driver of at least the version that the CUDA release needs, on both machines",
        image="packages for the older CUDA: pip install torch --index-url with the cu118 or "
        "cu126 builds, or the cuda-compat package on data-centre GPUs",
    ),
    sources=(
        "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
        "https://docs.nvidia.com/deploy/cuda-compatibility/forward-compatibility.html",
        "https://github.com/lllyasviel/Fooocus/issues/1313",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    states = [_state(side) for side in (pair.a, pair.b)]
    if None in states or states[0] == states[1]:
        return
    change = pair.change("gpu.driver_version")
    cuda = {path: found for side in (pair.a, pair.b) for path, found in _cuda(side)}
    packages = [found for path in cuda if (found := pair.change(path)) is not None]
    changes = (*([change] if change is not None else []), *packages)
    if not changes:
        return
    ours, theirs = pair.values("gpu.driver_version")
    wanted = max(cuda.values())
    yield Hit(
        message=f"The NVIDIA driver is {shown(ours)} in A, {shown(theirs)} in B, and the packages "
        f"bring CUDA {wanted}, which needs a driver of at least {LEAST_DRIVER[wanted]}: on one "
        "side the GPU cannot be used.",
        changes=changes,
        facts=first(path for path in cuda if pair.change(path) is None),
        confidence=0.88,
    )


def _state(side: Fingerprint) -> bool | None:
    """Whether the driver suffices for all that is installed; None where nothing says."""
    driver = re.match(r"[0-9]{1,5}", str(side.get("gpu.driver_version") or ""))
    needs = [LEAST_DRIVER[major] for _, major in _cuda(side)]
    if driver is None or not needs:
        return None
    return int(driver[0]) >= max(needs)


def _cuda(side: Fingerprint) -> Iterator[tuple[str, int]]:
    """(path, CUDA's major version) of the packages that bring CUDA or are built for it."""
    for path, value in side.facts():
        if path.startswith("python.packages."):
            major = _major(path.removeprefix("python.packages."), value)
            if major in LEAST_DRIVER:
                yield path, major


def _major(name: str, version: Value) -> int:
    """`nvidia-cuda-runtime-cu12`, `cupy-cuda12x`, `jax-cuda12-plugin`; torch `2.5.1+cu121`."""
    if name in ("torch", "torchvision", "torchaudio", "vllm", "flash-attn"):
        local = re.search(r"\+cu([0-9]{2})[0-9]", str(version))
        return int(local[1]) if local else 0
    if name == "nvidia-cuda-runtime":  # named without the major version since 13
        return whole_number(str(version).partition(".")[0]) or 0
    found = re.fullmatch(r"(?:nvidia-cuda-runtime-cu|cupy-cuda|jax-cuda)([0-9]{2})(?:x|-.*)?", name)
    return int(found[1]) if found else 0
