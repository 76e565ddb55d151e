"""Another release of certifi trusts other certificate authorities.

What it means
    requests, httpx, botocore and others do not use the system's certificates but those in the
    package certifi, a copy of Mozilla's list at the time of the release. The sides have
    different releases, or one lacks it.

Why it matters
    Authorities are added and withdrawn: a server under a new root is refused with an old
    certifi, one under a withdrawn root with a new one (CERTIFICATE_VERIFY_FAILED). Releases
    more than a year apart differ in several roots; neighbours mostly in none that matter.

How to confirm
    `python -c "import certifi; print(certifi.__version__, certifi.where())"`, then the program
    with `SSL_CERT_FILE` and `REQUESTS_CA_BUNDLE` set to the other side's cacert.pem.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import CERTIFI
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA353",
    name="certifi-version-differs",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("python.packages.*", "env.REQUESTS_CA_BUNDLE"),
    remedy=Remedy(
        image="pin one release in both: `RUN pip install certifi==2024.8.30`",
        runtime="docker run -e REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt ... "
        "(Kubernetes: env: [{name: REQUESTS_CA_BUNDLE, value: ...}]) makes requests "
        "use the system's on both sides",
    ),
    sources=(
        "https://github.com/certifi/python-certifi/blob/master/README.rst",
        "https://github.com/docker-library/python/issues/650",
    ),
)

MONTHS = 6  # nearer releases seldom differ in an authority that is in use


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.packages.certifi")
    users = [path for path in pair.installed(*CERTIFI) if path != "python.packages.certifi"]
    redirected = None not in pair.env("REQUESTS_CA_BUNDLE")
    before, after = pair.version("certifi")
    if change is None or not users or redirected or before is None or after is None:
        return
    if abs(before.major * 12 + before.minor - after.major * 12 - after.minor) < MONTHS:
        return
    yield Hit(
        message=f"certifi is {sides(change)}: {users[0].rpartition('.')[2]} trusts the "
        "certificate authorities of that release, so that a server under one that was added or "
        "withdrawn in between is refused on one side (CERTIFICATE_VERIFY_FAILED).",
        changes=(change,),
        facts=first(users),
        confidence=0.3,
    )
