"""The table of network services is missing on one side.

What it means
    /etc/services and /etc/protocols turn names such as `https` and `tcp` into numbers. They
    come with the package netbase (Debian) or setup (Fedora), which hand-made and slim images
    can lack.

Why it matters
    `socket.getservbyname("https")` raises OSError ("service/proto not found"),
    `socket.getprotobyname("tcp")` likewise, and getaddrinfo does not take a service's name
    ("Servname not supported for ai_socktype", Errno -8). eventlet, libpcap and others call
    these when they are imported or started.

How to confirm
    `python -c "import socket; print(socket.getservbyname('https'),
    socket.getprotobyname('tcp'))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA377",
    name="services-table-missing",
    effects=("crash",),
    severity="medium",
    reads=("network.services.exists", "os.packages.*", "python.packages.*"),
    remedy=Remedy(
        image="`RUN apt-get update && apt-get install -y --no-install-recommends netbase` in both",
        runtime="mount it: docker run -v /etc/services:/etc/services:ro -v "
        "/etc/protocols:/etc/protocols:ro ... (Kubernetes: a ConfigMap with "
        "subPath)",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man5/services.5",
        "https://github.com/docker-library/python/issues/270",
        "https://github.com/bitnami/bitnami-docker-airflow-scheduler/pull/8",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    table = pair.change("network.services.exists")
    package = pair.change("os.packages.netbase")
    if table is None and (package is None or None not in (package.before, package.after)):
        return
    changes = tuple(change for change in (table, package) if change is not None)
    users = pair.installed("eventlet", "scapy", "apache-airflow", "dnspython", "twisted")
    lacks = where((changes[0].before, changes[0].after), lambda value: value in (False, None))
    yield Hit(
        message=f"{lacks} lacks /etc/services (package netbase): looking up a service or protocol "
        "by its name fails there (service/proto not found).",
        changes=changes,
        facts=first(users),
        confidence=(0.55 if users else 0.45) if table is not None else 0.35,
    )
