"""The engine's socket or the machine's files are mounted on one side.

What it means
    A socket of the container engine (docker.sock, containerd.sock, crio.sock, podman.sock) or a
    directory of the machine's system (/, /etc, /proc, /var/lib/docker ...) is mounted into the
    container on one side only.

Why it matters
    Whoever can talk to the engine's socket can start a container that owns the machine; mounting
    it read-only does not help. Programs that use it (build tools, test containers, monitoring)
    work on one side and fail on the other.

How to confirm
    `docker inspect -f '{{json .Mounts}}' CONTAINER` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA604",
    name="host-laid-open",
    effects=("security",),
    severity="high",
    reads=(
        "container.mounts.*",
        "filesystem.mounts.*",
    ),
    remedy=Remedy(
        runtime="docker run without -v /var/run/docker.sock:/var/run/docker.sock (Kubernetes: no "
        "hostPath volumes), or the same on both sides",
    ),
    sources=(
        "https://github.com/OWASP/CheatSheetSeries/blob/master/cheatsheets/Docker_Security_Cheat_Sheet.md",
    ),
)


SOCKETS = ("docker.sock", "containerd.sock", "crio.sock", "podman.sock")
SYSTEM = ("/host", "/hostfs", "/rootfs", "/host/proc", "/host/root", "/var/lib/docker")


def check(pair: Pair) -> Iterator[Hit]:
    found = []
    for change in pair.changes("container.mounts.*", "filesystem.mounts.*"):
        point = change.path.partition(".mounts.")[2]
        if None not in (change.before, change.after):
            continue
        if point.endswith(SOCKETS) or point in SYSTEM:
            found.append(change)
    if found:
        point = found[0].path.partition(".mounts.")[2]
        side = "A" if found[0].after is None else "B"
        yield Hit(
            message=f"{point} is mounted in {side} only: through it the container can control "
            "the machine, and what needs it fails on the other side.",
            changes=tuple(found),
            confidence=0.45,
        )
