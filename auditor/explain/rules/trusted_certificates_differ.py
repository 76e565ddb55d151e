"""The system's trusted certificates differ, or are missing on one side.

What it means
    OpenSSL, and with it Python's `ssl` and `urllib`, trusts the certificate authorities in the
    system's bundle (Debian's and Alpine's package `ca-certificates`). The bundle differs
    between the sides, or one side has none.

Why it matters
    Without a bundle every TLS connection fails with CERTIFICATE_VERIFY_FAILED ("unable to get
    local issuer certificate"): slim and hand-made images often lack the package. With another
    bundle only servers under an authority that is in one of them fail: a company's own
    authority that was installed in one image, or a root that was added or withdrawn since.

How to confirm
    `python -c "import ssl; print(ssl.create_default_context().cert_store_stats())"` on both
    sides; then `openssl s_client -connect HOST:443 -brief </dev/null`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, shown, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA352",
    name="trusted-certificates-differ",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "network.ca_bundle.*",
        "os.packages.ca-certificates",
        "python.packages.*",
        "native.loaded.*",
    ),
    remedy=Remedy(
        image="`RUN apt-get update && apt-get install -y --no-install-recommends "
        "ca-certificates` (Alpine: `RUN apk add --no-cache ca-certificates`), and "
        "for an own authority `COPY ca.crt /usr/local/share/ca-certificates/` with "
        "`RUN update-ca-certificates`, in both images",
        runtime="mount one bundle on both sides: docker run -v "
        "/etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro "
        "... (Kubernetes: a ConfigMap as a volume)",
    ),
    sources=(
        "https://github.com/docker-library/python/issues/109",
        "https://github.com/evenfire-ai/evenfire/pull/221",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = first(clients(pair))
    exists = pair.change("network.ca_bundle.exists")
    package = pair.change("os.packages.ca-certificates")
    changes = [change for change in (exists, package) if change is not None]
    lacks = where(pair.values("network.ca_bundle.exists"), lambda value: value is False)
    if exists is not None and lacks:
        yield Hit(
            message=f"{lacks} has no file of trusted certificates and the other side has one: "
            "there every TLS connection fails with CERTIFICATE_VERIFY_FAILED.",
            changes=tuple(changes),
            facts=users,
            confidence=0.85 if users else 0.7,
        )
        return
    digest = pair.change("network.ca_bundle.digest")
    if digest is None or pair.change("env.SSL_CERT_FILE") is not None:
        return
    counts = pair.values("network.ca_bundle.certificates")
    told = f" ({shown(counts[0])} in A, {shown(counts[1])} in B)" if None not in counts else ""
    path = pair.either("network.ca_bundle.path")
    # A package's update changes a few roots; the same package with another file was edited.
    edited = package is None and None not in pair.values("os.packages.ca-certificates")
    yield Hit(
        message=f"The trusted certificates in {shown(path)} differ{told}: a server whose "
        "authority only one side knows is refused on the other with CERTIFICATE_VERIFY_FAILED.",
        changes=(digest, *changes),
        facts=users,
        confidence=(0.6 if edited else 0.35) + (0.1 if users else 0),
    )
