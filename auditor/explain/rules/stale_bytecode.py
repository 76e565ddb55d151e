"""Compiled modules are kept in another place (PYTHONPYCACHEPREFIX).

What it means
    Python keeps compiled modules (.pyc) beside the sources, or below the directory that
    PYTHONPYCACHEPREFIX names. The sides differ in it.

Why it matters
    A .pyc file is trusted if its source has the recorded time and size, or without any check if
    it was made so. Images with fixed file times, and caches on volumes that outlive a
    deployment, can so run old code.

How to confirm
    `PYTHONPYCACHEPREFIX=$(mktemp -d) python PROGRAM` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA222",
    name="stale-bytecode",
    effects=("behaviour", "performance"),
    severity="low",
    reads=("env.PYTHONPYCACHEPREFIX",),
    remedy=variable_remedy("PYTHONPYCACHEPREFIX", "/tmp/pycache"),  # noqa: S108  an example
    sources=(
        "https://docs.python.org/3/using/cmdline.html",
        "https://github.com/python/peps/blob/main/peps/pep-0552.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PYTHONPYCACHEPREFIX")
    if change is not None and (change.before or change.after):
        yield Hit(
            message=f"PYTHONPYCACHEPREFIX is {sides(change)}: compiled modules come from another "
            "cache, which may hold old code.",
            changes=(change,),
            confidence=0.3,
        )
