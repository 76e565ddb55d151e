"""The resolver's options (ndots, timeout, attempts ...) differ.

What it means
    /etc/resolv.conf, or `RES_OPTIONS`, tells the C library how to look names up: from how many
    dots on a name is asked for as it is (`ndots`), how long and how often a server is asked
    (`timeout`, `attempts`), whether in turn (`rotate`), over TCP (`use-vc`), and whether A and
    AAAA one after the other (`single-request`). The sides differ in one that changes that.

Why it matters
    With `ndots:5`, Kubernetes' own setting, an external name is first tried with every search
    domain: several times the queries, and another address where such a name exists. Short
    timeouts turn a slow server into "Temporary failure in name resolution"; without
    `single-request` some networks lose one of two parallel answers, which costs 5 seconds.

How to confirm
    `cat /etc/resolv.conf` on both sides; `RES_OPTIONS='ndots:1' python -c "import socket, time;
    t = time.time(); print(socket.getaddrinfo('HOST', 443)); print(time.time() - t)"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..knowledge.connections import clients
from ..pair import Pair, as_mapping, first, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA360",
    name="resolver-options-differ",
    effects=("behaviour", "performance", "crash"),
    severity="medium",
    reads=("network.resolver.*", "env.RES_OPTIONS", "python.packages.*", "native.loaded.*"),
    remedy=Remedy(
        runtime="docker run --dns-option ndots:1 ... (Kubernetes: spec.dnsConfig.options: "
        "[{name: ndots, value: '1'}]), or end names with a dot in the program",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man5/resolv.conf.5",
        "https://github.com/kubernetes/kubernetes/issues/56903",
        "https://github.com/kubernetes/dns/issues/341",
    ),
)

DEFAULTS: dict[str, Value] = {"ndots": 1, "timeout": 5, "attempts": 2}
# They change what is asked and trusted, not which answer a program gets.
HARMLESS = frozenset({"edns0", "trust-ad", "debug", "no-aaaa-log"})


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("network.resolver.options")
    if change is None:
        return
    before, after = as_mapping(change.before), as_mapping(change.after)
    differing = [
        name
        for name in sorted({*before, *after} - HARMLESS)
        if before.get(name, DEFAULTS.get(name)) != after.get(name, DEFAULTS.get(name))
    ]
    if not differing:
        return
    told = "; ".join(
        f"{name} {_value(before.get(name))} in A, {_value(after.get(name))} in B"
        for name in differing[:3]
    )
    variable = pair.change("env.RES_OPTIONS")
    users = first(clients(pair))
    yield Hit(
        message=f"Host names are looked up by other rules ({told}): short names can resolve to "
        "something else or not at all, and lookups take longer or give up earlier.",
        changes=(change, *([variable] if variable else [])),
        facts=users,
        confidence=0.45 if users or variable else 0.35,
    )


def _value(value: Value) -> str:
    return "default" if value is None else "on" if value is True else shown(value)
