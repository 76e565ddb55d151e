"""The kernel queues fewer connections, or has fewer local ports, on one side.

What it means
    `net.core.somaxconn` caps the queue of connections that a server has not accepted yet,
    whatever it asks for; `net.ipv4.ip_local_port_range` is the stock of ports for outgoing
    connections, and `tcp_tw_reuse` and `tcp_fin_timeout` say how soon they are free again. The
    sides differ.

Why it matters
    Under load a full queue drops connections: clients see delays of 1, 3, 7 seconds or resets.
    A program that opens many connections runs out of local ports: "Cannot assign requested
    address" (Errno 99).

How to confirm
    `ss -lnt` (Send-Q is the queue's size) and `nstat -az TcpExtListenDrops` on both sides under
    load; `cat /proc/sys/net/ipv4/ip_local_port_range`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import whole_number
from ..knowledge.connections import clients, servers
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA367",
    name="connection-limits-differ",
    effects=("performance", "crash"),
    severity="medium",
    reads=(
        "network.sysctl.net.*",
        "kernel.somaxconn",
        "container.sysctls.*",
        "python.packages.*",
        "container.exposed_ports",
        "native.loaded.*",
    ),
    remedy=Remedy(
        runtime="docker run --sysctl net.core.somaxconn=4096 --sysctl "
        "net.ipv4.ip_local_port_range='32768 60999' ... (Kubernetes: "
        "spec.securityContext.sysctls) on both sides",
        host="`sysctl -w net.core.somaxconn=4096` where containers use the host's network",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man2/listen.2",
        "https://github.com/mkerrisk/man-pages/blob/master/man7/ip.7",
        "https://github.com/torvalds/linux/blob/master/Documentation/networking/ip-sysctl.rst",
    ),
)

FEW = 2_000  # local ports; a busy client with keep-alive gets by with that


def check(pair: Pair) -> Iterator[Hit]:
    queue = pair.changes("kernel.somaxconn", "*sysctl*.net.core.somaxconn")
    listening = servers(pair)
    if queue:
        yield Hit(
            message=f"The queue of connections that wait to be accepted is at most "
            f"{sides(queue[0])} (somaxconn): under load the smaller one drops connections.",
            changes=tuple(queue),
            facts=first(listening),
            confidence=0.4 if listening else 0.2,
        )
    ports = pair.changes("*sysctl*.net.ipv4.ip_local_port_range")
    reuse = pair.changes("*sysctl*.net.ipv4.tcp_tw_reuse", "*sysctl*.net.ipv4.tcp_fin_timeout")
    users = clients(pair)
    if ports:
        few = min(_count(value) for value in (ports[0].before, ports[0].after)) < FEW
        yield Hit(
            message=f"Local ports for outgoing connections are {sides(ports[0])}: with the "
            "smaller range many connections at a time fail with Cannot assign requested address.",
            changes=(*ports, *reuse),
            facts=first(users),
            confidence=0.7 if few else 0.3,
            effects=("crash", "performance"),
        )
    elif reuse:
        yield Hit(
            message=f"{reuse[0].path.rpartition('.')[2]} is {sides(reuse[0])}: closed connections "
            "keep their local ports for another time, which many short connections feel.",
            changes=tuple(reuse),
            facts=first(users),
            confidence=0.2,
        )


def _count(value: object) -> int:
    """How many ports `32768 60999` are."""
    ends = [whole_number(word) for word in value.split()] if isinstance(value, str) else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return FEW
    return ends[1] - ends[0] + 1
