"""Connections go through a proxy on one side, or through another one.

What it means
    `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` (in either case; gRPC also reads
    `grpc_proxy` and `no_grpc_proxy`) tell urllib, requests, httpx, aiohttp (with `trust_env`),
    curl and many others to send requests through a proxy, and for which hosts not to. The sides
    differ in them.

Why it matters
    A proxy that cannot be reached makes every request fail (Connection refused, ProxyError,
    407); without one that is needed they time out. Without a matching `no_proxy` even requests
    to localhost and to services next door are sent to the proxy, which does not know them. A
    proxy that opens TLS brings certificates that the program may not trust.

How to confirm
    Run the program with the other side's variables, or with none: `env -u http_proxy -u
    https_proxy -u HTTP_PROXY -u HTTPS_PROXY ...`. `python -c "import urllib.request as r;
    print(r.getproxies())"` shows what urllib sees.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA358",
    name="proxy-settings-differ",
    effects=("crash", "behaviour", "performance"),
    severity="high",
    reads=("env.*_proxy", "env.*_PROXY", "network.proxy.*", "python.packages.*", "native.loaded.*"),
    remedy=Remedy(
        image="remove `ENV http_proxy=...` from the Dockerfile (use build arguments for "
        "the build alone), or set the same in both",
        runtime="docker run -e https_proxy=http://proxy.example.com:3128 -e "
        "no_proxy=localhost,127.0.0.1,.svc,.cluster.local ... (Kubernetes: env) on "
        "both sides, or on neither; look into ~/.docker/config.json as well, which "
        "injects them",
    ),
    sources=(
        "https://github.com/psf/requests/blob/main/docs/user/advanced.rst",
        "https://github.com/python/cpython/issues/70991",
    ),
)

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "grpc_proxy")
EXEMPTIONS = ("no_proxy", "no_grpc_proxy")


def check(pair: Pair) -> Iterator[Hit]:
    variables = [
        change
        for name in (*PROXIES, *EXEMPTIONS)
        for spelling in (name, name.upper())
        if (change := pair.change(f"env.{spelling}")) is not None
    ]
    if not variables:
        return
    users = first(clients(pair))
    used = [c for c in variables if c.path[4:].lower() in PROXIES]
    if used:
        effect = (
            "requests take another way, and fail where the proxy cannot be reached, refuses "
            "them, or does not know the host"
        )
        if all(pair.either(f"network.proxy.{kind}") is None for kind in ("no",)):
            effect += " (without no_proxy that includes localhost)"
    else:
        effect = "hosts that one side reaches directly are asked for at the proxy on the other"
    decisive = (used or variables)[0]
    yield Hit(
        message=f"{decisive.path[4:]} is {sides(decisive)}: {effect}.",
        changes=(decisive, *(change for change in variables if change is not decisive)),
        facts=users,
        confidence=(0.7 if used else 0.5) + (0.05 if users else 0),
    )
