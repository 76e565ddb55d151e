"""gRPC resolves host names with another resolver.

What it means
    `GRPC_DNS_RESOLVER` chooses between gRPC's own resolver (`ares`, the default since 1.19
    where it was built in) and the C library's (`native`). The sides differ in it.

Why it matters
    c-ares reads /etc/resolv.conf and /etc/hosts itself: it knows neither nsswitch.conf's other
    sources nor the caches behind them, and behaves differently with search domains and IPv6.
    Calls fail with UNAVAILABLE ("DNS resolution failed") on one side, while other programs in
    the same container find the host.

How to confirm
    Run the program with `GRPC_DNS_RESOLVER=native` and `GRPC_VERBOSITY=debug` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import GRPC
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA370",
    name="grpc-resolver-differs",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("env.GRPC_DNS_RESOLVER", "python.packages.*"),
    remedy=Remedy(
        image="`ENV GRPC_DNS_RESOLVER=native` in both, or in neither",
        runtime="docker run -e GRPC_DNS_RESOLVER=native ... (Kubernetes: env: [{name: "
        "GRPC_DNS_RESOLVER, value: native}]) on both sides",
    ),
    sources=(
        "https://github.com/grpc/grpc/releases/tag/v1.19.0",
        "https://docs.ros.org/en/api/grpc/html/dns__resolver__selection_8cc_source.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.GRPC_DNS_RESOLVER")
    users = pair.installed(*GRPC)
    if change is None or not users:
        return
    yield Hit(
        message=f"GRPC_DNS_RESOLVER is {sides(change)}: gRPC finds hosts by another resolver, "
        "with other sources and another handling of search domains and IPv6, so that calls can "
        "fail with UNAVAILABLE on one side.",
        changes=(change,),
        facts=first(users),
        confidence=0.6,
    )
