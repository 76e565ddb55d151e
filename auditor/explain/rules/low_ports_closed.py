"""An unprivileged process may bind low ports on one side only.

What it means
    Ports below `net.ipv4.ip_unprivileged_port_start` (1024 by default; Docker sets 0 for its
    containers) may be bound only by root or with the capability NET_BIND_SERVICE. The limit
    differs, and the process is not root on at least one side.

Why it matters
    A server that listens on 80 or 443 starts on one side, and fails on the other with
    "Permission denied" (Errno 13) when it binds.

How to confirm
    `cat /proc/sys/net/ipv4/ip_unprivileged_port_start`, and `python -c "import socket;
    socket.socket().bind(('', 80))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import whole_number
from ..knowledge.connections import servers
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA366",
    name="low-ports-closed",
    effects=("crash",),
    severity="high",
    reads=(
        "network.sysctl.net.ipv4.ip_unprivileged_port_start",
        "kernel.ip_unprivileged_port_start",
        "container.*",
        "process.uid",
        "process.capabilities",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="let the server listen on a high port: `EXPOSE 8080`, and publish it as 80 "
        "(`-p 80:8080`)",
        runtime="docker run --sysctl net.ipv4.ip_unprivileged_port_start=0 ... or --cap-add "
        "NET_BIND_SERVICE (Kubernetes: spec.securityContext.sysctls)",
    ),
    sources=("https://git.zx2c4.com/linux-dev/diff/?id=4548b683b78137f8eadeb312b94e20bb0d4a7141",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        *pair.changes("network.sysctl.net.ipv4.ip_unprivileged_port_start"),
        *pair.changes("container.sysctls.net.ipv4.ip_unprivileged_port_start"),
        *pair.changes("kernel.ip_unprivileged_port_start"),
    ]
    users = pair.values("process.uid")
    if not changes or users == (0, 0):
        return
    ports = [
        number
        for side in pair.values("container.exposed_ports")
        for port in (side if isinstance(side, list) else ())
        if (number := whole_number(str(port).partition("/")[0])) is not None
    ]
    low = any(port < 1024 for port in ports)
    facts = [path for path in ("process.uid", "container.exposed_ports") if pair.either(path)]
    yield Hit(
        message=f"Ports from {shown(changes[0].before)} (A) or {shown(changes[0].after)} (B) on "
        "may be bound without privileges: a server on a lower port fails to start there with "
        "Permission denied.",
        changes=tuple(changes),
        facts=first([*facts, *servers(pair)]),
        confidence=0.75 if low else 0.35 if ports else 0.5,
    )
