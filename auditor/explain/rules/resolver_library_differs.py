"""Names are resolved by musl on one side and by glibc on the other.

What it means
    The C library looks host names up. musl (Alpine) reads /etc/hosts and /etc/resolv.conf only:
    no nsswitch.conf, no mDNS or LDAP, few of the options; it asks all servers at once and takes
    the first answer, and before 1.2.4 it did not ask again over TCP.

Why it matters
    A name that only a second server, mDNS or another source knows is found on one side only; an
    answer that does not fit a UDP packet was lost ("Name does not resolve"); in Kubernetes a
    search domain's negative answer ends the search where glibc goes on.

How to confirm
    `python -c "import socket; print(socket.getaddrinfo('NAME', 443))"` on both sides, with the
    full name as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA379",
    name="resolver-library-differs",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=(
        "os.libc.*",
        "network.resolver.*",
        "network.nsswitch.hosts",
        "python.packages.*",
        "native.loaded.*",
    ),
    remedy=Remedy(
        image="the same base in both: `FROM python:3.12-slim` rather than `FROM "
        "python:3.12-alpine`",
        runtime="give both sides one name server that knows every name (docker run --dns "
        "...; Kubernetes: spec.dnsConfig), and use full host names",
    ),
    sources=(
        "https://github.com/bminor/musl/blob/master/src/network/res_msend.c",
        "https://github.com/bminor/musl/blob/master/src/network/resolvconf.c",
        "https://github.com/bminor/musl/blob/master/WHATSNEW",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.family")
    users = clients(pair)
    if change is None or {*pair.values("os.libc.family")} != {"musl", "glibc"} or not users:
        return
    several = any(
        isinstance(count, int) and count > 1
        for count in pair.values("network.resolver.nameserver_count")
    )
    yield Hit(
        message=f"The C library is {sides(change)}: musl resolves host names without "
        "nsswitch.conf, asks all name servers at once and knows fewer options, so that some names "
        "are found on one side only.",
        changes=(change,),
        facts=first([*(["network.resolver.nameserver_count"] if several else []), *users]),
        confidence=0.35 if several else 0.25,
    )
