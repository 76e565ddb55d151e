"""urllib3 2 makes TLS connections by stricter rules than urllib3 1.

What it means
    requests, botocore and others send through urllib3. One side has version 1, the other 2.

Why it matters
    urllib3 2 takes TLS 1.2 and newer only, uses the system's list of ciphers, no longer accepts
    a certificate by its common name, encodes request bodies as UTF-8, and cannot be imported
    with an OpenSSL before 1.1.1 ("urllib3 v2 only supports OpenSSL 1.1.1+"). Libraries that
    were made for version 1 fail with ImportError ("cannot import name 'DEFAULT_CIPHERS'").

How to confirm
    `python -c "import ssl, urllib3; print(urllib3.__version__, ssl.OPENSSL_VERSION)"` on both
    sides; then `pip install 'urllib3<2'` on the failing one.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import REQUESTS
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA374",
    name="urllib3-major-differs",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("python.packages.*", "python.openssl.version"),
    remedy=Remedy(
        image="pin one major version in both: `RUN pip install 'urllib3>=2,<3'` (or "
        "`'urllib3<2'` where a library needs it)",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=("https://github.com/urllib3/urllib3/blob/main/docs/v2-migration-guide.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.packages.urllib3")
    before, after = pair.version("urllib3")
    if change is None or before is None or after is None or (before.major < 2) == (after.major < 2):
        return
    newer = pair.values("python.openssl.version")[0 if before > after else 1]
    old = isinstance(newer, str) and newer.startswith(("OpenSSL 1.0", "OpenSSL 1.1.0", "Libre"))
    effect = (
        f"version 2 cannot be imported with this Python's {newer}"
        if old
        else "version 2 refuses TLS below 1.2 and certificates without subjectAltName, and "
        "breaks libraries that were made for version 1"
    )
    yield Hit(
        message=f"urllib3 is {sides(change)}: {effect}.",
        changes=(change,),
        facts=("python.openssl.version",) if old else first(pair.installed(*REQUESTS)),
        confidence=0.9 if old else 0.6,
    )
