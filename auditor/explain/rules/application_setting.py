"""A setting of the application differs (environment variables that no other rule knows).

The fallback for variables: what Python, libraries and the system do with theirs, other rules
tell.

What it means
    Variables that only the application itself can know have other values, or are set on one
    side only. Values that are withheld on both sides count as a difference only where a key is
    configured (ENVAUDIT_KEY), so that digests tell them apart.

Why it matters
    Feature switches, thresholds, addresses of services, paths of models and modes of operation
    are often set so: the program does what it is told, and is told something else.

How to confirm
    `docker exec CONTAINER env | sort` on both sides; start B's container with A's value:
    `docker run -e NAME=VALUE ...`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ...compare.globs import matches
from ...model import Change, Weight
from ..knowledge.noise import is_noise
from ..pair import Pair, listed, sides
from ..registry import all_rules
from ..rule import Hit, Remedy, Rule

MOST_NAMED = 24
# Words of names that decide what a program does; and of those that differ everywhere.
DECIDING = (
    "MODE", "ENABLE", "DISABLE", "FEATURE", "FLAG", "THRESHOLD", "LEVEL", "MODEL", "CONFIG",
    "SETTINGS", "ENV", "STRATEGY", "BACKEND", "STRICT", "DEBUG", "LIMIT", "SEED",
)  # fmt: skip
SECRET = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "API_KEY", "ACCESS_KEY", "DSN")

RULE = Rule(
    id="EA234",
    name="application-setting",
    effects=("behaviour", "crash"),
    severity="medium",
    fallback=True,
    reads=("env.*",),
    remedy=Remedy(
        image="the same `ENV NAME=VALUE` in both Dockerfiles",
        runtime="docker run -e NAME=VALUE ... on both sides (Kubernetes: the same ConfigMap under "
        "envFrom)",
    ),
    sources=("https://github.com/docker/cli/blob/master/docs/reference/run.md",),
)


def check(pair: Pair) -> Iterator[Hit]:
    found = sorted(
        (change for change in pair.changes("env.*") if _is_the_applications(change)),
        key=lambda change: (-_likelihood(change), change.path),
    )
    if not found:
        return
    told = listed([f"{change.key} is {sides(change)}" for change in found])
    yield Hit(
        message=f"Settings of the application differ: {told}. What they do, only the "
        "program knows.",
        changes=tuple(found[:MOST_NAMED]),
        confidence=_likelihood(found[0]),
    )


def _is_the_applications(change: Change) -> bool:
    if change.weight is Weight.LOW or change.folded_under is not None or is_noise(change.key):
        return False
    return not any(matches(change.path, glob) for glob in _read_by_others())


def _likelihood(change: Change) -> float:
    if any(word in change.key for word in SECRET):
        return 0.2
    return 0.35 if any(word in change.key for word in DECIDING) else 0.3


@cache
def _read_by_others() -> frozenset[str]:
    """What other rules know, by the globs that they read."""
    return frozenset(
        glob
        for entry in all_rules()
        if entry.rule.id != RULE.id
        for glob in entry.rule.reads
        if glob.startswith("env.") and glob != "env.*"
    )
