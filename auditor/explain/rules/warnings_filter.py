"""Warnings are treated otherwise (PYTHONWARNINGS).

What it means
    The variable, like the option -W, sets what happens to warnings: hidden, shown, or raised as
    exceptions. The sides differ in it.

Why it matters
    With `error` a deprecation in any library ends the program; with `ignore` a warning that
    tests or logs count on is missing.

How to confirm
    `python -W default PROGRAM` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA228",
    name="warnings-filter",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("env.PYTHONWARNINGS",),
    remedy=variable_remedy("PYTHONWARNINGS", "default"),
    sources=(
        "https://docs.python.org/3/using/cmdline.html",
        "https://docs.python.org/3/library/warnings.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PYTHONWARNINGS")
    if change is None or not (change.before or change.after):
        return
    raises = "error" in f"{change.before} {change.after}"
    yield Hit(
        message=f"PYTHONWARNINGS is {sides(change)}: "
        + (
            "warnings of any library become exceptions on one side and can end the program."
            if raises
            else "other warnings are shown or hidden."
        ),
        changes=(change,),
        confidence=0.8 if raises else 0.4,
        effects=("crash", "behaviour") if raises else ("behaviour", "text"),
    )
