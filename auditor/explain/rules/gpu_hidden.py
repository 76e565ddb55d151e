"""The container or the program sees other GPUs.

What it means
    Both machines have a GPU, but it is shown to the program on one side only, or another one
    is: the container was started without `--gpus`, or CUDA_VISIBLE_DEVICES,
    NVIDIA_VISIBLE_DEVICES or NVIDIA_DRIVER_CAPABILITIES differ.

Why it matters
    Without its GPU a program fails ("no CUDA-capable device is detected", "Found no NVIDIA
    driver") or computes on the CPU; with another order or number of devices, "invalid device
    ordinal", out of memory on the wrong card, or other results on another model. Without the
    capability `compute`, libcuda.so.1 is not there; without `utility`, nvidia-smi and NVML.

How to confirm
    `docker exec CONTAINER sh -c 'ls /dev/nvidia*; nvidia-smi -L; echo $CUDA_VISIBLE_DEVICES'` on
    both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule
from .gpu_missing import GPU_USERS

VARIABLES = (
    "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES",
    "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "CUDA_DEVICE_ORDER",
)  # fmt: skip

RULE = Rule(
    id="EA339",
    name="gpu-hidden",
    effects=("crash", "performance", "numerics"),
    severity="high",
    reads=("gpu.*", *(f"env.{name}" for name in VARIABLES), "native.system.*", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility ... with the "
        "same CUDA_VISIBLE_DEVICES on both sides (Kubernetes: resources: {limits: "
        "{nvidia.com/gpu: 1}})",
    ),
    sources=(
        "https://docs.NVIDIA.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html",
        "https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/1.11.0/user-guide.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    if pair.either("gpu.driver") is None or pair.change("gpu.driver") is not None:
        return  # no GPU to be seen, or on one machine only: EA338
    users = pair.installed(*GPU_USERS)
    visible = pair.changes("gpu.devices.*.visible")
    if visible:
        yield Hit(
            message=f"The container sees the GPU (device {visible[0].path.split('.')[2]}): "
            f"{sides(visible[0])}; without it, programs that ask for the GPU fail or compute on "
            "the CPU.",
            changes=tuple(visible),
            facts=first(users),
            confidence=0.85 if users else 0.6,
        )
    for name in VARIABLES:
        change = pair.change(f"env.{name}")
        if change is not None:
            yield Hit(
                message=f"{name} is {sides(change)}: the program sees other GPUs, in another "
                "order, or none.",
                changes=(change,),
                facts=("gpu.driver", *first(users, 2)),
                confidence=0.75 if users else 0.55,
            )
