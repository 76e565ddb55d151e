"""A variable sends programs to another file of trusted certificates.

What it means
    Which certificate authorities a program trusts is decided by files. `SSL_CERT_FILE` and
    `SSL_CERT_DIR` replace OpenSSL's, and so those of Python's `ssl`; `REQUESTS_CA_BUNDLE` and
    `CURL_CA_BUNDLE` replace certifi's for requests; `AWS_CA_BUNDLE`, `HTTPLIB2_CA_CERTS` and
    `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH` are those libraries' own. The sides differ in one of
    them.

Why it matters
    A server whose authority is in one set and not in the other is reached from one side, and on
    the other every connection fails with CERTIFICATE_VERIFY_FAILED (a company's proxy that
    opens TLS is the usual case). A file that does not exist fails before any connection:
    requests raises OSError ("Could not find a suitable TLS CA certificate bundle, invalid
    path").

How to confirm
    Run the program with the variable of the other side. What holds is shown by `python -c
    "import ssl; print(ssl.get_default_verify_paths())"` and `python -m requests.certs`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import GRPC, REQUESTS, clients
from ..pair import Pair, first, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA351",
    name="ca-bundle-redirected",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "env.SSL_CERT_FILE",
        "env.SSL_CERT_DIR",
        "env.REQUESTS_CA_BUNDLE",
        "env.CURL_CA_BUNDLE",
        "env.AWS_CA_BUNDLE",
        "env.HTTPLIB2_CA_CERTS",
        "env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        "network.*ca_*",
        "python.packages.*",
        "native.loaded.*",
    ),
    remedy=Remedy(
        image="install the certificate into the system's bundle in both: `COPY ca.crt "
        "/usr/local/share/ca-certificates/` and `RUN update-ca-certificates`, then "
        "`ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "
        "REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt`",
        runtime="docker run -e SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt ... "
        "(Kubernetes: env: [{name: SSL_CERT_FILE, value: "
        "/etc/ssl/certs/ca-certificates.crt}]) on both sides, with the file "
        "mounted, or on neither",
    ),
    sources=(
        "https://github.com/psf/requests/blob/main/docs/user/advanced.rst",
        "https://github.com/slimtoolkit/slim/issues/101",
    ),
)

# Variable -> the fact about what it names, who must be installed for it to be read, who reads it.
VARIABLES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "SSL_CERT_FILE": ("network.ca_bundle", (), "OpenSSL and Python's ssl"),
    "SSL_CERT_DIR": ("network.ca_directory", (), "OpenSSL and Python's ssl"),
    "REQUESTS_CA_BUNDLE": ("network.requests_ca_bundle", REQUESTS, "requests"),
    "CURL_CA_BUNDLE": ("network.requests_ca_bundle", (*REQUESTS, "pycurl"), "requests and curl"),
    "AWS_CA_BUNDLE": ("env.AWS_CA_BUNDLE", ("boto3", "botocore"), "botocore"),
    "HTTPLIB2_CA_CERTS": ("env.HTTPLIB2_CA_CERTS", ("httplib2",), "httplib2"),
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": ("env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", GRPC, "gRPC"),
}


def check(pair: Pair) -> Iterator[Hit]:
    for name, (fact, readers, reader) in VARIABLES.items():
        change = pair.change(f"env.{name}")
        users = pair.installed(*readers) if readers else clients(pair)
        if change is None or (readers and not users):
            continue
        missing = where(pair.values(f"{fact}.exists"), lambda value: value is False)
        facts = [f"{fact}.exists"] if missing else []
        if fact == "network.ca_bundle" and not missing and pair.change(f"{fact}.digest") is None:
            continue  # another path to the same certificates
        effect = (
            f"what it names does not exist in {missing}, so that connections fail there"
            if missing
            else "another set of certificates is trusted, so that servers that one side accepts "
            "are refused on the other (CERTIFICATE_VERIFY_FAILED)"
        )
        yield Hit(
            message=f"{name}, read by {reader}, is {sides(change)}: {effect}.",
            changes=(change,),
            facts=(*facts, *first(users)),
            confidence=0.85 if missing else 0.65 if users else 0.5,
        )
