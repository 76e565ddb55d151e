"""Variables write down TLS keys or switch off TLS checks on one side.

What it means
    SSLKEYLOGFILE makes Python's ssl module, curl and browsers write each connection's keys into a
    file. PYTHONHTTPSVERIFY=0, GIT_SSL_NO_VERIFY, NODE_TLS_REJECT_UNAUTHORIZED=0 and the like
    switch off the check of certificates in the programs that read them (Python 3 itself no longer
    does).

Why it matters
    With the keys, recorded traffic can be read. Without checks, anybody in between can read and
    change it, and a wrong certificate goes unnoticed on one side while it is an error on the
    other.

How to confirm
    `env | grep -E 'SSLKEYLOGFILE|VERIFY|REJECT'` in the container.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA606",
    name="tls-keys-or-checks-given-away",
    effects=("security",),
    severity="high",
    reads=(
        "env.*",
        "python.series",
    ),
    remedy=Remedy(
        image="remove `ENV SSLKEYLOGFILE=...` and `ENV PYTHONHTTPSVERIFY=0` from the Dockerfile",
        runtime="docker run without -e SSLKEYLOGFILE=...; add the missing certificate authority "
        "instead of switching off the check",
    ),
    sources=(
        "https://docs.python.org/3.11/library/ssl.html",
        "https://peps.python.org/pep-0493/",
    ),
)


NAMES = (
    "SSLKEYLOGFILE",
    "PYTHONHTTPSVERIFY",
    "GIT_SSL_NO_VERIFY",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "PIP_TRUSTED_HOST",
    "CURL_INSECURE",
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change
        for name in NAMES
        if (change := pair.change(f"env.{name}")) is not None
        and not (name == "PYTHONHTTPSVERIFY" and not acts(change, "1"))
    ]
    if changes:
        keys = changes[0].key == "SSLKEYLOGFILE"
        yield Hit(
            message=f"{told(changes)}: encrypted connections are written down or not verified "
            "on one side.",
            changes=tuple(changes),
            confidence=0.45 if keys else 0.3,
        )
