"""Python is linked with another OpenSSL.

What it means
    `ssl` and `hashlib` use the OpenSSL that this Python is linked with. Its version differs by
    a major or minor step between the sides.

Why it matters
    OpenSSL 3.0 needs servers that support secure renegotiation ("unsafe legacy renegotiation
    disabled"), moved MD4, RC4, Blowfish and others to a provider that is not active
    ("unsupported"), takes TLS 1.0 and 1.1 only at security level 0, and reports a connection
    that is cut without notice as an error ("unexpected eof while reading"). 3.2 raised the
    default security level to 2 (keys below 2,048 bits and SHA-1 signatures are refused).
    Distributions set stricter values than OpenSSL itself.

How to confirm
    `python -c "import ssl; print(ssl.OPENSSL_VERSION)"` on both sides; then the failing
    connection with `openssl s_client -connect HOST:443`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA357",
    name="openssl-version-differs",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "python.openssl.version",
        "os.packages.*",
        "python.packages.*",
        "native.*",
        "python.version",
        "os.*",
    ),
    remedy=Remedy(
        image="the same base image in both: `FROM python:3.12-slim-bookworm`",
        runtime="run the same image on both sides (docker run IMAGE@sha256:DIGEST ...); for "
        "one old server docker run -e OPENSSL_CONF=/app/legacy.cnf ... with "
        "`Options = UnsafeLegacyRenegotiation` is a stopgap",
    ),
    sources=(
        "https://github.com/openssl/openssl/blob/master/doc/man7/migration_guide.pod",
        "https://github.com/openssl/openssl/issues/16278",
        "https://github.com/openssl/openssl/blob/master/NEWS.md",
    ),
)

STEPS = (
    ((1, 1), "1.1 drops SSLv3 and weak ciphers"),
    (
        (3, 0),
        (
            "3.0 refuses servers without secure renegotiation, keeps MD4, RC4 and Blowfish in a "
            "provider that is not active, and reports a cut connection as an error"
        ),
    ),
    ((3, 2), "3.2 refuses keys below 2,048 bits by default (security level 2)"),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.openssl.version")
    before, after = (_series(value) for value in pair.values("python.openssl.version"))
    if change is None or before is None or after is None or before == after:
        return
    users = first(clients(pair))
    older, newer = sorted((before, after))
    crossed = [text for step, text in STEPS if older < step <= newer]
    what = "; ".join(crossed[:2]) or "defaults and algorithms change with such a step"
    yield Hit(
        message=f"Python's OpenSSL is {sides(change)}: {what}.",
        changes=(change,),
        facts=users,
        confidence=(0.5 if crossed else 0.25) + (0.1 if users else 0),
    )


def _series(value: object) -> tuple[int, int] | None:
    """`(3, 0)` of `OpenSSL 3.0.15 3 Sep 2024`."""
    found = (
        re.match(r"OpenSSL ([0-9]{1,9})\.([0-9]{1,9})", value) if isinstance(value, str) else None
    )
    return (int(found[1]), int(found[2])) if found else None
