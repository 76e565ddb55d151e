"""OpenSSL's providers or engines differ: some algorithms exist on one side only.

What it means
    OpenSSL 3 takes its algorithms from providers. `default` is activated by itself only while
    no other is; `legacy` (MD4, RIPEMD-160, Blowfish, CAST, DES, RC2, RC4) has to be activated
    in openssl.cnf, and its module has to be found (`OPENSSL_MODULES`, on newer Debian the
    package openssl-provider-legacy). Engines are the older mechanism. The sides differ in one
    of them.

Why it matters
    An algorithm that is there on one side fails on the other: `hashlib.new("md4")` and
    `hashlib.new("ripemd160")` raise "unsupported hash type", old PKCS#12 files and NTLM cannot
    be read. Where another provider is activated and `default` is not, almost everything fails
    ("unsupported").

How to confirm
    `openssl list -providers` on both sides, and `python -c "import hashlib;
    print(sorted(hashlib.algorithms_available))"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA356",
    name="openssl-providers-differ",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "network.openssl.*",
        "env.OPENSSL_CONF",
        "env.OPENSSL_MODULES",
        "env.OPENSSL_ENGINES",
        "os.packages.openssl-provider-legacy",
        "python.packages.*",
        "native.*crypto*",
    ),
    remedy=Remedy(
        image="`RUN apt-get install -y openssl-provider-legacy` and in "
        "/etc/ssl/openssl.cnf `[provider_sect]` with `default = default_sect` and "
        "`legacy = legacy_sect`, each section with `activate = 1`, in both images",
        runtime="docker run -e OPENSSL_CONF=/app/openssl.cnf ... (Kubernetes: env: [{name: "
        "OPENSSL_CONF, value: /app/openssl.cnf}]) with one file on both sides",
    ),
    sources=(
        "https://github.com/openssl/openssl/blob/master/doc/man5/config.pod",
        "https://docs.openssl.org/3.0/man7/OSSL_PROVIDER-legacy",
    ),
)

OTHERS = {
    "network.openssl.engines": "The list of engines in OpenSSL's configuration",
    "env.OPENSSL_MODULES": "OPENSSL_MODULES, where OpenSSL looks for providers,",
    "env.OPENSSL_ENGINES": "OPENSSL_ENGINES, where OpenSSL looks for engines,",
    "os.packages.openssl-provider-legacy": "The package openssl-provider-legacy",
}


def check(pair: Pair) -> Iterator[Hit]:
    if pair.change("network.openssl.fips") is not None:
        return  # a rule of its own
    providers = pair.change("network.openssl.providers")
    if providers is not None:
        lacks = where(
            pair.values("network.openssl.providers"),
            lambda value: isinstance(value, list) and "default" not in value,
        )
        effect = (
            f"without the default one nearly every algorithm fails in {lacks}"
            if lacks
            else "algorithms of the provider that one side lacks fail there as unsupported"
        )
        yield Hit(
            message=f"OpenSSL's activated providers are {sides(providers)}: {effect}.",
            changes=(providers,),
            facts=first(pair.loaded("crypto")),
            confidence=0.85 if lacks else 0.6,
        )
    for path, what in OTHERS.items():
        change = pair.change(path)
        if change is not None:
            yield Hit(
                message=f"{what} is {sides(change)}: algorithms from OpenSSL's modules (such as "
                "MD4, RC4 and Blowfish of the legacy one) can be missing on one side.",
                changes=(change,),
                facts=first(pair.loaded("crypto")),
                confidence=0.5 if path.startswith("env.") else 0.4,
            )
