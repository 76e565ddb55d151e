"""A Python package is installed on one side only.

What it means
    A distribution is in one image and not in the other. Packages that other installed packages
    import for a part of what they do (an Excel writer for pandas, a tokenizer for transformers)
    come first.

Why it matters
    An import fails (ModuleNotFoundError), at the start or only when that part is used; or the
    program notices the absence and silently takes another way.

How to confirm
    `docker exec CONTAINER python -c "import NAME"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.accelerators import decided_elsewhere
from ..knowledge.distributions import HARMLESS, IMPORTED_BY, WEIGHTY
from ..pair import Pair, first, listed, shown
from ..rule import Hit, Remedy, Rule

MOST_NAMED, MOST_NEEDED = 16, 3

RULE = Rule(
    id="EA204",
    name="package-missing",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="list the package in the requirements that both images are built from: `RUN pip "
        "install -r requirements.txt`",
    ),
    sources=(
        "https://github.com/pandas-dev/pandas/blob/main/doc/source/getting_started/install.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    missing = [
        change
        for change in pair.changes("python.packages.*")
        if None in (change.before, change.after)
        and change.key not in HARMLESS
        and not decided_elsewhere(pair, change.key)
    ]
    needed = {change.path: users for change in missing if (users := _users(pair, change))}
    for change in [change for change in missing if change.path in needed][:MOST_NEEDED]:
        users = needed[change.path]
        names = ", ".join(path.removeprefix("python.packages.") for path in users[:3])
        yield Hit(
            message=f"{_told(change)}; {names}, installed on both sides, can import it: that part "
            "fails with ModuleNotFoundError there, or takes another way.",
            changes=(change,),
            facts=first(users),
            confidence=0.6,
        )
    others = [change for change in missing if change.path not in needed]
    others.sort(key=lambda change: (change.key not in WEIGHTY, change.path))
    if others:
        yield Hit(
            message=listed([_told(change) for change in others])
            + ": what imports it fails with ModuleNotFoundError there, or takes another "
            "way.",
            changes=tuple(others[:MOST_NAMED]),
            confidence=0.45 if others[0].key in WEIGHTY else 0.35,
        )


def _users(pair: Pair, change: Change) -> list[str]:
    return pair.installed(*IMPORTED_BY.get(change.key, ()))


def _told(change: Change) -> str:
    there, version = ("B", change.after) if change.before is None else ("A", change.before)
    return f"{change.key} {shown(version)} is installed in {there} only"
