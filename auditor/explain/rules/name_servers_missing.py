"""One side has no name server, or more than the C library asks.

What it means
    /etc/resolv.conf names the DNS servers. Where it names none, the C library asks one on the
    local machine, which a container does not have; of more than three it uses the first three.

Why it matters
    Without a server every name that is not in /etc/hosts fails, after a delay ("Temporary
    failure in name resolution", Errno -3). Containers without a network, and images whose
    /etc/resolv.conf was baked in or is mounted empty, are like that.

How to confirm
    `cat /etc/resolv.conf` and `getent hosts example.com` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA362",
    name="name-servers-missing",
    effects=("crash", "performance"),
    severity="high",
    reads=("network.resolver.*", "container.network_mode", "python.packages.*", "native.loaded.*"),
    remedy=Remedy(
        runtime="docker run --dns 192.0.2.53 ... (Kubernetes: spec.dnsPolicy: ClusterFirst, "
        "or dnsConfig.nameservers)",
        host='give the engine servers: {"dns": ["192.0.2.53"]} in /etc/docker/daemon.json',
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man5/resolv.conf.5",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("network.resolver.nameserver_count")
    if change is None:
        return
    none = where(pair.values("network.resolver.nameserver_count"), lambda value: value == 0)
    if none:
        yield Hit(
            message=f"{none} has no name server and the other side has: there every host name "
            "that /etc/hosts does not list fails to resolve.",
            changes=(change,),
            facts=first(clients(pair)),
            confidence=0.75,
        )
