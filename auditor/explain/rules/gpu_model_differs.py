"""The graphics processors are of different models.

What it means
    CUDA and ROCm libraries choose kernels, tile sizes and number formats by the GPU's
    architecture and number of multiprocessors. The models differ.

Why it matters
    NVIDIA guarantees equal bits only on GPUs of the same architecture with as many
    multiprocessors. Outputs and trained weights differ from the last digits on; from Ampere on
    convolutions use TF32, with three decimal digits, by default. A kernel that is not compiled
    for a model fails ("no kernel image is available").

How to confirm
    `nvidia-smi --query-gpu=name,compute_cap --format=csv` on both sides; run the program on the
    CPU (`CUDA_VISIBLE_DEVICES=`) on both.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.gpus import users
from ..knowledge.switches import acts
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA132",
    name="gpu-model-differs",
    effects=("numerics", "performance", "crash"),
    severity="high",
    reads=("gpu.*", "env.HSA_OVERRIDE_GFX_VERSION", "native.*", "python.packages.*"),
    remedy=Remedy(
        runtime="-e NVIDIA_TF32_OVERRIDE=0 on both sides takes the largest difference away",
        host="run on GPUs of one model (Kubernetes: nodeSelector: {nvidia.com/gpu.product: ...})",
    ),
    sources=(
        "https://docs.nvidia.com/deeplearning/cudnn/latest/developer/misc.html",
        "https://docs.nvidia.com/cuda/cublasdx/warnings/bit_identical_sm.html",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = tuple(
        change
        for change in pair.changes(
            "gpu.devices.*.name",
            "gpu.devices.*.compute_capability",
            "gpu.devices.*.architecture",
            "gpu.devices.*.mig",
        )
        if None not in (change.before, change.after)
    )
    override = pair.change("env.HSA_OVERRIDE_GFX_VERSION")
    if override is not None and acts(override) and users(pair):
        changes = (*changes, override)
    if not changes:
        return
    yield Hit(
        message=f"The GPU differs ({changes[0].key}: {sides(changes[0])}): its libraries choose "
        "other kernels and number formats, so outputs and trained weights differ from the last "
        "digits on.",
        changes=changes[:4],
        facts=first(users(pair)),
        confidence=0.8 if users(pair) else 0.3,
    )
