"""IPv6 is switched off on one side.

What it means
    One side's network has IPv6 disabled: the kernel lacks it, `net.ipv6.conf.*.disable_ipv6` is
    1, or no interface has an address, not even loopback. Docker does that where IPv6 is not
    enabled for its networks.

Why it matters
    A server that binds to `::1` fails with "Cannot assign requested address" (Errno 99), to
    `::` with "Address family not supported by protocol" (Errno 97) where the kernel lacks it;
    nginx and gunicorn with `[::]:8000` do not start. `localhost` may resolve to ::1 first, so
    that a client and a server of one container miss each other. A name with only IPv6 addresses
    is unreachable. With `net.ipv6.bindv6only` a socket on `::` no longer takes IPv4
    connections.

How to confirm
    `python -c "import socket; s = socket.socket(socket.AF_INET6); s.bind(('::1', 0));
    print('ok')"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import servers
from ..pair import Pair, first, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA365",
    name="ipv6-disabled",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "network.ipv6.disabled",
        "network.sysctl.net.ipv6.*",
        "kernel.disable_ipv6",
        "container.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="let the server listen on 0.0.0.0 rather than :: or ::1, e.g. `CMD "
        '["gunicorn", "-b", "0.0.0.0:8000", "app:app"]`',
        runtime="docker run --sysctl net.ipv6.conf.all.disable_ipv6=0 --sysctl "
        "net.ipv6.conf.lo.disable_ipv6=0 ... (Kubernetes: "
        "spec.securityContext.sysctls), or 1 on both sides",
        host='enable it for the engine\'s networks: {"ipv6": true} in '
        "/etc/docker/daemon.json, and `sysctl net.ipv6.conf.all.disable_ipv6=0`",
    ),
    sources=(
        "https://github.com/docker-library/python/issues/261",
        "https://github.com/caronc/apprise-api/issues/211",
        "https://github.com/prometheus-pve/prometheus-pve-exporter/issues/305",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    listening = servers(pair)
    changes = [
        *pair.changes("network.ipv6.disabled"),
        *pair.changes("network.sysctl.net.ipv6.conf.*disable_ipv6"),
        *pair.changes("container.sysctls.net.ipv6.*disable_ipv6", "kernel.disable_ipv6"),
    ]
    if changes:
        place = where(pair.values(changes[0].path), lambda value: value in (True, 1, "1"))
        yield Hit(
            message=f"IPv6 is disabled in {place or 'one side'} ({changes[0].path} is "
            f"{sides(changes[0])}): binding or connecting to ::1 and :: fails there, and "
            "localhost can lead to another address.",
            changes=tuple(changes),
            facts=first(listening),
            confidence=0.7 if listening else 0.65,
        )
    only = pair.change("network.sysctl.net.ipv6.bindv6only")
    if only is not None:
        yield Hit(
            message=f"net.ipv6.bindv6only is {sides(only)}: where it is 1, a server that listens "
            "on :: takes no IPv4 connections.",
            changes=(only,),
            facts=first(listening),
            confidence=0.5 if listening else 0.35,
        )
