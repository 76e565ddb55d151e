"""Dead and idle connections are noticed after another time.

What it means
    How long the kernel tries before it gives a connection up differs: first connects
    (`tcp_syn_retries`), data that is not acknowledged (`tcp_retries2`), and idle connections
    with keep-alive (`tcp_keepalive_time`, `_intvl`, `_probes`; two hours before the first probe
    by default).

Why it matters
    Load balancers and firewalls drop idle connections after minutes. Where keep-alive comes
    earlier the connection lives; elsewhere the next query on a pooled connection hangs or fails
    ("Connection reset by peer", "server closed the connection unexpectedly"). A machine that
    does not answer blocks a connect for seconds on one side and for two minutes on the other.

How to confirm
    `cat /proc/sys/net/ipv4/tcp_keepalive_time` on both sides; run the program with `--sysctl
    net.ipv4.tcp_keepalive_time=...` of the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA368",
    name="tcp-timeouts-differ",
    effects=("behaviour", "crash", "performance"),
    severity="medium",
    reads=(
        "network.sysctl.net.ipv4.*",
        "kernel.tcp_keepalive_time",
        "container.sysctls.*",
        "python.packages.*",
        "native.loaded.*",
    ),
    remedy=Remedy(
        runtime="docker run --sysctl net.ipv4.tcp_keepalive_time=300 ... (Kubernetes: "
        "spec.securityContext.sysctls) on both sides; better, set timeouts and "
        "keep-alive in the client",
        host="`sysctl -w net.ipv4.tcp_keepalive_time=300` where containers use the host's network",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man7/tcp.7",),
)

NAMES = (
    "tcp_keepalive_time",
    "tcp_keepalive_intvl",
    "tcp_keepalive_probes",
    "tcp_syn_retries",
    "tcp_retries2",
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change for name in NAMES for change in pair.changes(f"*.net.ipv4.{name}", f"kernel.{name}")
    ]
    if not changes:
        return
    users = first(clients(pair))
    yield Hit(
        message=f"{changes[0].path.rpartition('.')[2]} is {sides(changes[0])}: idle or dead "
        "connections live for another time, so that pooled connections break, or connects hang, "
        "on one side only.",
        changes=tuple(changes),
        facts=users,
        confidence=0.4 if users else 0.25,
    )
