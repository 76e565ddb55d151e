"""Numbers differ, and nothing that is known to change them does.

What it means
    Small fixed computations (probes) gave other bits on the two sides, and none of the facts
    that are known to decide them differs: not the library's version, its switches, the
    processor, the C library or the number of threads.

Why it matters
    Programs that use what was probed compute other numbers. What makes the difference is not
    among the recorded facts: a rebuilt library under an unchanged version, a file patched in a
    way that RECORD does not show, a setting made by code at import.

How to confirm
    Import the library in a bare interpreter on both sides and repeat the computation; compare
    the hashes of its shared libraries (`envaudit snapshot --integrity full`, `sha256sum`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...compare.mechanisms import PREFIX, Acting, kind_of, points_to
from ..pair import Pair
from ..rule import EFFECTS, Hit, Remedy, Rule

RULE = Rule(
    id="EA150",
    name="probes-differ-unexplained",
    effects=("numerics", "behaviour"),
    severity="high",
    reads=("probes.*",),
    remedy=Remedy(
        image="rebuild both images from one lock file with hashes: pip install --require-hashes "
        "-r requirements.txt, and compare again with --integrity full",
    ),
    sources=("https://reproducible-builds.org/docs/definition/",),
)


def check(pair: Pair) -> Iterator[Hit]:
    acting = Acting(change.path for change in pair.comparison.changes)
    unexplained = [
        change
        for change in pair.changes(PREFIX + "*")
        if next(acting.on(change.path), None) is None
    ]
    if unexplained:
        names = [change.path.removeprefix(PREFIX) for change in unexplained]
        mechanisms = dict.fromkeys(
            mechanism for change in unexplained for mechanism in points_to(change.path)[:1]
        )
        depends = f" They depend on {', '.join(list(mechanisms)[:3])}." if mechanisms else ""
        kinds = {kind_of(change.path) for change in unexplained}
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        yield Hit(
            message=f"{', '.join(names[:4])}{more} differ bit by bit, and no recorded fact that "
            f"could explain it does.{depends}",
            changes=tuple(unexplained),
            confidence=0.6,
            effects=() if "numerics" in kinds else tuple(one for one in EFFECTS if one in kinds),
        )
