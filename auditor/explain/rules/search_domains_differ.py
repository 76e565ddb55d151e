"""Short host names are completed with other domains.

What it means
    A host name with few dots is tried with each domain of the search list in /etc/resolv.conf
    (or `LOCALDOMAIN`). The lists differ.

Why it matters
    A service that is found by its short name on one side is unknown on the other ("Name or
    service not known"), or the name leads to another machine: in Kubernetes another namespace's
    service of the same name. Every domain in the list also costs a query for each name that is
    not in it.

How to confirm
    `python -c "import socket; print(socket.getaddrinfo('NAME', None))"` on both sides, and with
    the full name.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA361",
    name="search-domains-differ",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("network.resolver.*", "env.LOCALDOMAIN", "python.packages.*", "native.loaded.*"),
    remedy=Remedy(
        runtime="docker run --dns-search example.com ... (Kubernetes: "
        "spec.dnsConfig.searches), or use full host names in the program's settings",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man5/resolv.conf.5",
        "https://github.com/mdn/developer-portal/issues/1067",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("network.resolver.search")
    if change is None:
        return
    variable = pair.change("env.LOCALDOMAIN")
    users = first(clients(pair))
    yield Hit(
        message=f"Host names without a domain are completed with: {sides(change)}. A short name "
        "that one side finds can be unknown, or another machine, on the other.",
        changes=(change, *([variable] if variable else [])),
        facts=users,
        confidence=0.4 if users or variable else 0.3,
    )
