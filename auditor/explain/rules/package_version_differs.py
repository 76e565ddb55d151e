"""Python packages have other versions, of which no particular change is known.

The fallback for versions: what is known of a step between two versions, other rules tell.

What it means
    The same distributions are installed in other versions. Those that compute, or that talk to
    databases and services, come first; installers, test tools and small helpers are left out.

Why it matters
    Even a small release can change defaults, rounding, the order of results or the text of
    messages. It is a hint: most version differences change nothing that a program shows.

How to confirm
    `pip freeze` on both sides; then install A's versions in a copy of B's environment, half of
    them at a time, and run the program again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, ChangeKind, Weight
from ..knowledge.distributions import HARMLESS, WEIGHTY
from ..knowledge.version_steps import steps_between
from ..pair import Pair, listed, sides
from ..rule import Hit, Remedy, Rule

MOST_NAMED = 16
# Data that other rules watch.
ELSEWHERE = frozenset(("tzdata", "pytz", "certifi"))
# How likely a difference of this level is the cause; a weighty package's counts one more.
LEVELS = ("build", "patch", "minor", "major", "epoch")
LIKELIHOODS = (0.15, 0.2, 0.25, 0.3, 0.3, 0.3)

RULE = Rule(
    id="EA203",
    name="package-version-differs",
    effects=("behaviour", "numerics", "crash"),
    severity="medium",
    fallback=True,
    reads=("python.packages.*",),
    remedy=Remedy(
        image="install both images from one lock file: `RUN pip install --require-hashes -r "
        "requirements.txt` (made by `pip-compile --generate-hashes`)",
    ),
    sources=("https://github.com/pypa/pip/blob/main/NEWS.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    found = sorted(
        (change for change in pair.changes("python.packages.*") if _counts(pair, change)),
        key=lambda change: (-_likelihood(change), change.path),
    )
    if not found:
        return
    told = listed([f"{change.key} is {sides(change)}" for change in found])
    yield Hit(
        message=f"Packages of other versions: {told}. No particular change between them is "
        "known here, but any of them may compute or decide otherwise.",
        changes=tuple(found[:MOST_NAMED]),
        confidence=_likelihood(found[0]),
    )


def _counts(pair: Pair, change: Change) -> bool:
    if change.kind is not ChangeKind.CHANGED or change.weight is Weight.LOW:
        return False
    if change.key in HARMLESS or change.key in ELSEWHERE:
        return False
    before, after = pair.version(change.key)
    if before is None or after is None:
        return True
    return not steps_between(change.key, before, after)


def _likelihood(change: Change) -> float:
    level = change.detail.get("level")
    step = LEVELS.index(level) if isinstance(level, str) and level in LEVELS else 1
    return LIKELIHOODS[step + (change.key in WEIGHTY)]
