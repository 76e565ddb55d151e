"""Frameworks take the GPU's memory in another way.

What it means
    PyTorch, JAX and TensorFlow manage the GPU's memory themselves. Variables change how:
    PYTORCH_CUDA_ALLOC_CONF (PYTORCH_ALLOC_CONF), XLA_PYTHON_CLIENT_PREALLOCATE,
    XLA_PYTHON_CLIENT_MEM_FRACTION and XLA_PYTHON_CLIENT_ALLOCATOR, TF_FORCE_GPU_ALLOW_GROWTH and
    TF_GPU_ALLOCATOR. The sides differ in one whose framework is there.

Why it matters
    The same model fits on one side and ends with an out-of-memory error on the other: memory is
    split up, or taken as a whole by the first process, so that a second finds none. JAX's
    `platform` allocator asks the driver each time, which is very slow.

How to confirm
    `nvidia-smi` shows how much each process holds after its first computation on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.gpus import devices
from ..knowledge.switches import settings, told
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA427",
    name="gpu-memory-allocator",
    effects=(
        "crash",
        "performance",
    ),
    severity="medium",
    reads=(
        "env.*",
        "python.packages.*",
        "gpu.devices.*",
    ),
    remedy=Remedy(
        image="remove `ENV PYTORCH_CUDA_ALLOC_CONF=...` from the Dockerfile, or set the same in"
        " both",
        runtime="docker run -e PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True ... (or "
        "XLA_PYTHON_CLIENT_PREALLOCATE=false) on both sides",
    ),
    sources=(
        "https://docs.jax.dev/en/latest/gpu_memory_allocation.html",
        "https://docs.pytorch.org/docs/2.15/cuda_environment_variables.html",
    ),
)


TENSORFLOW = ("tensorflow", "tensorflow-gpu")
READERS = {
    "PYTORCH_CUDA_ALLOC_CONF": ("torch",),
    "PYTORCH_ALLOC_CONF": ("torch",),
    "PYTORCH_HIP_ALLOC_CONF": ("torch",),
    "XLA_PYTHON_CLIENT_PREALLOCATE": ("jax",),
    "XLA_PYTHON_CLIENT_MEM_FRACTION": ("jax",),
    "XLA_PYTHON_CLIENT_ALLOCATOR": ("jax",),
    "TF_FORCE_GPU_ALLOW_GROWTH": TENSORFLOW,
    "TF_GPU_ALLOCATOR": TENSORFLOW,
}


def check(pair: Pair) -> Iterator[Hit]:
    found = [c for c in settings(pair, *READERS) if pair.installed(*READERS[c.key])]
    if not found:
        return
    seen = devices(pair)
    yield Hit(
        message=f"{told(found)}: the framework takes the GPU's memory in another way, which "
        "decides whether it is enough, and how long each allocation takes.",
        changes=tuple(found),
        facts=first([*pair.installed(*READERS[found[0].key]), *seen]),
        confidence=0.6 if seen else 0.3,
    )
