"""The lower and upper case proxy variables contradict each other on one side.

What it means
    `http_proxy` and `HTTP_PROXY` (or another pair) are both set on one side, to different
    values. Which one counts is each program's own rule: Python's urllib and requests take the
    lower case, curl knows `http_proxy` in lower case only, others take the first that they
    find.

Why it matters
    Two programs in the same container, or two libraries in one process, use different proxies;
    one of them may be wrong or unreachable, so that some requests fail and others do not.

How to confirm
    `env | grep -i _proxy` on both sides shows both spellings and their values.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.connections import clients
from ..pair import Pair, first, shown, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA359",
    name="proxy-spellings-differ",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=(
        "network.proxy.ambiguous",
        "env.*_proxy",
        "env.*_PROXY",
        "python.packages.*",
        "native.loaded.*",
    ),
    remedy=Remedy(
        image="set both spellings alike, or neither: `ENV http_proxy=... HTTP_PROXY=...`",
        runtime="give both spellings one value: docker run -e http_proxy=$P -e "
        "HTTP_PROXY=$P ... (Kubernetes: env)",
    ),
    sources=("https://github.com/python/cpython/issues/70991",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("network.proxy.ambiguous")
    if change is None:
        return
    kinds = change.before or change.after
    variables = [
        found
        for kind in (kinds if isinstance(kinds, list) else ())
        for spelling in (f"env.{kind}_proxy", f"env.{str(kind).upper()}_PROXY")
        if (found := pair.change(spelling)) is not None
    ]
    place = where(pair.values("network.proxy.ambiguous"), bool)
    yield Hit(
        message=f"In {place} the lower and upper case variables for {shown(kinds)} name "
        "different proxies: programs and libraries there disagree on which one they use.",
        changes=(change, *variables),
        facts=first(clients(pair)),
        confidence=0.5,
    )
