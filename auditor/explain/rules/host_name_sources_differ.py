"""Host names are looked up in other sources, or in another order.

What it means
    The line `hosts:` of /etc/nsswitch.conf says where glibc looks host names up, and in which
    order: `files` is /etc/hosts, `dns` the name servers. Without the file glibc before 2.35
    asks DNS first and /etc/hosts only if that is unavailable, newer ones `files dns`. musl does
    not read it; programs in Go do.

Why it matters
    Without `files`, the entries of /etc/hosts (what `--add-host`, `extra_hosts` and hostAliases
    write, and localhost itself) are not seen: "Name or service not known". Without `dns` no
    other name is found. With `dns` first, a name that is in both leads to another address.

How to confirm
    `grep ^hosts /etc/nsswitch.conf; getent hosts NAME` on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA363",
    name="host-name-sources-differ",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("network.nsswitch.hosts", "network.hosts.*", "os.libc.*", "python.packages.*"),
    remedy=Remedy(
        image="write the same line in both: `RUN echo 'hosts: files dns' > /etc/nsswitch.conf`",
        runtime="docker run -v ./nsswitch.conf:/etc/nsswitch.conf:ro ... (Kubernetes: a "
        "ConfigMap with subPath) on both sides, or on neither",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man5/nsswitch.conf.5",
        "https://github.com/bminor/glibc/blob/master/NEWS",
        "https://github.com/NixOS/docker/issues/35",
        "https://github.com/hashicorp/docker-consul/pull/95",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("network.nsswitch.hosts")
    musl = "musl" in pair.values("os.libc.family")
    if change is None or musl:
        return
    before, after = (
        _sources(value, version)
        for value, version in zip(
            pair.values("network.nsswitch.hosts"), pair.values("os.libc.version"), strict=True
        )
    )
    if before == after:
        return
    overrides = first(path for path, _, _ in pair.facts("network.hosts.*"))
    effect, confidence = _effect(before, after, bool(overrides))
    yield Hit(
        message=f"The sources of host names (nsswitch.conf, hosts) are {sides(change)}: {effect}.",
        changes=(change,),
        facts=overrides,
        confidence=confidence,
    )


def _sources(value: object, libc: object) -> tuple[str, ...]:
    """The services in order, without actions; what holds where the file says nothing."""
    if not isinstance(value, str):
        found = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", libc) if isinstance(libc, str) else None
        old = found is not None and (int(found[1]), int(found[2])) < (2, 35)
        return ("dns",) if old else ("files", "dns")
    return tuple(re.sub(r"\[[^]]*\]", " ", value).split())


def _effect(before: tuple[str, ...], after: tuple[str, ...], overrides: bool) -> tuple[str, float]:
    for source, what in (
        ("files", "/etc/hosts is not read, so that names that only it knows are not found"),
        ("dns", "no name server is asked, so that names outside /etc/hosts are not found"),
    ):
        if (source in before) != (source in after):
            place = "A" if source in after else "B"
            return f"in {place} {what}", 0.8 if overrides or source == "dns" else 0.7
    if {"files", "dns"} <= {*before} and (before.index("files") < before.index("dns")) != (
        after.index("files") < after.index("dns")
    ):
        return "a name that both /etc/hosts and DNS know leads to different addresses", 0.6
    return "a source that only one side asks can give another answer, or delay it", 0.35
