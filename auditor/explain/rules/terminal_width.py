"""Output is laid out for another width (COLUMNS, LINES).

What it means
    Programs ask for the width of the terminal; COLUMNS and LINES answer before the terminal
    does. The sides differ in them.

Why it matters
    argparse, rich, click, pandas and tools such as ps wrap, cut or fold their output at that
    width: help texts, tables and logs differ, and what parses them fails.

How to confirm
    `COLUMNS=80 LINES=24 PROGRAM` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair
from ..rule import Hit, Rule

RULE = Rule(
    id="EA236",
    name="terminal-width",
    effects=("text", "behaviour"),
    severity="low",
    reads=("env.COLUMNS", "env.LINES"),
    remedy=variable_remedy("COLUMNS", "80"),
    sources=(
        "https://docs.python.org/3/library/shutil.html",
        "https://github.com/Textualize/rich/blob/master/docs/source/console.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, "COLUMNS", "LINES")
    if changes:
        yield Hit(
            message=f"{told(changes)}: help texts, tables and logs are wrapped or cut at another "
            "width.",
            changes=changes,
            confidence=0.55,
            effects=("behaviour", "text"),
        )
