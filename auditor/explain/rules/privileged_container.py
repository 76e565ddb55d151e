"""The container is privileged, or has devices, on one side only.

What it means
    `--privileged` gives a container all capabilities and all devices of the machine and takes
    away its seccomp and AppArmor confinement; `--device` gives it single devices. The sides
    differ.

Why it matters
    What worked with it fails without: mounting, loading modules, tracing, /dev/fuse, /dev/kvm,
    /dev/snd, serial ports, GPUs and InfiniBand, writing to /proc/sys. The errors read
    "Operation not permitted", "Permission denied" or "No such file or directory: '/dev/...'".

How to confirm
    `docker inspect -f '{{.HostConfig.Privileged}} {{.HostConfig.Devices}}' CONTAINER` and
    `docker exec CONTAINER ls /dev` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA329",
    name="privileged-container",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("container.privileged", "container.devices", "process.capabilities*", "process.seccomp"),
    remedy=Remedy(
        runtime="docker run with the same --privileged on both sides; better: only what is "
        "needed, --device /dev/NAME and --cap-add NAME",
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.md",
        "https://github.com/docker/docs/blob/main/content/manuals/engine/security/seccomp.md",
        "https://github.com/podman-container-tools/podman/issues/11862",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    privileged = pair.change("container.privileged")
    devices = pair.change("container.devices")
    if privileged is not None:
        related = [
            change
            for path in ("process.capabilities", "process.seccomp", "container.devices")
            if (change := pair.change(path)) is not None
        ]
        yield Hit(
            message=f"The container is privileged: {sides(privileged)}; without it, devices, "
            "mounts, tracing and filtered system calls fail with 'Operation not permitted'.",
            changes=(privileged, *related),
            confidence=0.65,
        )
    elif devices is not None:
        yield Hit(
            message=f"The container is given the devices {sides(devices)}: programs that open "
            "one that is missing fail ('No such file or directory', 'Operation not permitted').",
            changes=(devices,),
            confidence=0.65,
        )
