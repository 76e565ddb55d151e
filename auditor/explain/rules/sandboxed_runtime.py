"""One side's container runs in a sandbox with a kernel of its own.

What it means
    Container runtimes such as gVisor (runsc) and Kata put a kernel of their own between the
    program and the machine; runc and crun use the machine's kernel directly.

Why it matters
    In a sandbox every system call costs more, file access and networking most of all, so that
    programs that open many files or talk much are slower. System calls, files below /proc and
    /sys, and devices that the sandbox lacks make programs fail that work elsewhere.

How to confirm
    `docker inspect -f '{{.HostConfig.Runtime}}' CONTAINER`; in gVisor `dmesg` shows its own
    messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA439",
    name="sandboxed-runtime",
    effects=(
        "performance",
        "crash",
        "behaviour",
    ),
    severity="medium",
    reads=(
        "container.oci_runtime",
        "kernel.release",
        "kernel.version",
    ),
    remedy=Remedy(
        runtime="docker run --runtime=runc ... on both sides (Kubernetes: the same "
        "runtimeClassName)",
    ),
    sources=(
        "https://gvisor.dev/docs/architecture_guide/platforms",
        "https://gvisor.dev/roadmap/",
    ),
)


PLAIN = ("runc", "crun", "youki", "io.containerd.runc.v2", "nvidia")


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("container.oci_runtime")
    if change is None or None in (change.before, change.after):
        return
    if (change.before in PLAIN) == (change.after in PLAIN):
        return
    kernel = pair.change("kernel.release")
    yield Hit(
        message=f"The container runtime is {sides(change)}: one of them has a kernel of its own "
        "between the program and the machine, where system calls cost more and some are missing.",
        changes=(change, *([kernel] if kernel is not None else [])),
        confidence=0.6,
    )
