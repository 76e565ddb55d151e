"""OpenSSL allows approved (FIPS) algorithms only, on one side.

What it means
    OpenSSL can be restricted to algorithms that are approved by FIPS 140: by its configuration
    (`default_properties = fips=yes`, or the provider `fips` without `default`), by the host's
    kernel (`fips=1` at boot, which the OpenSSL of Red Hat and others obeys), or by
    `OPENSSL_FORCE_FIPS_MODE`. It is so on one side.

Why it matters
    `hashlib.md5()`, and wherever a library uses it for a cache key or a file's checksum, raises
    ValueError ("disabled for FIPS", "[digital envelope routines] unsupported"); so do DES, RC4,
    short RSA keys, and TLS with servers that offer nothing approved. Where the FIPS module is
    wanted and is not installed, even SHA-256 fails.

How to confirm
    `python -c "import hashlib; hashlib.md5(b'')"` on both sides, and with
    `OPENSSL_CONF=/dev/null` on the failing one.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA355",
    name="openssl-fips-mode",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "network.openssl.*",
        "env.OPENSSL_CONF",
        "env.OPENSSL_FORCE_FIPS_MODE",
        "os.packages.*",
        "native.*crypto*",
        "python.openssl.version",
    ),
    remedy=Remedy(
        image="the same openssl.cnf in both, without `default_properties = fips=yes`; in "
        "the program `hashlib.md5(data, usedforsecurity=False)` works in either "
        "mode where the algorithm is only a checksum",
        runtime="docker run without -v ...:/etc/ssl/openssl.cnf and without -e "
        "OPENSSL_FORCE_FIPS_MODE ... (Kubernetes: drop the volumeMount and the "
        "variable), or with them on both sides",
        host="boot both hosts alike: `fips=1` on the kernel's command line shows as "
        "/proc/sys/crypto/fips_enabled",
    ),
    sources=(
        "https://github.com/openssl/openssl/blob/master/doc/man7/fips_module.pod",
        "https://github.com/NVIDIA/Megatron-LM/issues/1471",
        "https://github.com/pytest-dev/pytest-randomly/issues/414",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change
        for path in ("network.openssl.fips", "env.OPENSSL_FORCE_FIPS_MODE")
        if (change := pair.change(path)) is not None
    ]
    kernel = pair.change("network.openssl.kernel_fips")
    details = pair.changes("network.openssl.properties", "network.openssl.providers")
    if changes:
        fips = where(pair.values("network.openssl.fips"), lambda value: value is True)
        by = "by OpenSSL's configuration" if fips else "by OPENSSL_FORCE_FIPS_MODE"
        place = fips or where(pair.env("OPENSSL_FORCE_FIPS_MODE"), bool)
        yield Hit(
            message=f"{place} allows approved (FIPS) algorithms only, {by}: hashlib.md5() and "
            "other algorithms that are not approved fail there with ValueError.",
            changes=(*changes, *details),
            facts=first(pair.loaded("crypto")),
            confidence=0.85,
        )
    elif kernel is not None:
        place = where(pair.values("network.openssl.kernel_fips"), lambda value: value is True)
        yield Hit(
            message=f"The host's kernel is in FIPS mode in {place}: where the image's OpenSSL "
            "obeys it (Red Hat's and others do), hashlib.md5() and other algorithms that are "
            "not approved fail there with ValueError.",
            changes=(kernel,),
            facts=first(pair.loaded("crypto")),
            confidence=0.6,
        )
