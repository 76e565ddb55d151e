"""getaddrinfo returns IPv4 and IPv6 addresses in another order.

What it means
    /etc/gai.conf changes how glibc sorts the addresses of a host, usually to put IPv4 first
    (`precedence ::ffff:0:0/96 100`). The sides differ in it.

Why it matters
    Programs connect to the first address. Where IPv6 comes first and leads nowhere, every
    connection waits for a timeout before it tries IPv4, or fails; where both work, it may be
    another machine.

How to confirm
    `python -c "import socket; print(socket.getaddrinfo('HOST', 443))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA378",
    name="address-order-differs",
    effects=("behaviour", "performance"),
    severity="medium",
    reads=(
        "network.gai",
        "os.libc.*",
        "network.ipv6.disabled",
        "python.packages.*",
        "native.loaded.*",
    ),
    remedy=Remedy(
        image="the same file in both: `RUN echo 'precedence ::ffff:0:0/96 100' >> /etc/gai.conf`",
        runtime="docker run -v ./gai.conf:/etc/gai.conf:ro ... (Kubernetes: a ConfigMap "
        "with subPath) on both sides, or on neither",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man5/gai.conf.5",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("network.gai")
    unread = "musl" in pair.values("os.libc.family")
    if change is None or unread or pair.values("network.ipv6.disabled") == (True, True):
        return
    yield Hit(
        message=f"The order of a host's addresses (gai.conf) is {sides(change)}: the program "
        "connects by IPv4 on one side and tries IPv6 first on the other.",
        changes=(change,),
        facts=first(clients(pair)),
        confidence=0.5,
    )
