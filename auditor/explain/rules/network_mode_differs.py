"""The containers are attached to the network in different ways.

What it means
    The engine gives a container its own network by default, the host's with `--network host`,
    another container's with `--network container:...`, or none but loopback with `--network
    none`. The sides differ in that.

Why it matters
    With `none` every connection fails ("Network is unreachable", "Temporary failure in name
    resolution"). With `host` localhost is the machine itself: services and ports of the host
    are reached there, and taken ports clash ("Address already in use"). On Docker's default
    bridge containers do not find each other by name, on networks of one's own they do.

How to confirm
    `docker inspect -f '{{.HostConfig.NetworkMode}}' CONTAINER` for both; start the failing one
    with the other's `--network`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA369",
    name="network-mode-differs",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("container.network_mode", "network.*", "python.packages.*", "native.loaded.*"),
    remedy=Remedy(
        runtime="docker run --network NAME ... with the same kind of network on both sides "
        "(Compose: networks; Kubernetes: spec.hostNetwork: false)",
    ),
    sources=("https://docs.docker.com/engine/network/drivers/none.md",),
)

EFFECTS = (
    ("none", 0.85, "with none there is no connection but to the container itself"),
    (
        "host",
        0.55,
        (
            "with host, localhost and the ports are the machine's own, so that other services "
            "answer and ports can be taken"
        ),
    ),
    ("container", 0.5, "localhost and the ports are those of the other container"),
    ("bridge", 0.45, "on Docker's default bridge other containers are not found by name"),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("container.network_mode")
    before, after = (_kind(value) for value in pair.values("container.network_mode"))
    if change is None or before is None or after is None or before == after:
        return
    confidence, effect = next(
        (confidence, effect) for kind, confidence, effect in EFFECTS if kind in (before, after)
    )
    yield Hit(
        message=f"The container's network is {sides(change)}: {effect}.",
        changes=(change,),
        facts=first(clients(pair)),
        confidence=confidence,
    )


def _kind(value: object) -> str | None:
    """What a mode means; the names of networks that somebody made are all the same to us."""
    if not isinstance(value, str):
        return None
    if value in ("none", "host"):
        return value
    if value.startswith("container:"):
        return "container"
    return "bridge" if value in ("default", "bridge", "") else "own"
