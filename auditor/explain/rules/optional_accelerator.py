"""A package that others use where they find it is installed on one side only.

What it means
    Some packages look for an optional one (a faster parser, another event loop, compiled string
    distances) and take another way without it, silently.

Why it matters
    The other way is slower, and often not quite the same: other scores, other types, other text
    of JSON, other exceptions.

How to confirm
    `pip install NAME` (or `pip uninstall -y NAME`) in a copy of one environment, and run the
    program again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.accelerators import ACCELERATORS
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA207",
    name="optional-accelerator",
    effects=("behaviour", "performance"),
    severity="medium",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="list the optional package in the requirements of both images, or of neither: "
        "`RUN pip install NAME==VERSION`",
    ),
    sources=("https://github.com/seatgeek/fuzzywuzzy/blob/master/fuzzywuzzy/fuzz.py",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for accelerator in ACCELERATORS:
        users = pair.installed(*accelerator.users)
        for name in accelerator.names if users else ():
            change = pair.change(f"python.packages.{name}")
            if change is None or None not in (change.before, change.after):
                continue
            if len(pair.installed(*accelerator.names)) > 0:
                continue  # another one of its kind is there on both sides
            there, version = ("B", change.after) if change.before is None else ("A", change.before)
            user = users[0].removeprefix("python.packages.")
            yield Hit(
                message=f"{name} {shown(version)} is installed in {there} only, and {user} uses "
                f"it where it is: {accelerator.what}.",
                changes=(change,),
                facts=first(users),
                confidence=accelerator.likelihood,
                effects=accelerator.effects,
                sources=(accelerator.source,),
            )
