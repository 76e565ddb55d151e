"""One side computes on a graphics processor, the other on the CPU or on other devices.

What it means
    A GPU is there, or visible to the program, on one side only: the machine has none, the
    container was started without it (`--gpus`), or CUDA_VISIBLE_DEVICES, NVIDIA_VISIBLE_DEVICES,
    HIP_VISIBLE_DEVICES or JAX_PLATFORMS hides it or names others.

Why it matters
    Frameworks quietly fall back to the CPU, where other code adds in another order and random
    generators give other streams for the same seed: outputs, initial weights and dropout
    differ. It is also many times slower.

How to confirm
    `python -c "import torch; print(torch.cuda.is_available(), torch.cuda.device_count())"` on
    both sides; run both with `CUDA_VISIBLE_DEVICES=`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.gpus import has_gpu, nvidia_stack, users
from ..knowledge.switches import settings, told
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "JAX_PLATFORMS",
    "JAX_PLATFORM_NAME",
    "CUDA_DEVICE_ORDER",
    "NUMBA_DISABLE_CUDA",
)

RULE = Rule(
    id="EA133",
    name="gpu-not-used",
    effects=("numerics", "performance", "behaviour"),
    severity="high",
    reads=("gpu.*", *(f"env.{name}" for name in VARIABLES), "native.*", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run --gpus all -e CUDA_VISIBLE_DEVICES=0 ... (Kubernetes: resources: "
        "{limits: {nvidia.com/gpu: 1}}), the same on both sides",
        host="install the driver and the container toolkit on both machines",
    ),
    sources=(
        "https://github.com/pytorch/pytorch/blob/main/docs/source/cuda_environment_variables.rst",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/randomness.rst",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    computing = users(pair)
    if not computing:
        return
    visible = pair.changes("gpu.devices.*.visible")
    present = pair.change("gpu.driver") or pair.change("gpu.count")
    if visible or (present is not None and (None in (present.before, present.after))):
        changes = tuple(visible[:2]) or ((present,) if present else ())
        yield Hit(
            message=f"A GPU is there for the program on one side only ({changes[0].key}: "
            f"{shown(changes[0].before)} in A, {shown(changes[0].after)} in B): the other "
            "side computes on the CPU, with other rounding and other random streams.",
            changes=changes,
            facts=first(computing),
            confidence=0.8,
        )
    elif hiding := settings(pair, *VARIABLES):
        likely = has_gpu(pair) or bool(nvidia_stack(pair))
        yield Hit(
            message=f"{told(hiding)}: the program computes on other devices, or on the CPU in "
            "place of a GPU, with other rounding and other random streams.",
            changes=hiding,
            facts=first(computing),
            confidence=0.75 if likely else 0.15,
        )
