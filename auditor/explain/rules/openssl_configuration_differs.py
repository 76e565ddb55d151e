"""OpenSSL's configuration file sets other defaults, for TLS connections above all.

What it means
    openssl.cnf can set defaults for every TLS context: the lowest and highest protocol
    (`MinProtocol`), the ciphers and with them the security level (`CipherString =
    DEFAULT@SECLEVEL=2`), options such as `UnsafeLegacyRenegotiation`, groups and signature
    algorithms. The sides' files, or `OPENSSL_CONF`, differ in that.

Why it matters
    A server or certificate that one side still accepts is refused on the other: "dh key too
    small", "ca md too weak", "ee key too small" (security level), "unsupported protocol" (TLS
    1.0 and 1.1), "unsafe legacy renegotiation disabled". Python's own contexts override a part
    of it (ciphers, unless it was built to follow the system's), other libraries do not.

How to confirm
    `openssl version -d` names the directory of openssl.cnf; run the program with
    `OPENSSL_CONF=` pointing to the other side's file.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, shown, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA354",
    name="openssl-configuration-differs",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "network.openssl.*",
        "env.OPENSSL_CONF",
        "python.packages.*",
        "native.loaded.*",
        "os.version_id",
    ),
    remedy=Remedy(
        image="bring the same openssl.cnf into both: `COPY openssl.cnf "
        "/etc/ssl/openssl.cnf`, with e.g. `MinProtocol = TLSv1.2` and `CipherString "
        "= DEFAULT@SECLEVEL=2`",
        runtime="docker run -e OPENSSL_CONF=/etc/ssl/openssl.cnf ... (Kubernetes: env: "
        "[{name: OPENSSL_CONF, value: /etc/ssl/openssl.cnf}]) on both sides, or on "
        "neither",
    ),
    sources=(
        "https://github.com/openssl/openssl/blob/master/doc/man5/config.pod",
        "https://github.com/openssl/openssl/issues/21296",
    ),
)

# What other rules tell of the same file.
TOLD = (
    "network.openssl.fips",
    "network.openssl.providers",
    "network.openssl.engines",
    "network.openssl.properties",
)
NAMES = {
    "min_protocol": "lowest protocol",
    "max_protocol": "highest protocol",
    "security_level": "security level",
    "signature_algorithms": "signature algorithms",
}


def check(pair: Pair) -> Iterator[Hit]:
    changes = pair.changes("network.openssl.tls.*")
    if not changes:
        yield from _other(pair)
        return
    told = "; ".join(f"{NAMES.get(c.path[20:], c.path[20:])} {sides(c)}" for c in changes[:3])
    users = first(clients(pair))
    yield Hit(
        message=f"OpenSSL's configuration differs for TLS ({told}): servers and certificates that "
        "one side accepts are refused by the other during the handshake.",
        changes=tuple(changes),
        facts=users,
        confidence=0.65 if users else 0.55,
    )


def _other(pair: Pair) -> Iterator[Hit]:
    """Settings that we do not know, of a file that did not come with another distribution."""
    change = pair.change("network.openssl.conf.digest") or pair.change("env.OPENSSL_CONF")
    if change is None or pair.change("os.version_id") or pair.changes(*TOLD):
        return
    exists = pair.change("network.openssl.conf.exists")
    what = "is read on one side only" if exists else "has other settings"
    yield Hit(
        message=f"OpenSSL's configuration ({shown(pair.either('network.openssl.conf.path'))}) "
        f"{what}: defaults of ssl, hashlib and other users of OpenSSL can differ.",
        changes=tuple(found for found in (change, exists) if found is not None),
        confidence=0.3,
    )
