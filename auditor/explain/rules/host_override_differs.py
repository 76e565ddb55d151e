"""/etc/hosts gives a host name an address on one side only, or another one.

What it means
    Entries in /etc/hosts (by `docker run --add-host`, `extra_hosts` in Compose, `hostAliases`
    in Kubernetes, or written at the start) come before DNS. A name has an entry on one side
    only, or another address.

Why it matters
    The program connects to another machine, or cannot find the host at all ("Name or service
    not known", "Temporary failure in name resolution"): a test double, a service's own
    database, a region's endpoint.

How to confirm
    `getent hosts NAME` on both sides; run the program with `docker run --add-host
    NAME:ADDRESS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA364",
    name="host-override-differs",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("network.hosts.*", "python.packages.*", "native.loaded.*"),
    remedy=Remedy(
        runtime="docker run --add-host feature-store:192.0.2.9 ... (Compose: extra_hosts; "
        "Kubernetes: spec.hostAliases: [{ip: 192.0.2.9, hostnames: "
        "[feature-store]}]) on both sides",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man5/hosts.5",),
)

# Names for the host that engines' users add; which address they have is each host's own matter.
OF_ENGINES = frozenset(
    {"host.docker.internal", "gateway.docker.internal", "kubernetes.docker.internal"}
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = pair.changes("network.hosts.*")
    named = [change for change in changes if change.path[14:] not in OF_ENGINES]
    if not changes:
        return
    decisive = (named or changes)[0]
    more = f" (and {len(changes) - 1} more names)" if len(changes) > 1 else ""
    yield Hit(
        message=f"/etc/hosts says of {decisive.path[14:]}: {sides(decisive)}{more}. The program "
        "connects to another machine by that name, or does not find it.",
        changes=(decisive, *(change for change in changes if change is not decisive)),
        facts=first(clients(pair)),
        confidence=0.65 if named else 0.45,
    )
