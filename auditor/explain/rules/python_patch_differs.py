"""The programs run on other patch releases of the same Python.

What it means
    For example 3.11.2 and 3.11.9: the same language, with other corrections in the standard
    library.

Why it matters
    Corrections of parsers (URLs, e-mail, HTML, tar), of security holes and of rounding change
    results for unusual input; some security releases change defaults.

How to confirm
    `docker exec CONTAINER python -V` on both sides; run the program in an image that differs in
    nothing else (`FROM python:3.11.9-slim`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA249",
    name="python-patch-differs",
    effects=("behaviour", "security"),
    severity="low",
    reads=("python.version",),
    remedy=Remedy(
        image="the same base image by digest: `FROM python:3.11.9-slim@sha256:...`",
    ),
    sources=("https://docs.python.org/3/whatsnew/3.12.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.version")
    if change is None or None in (change.before, change.after):
        return
    if pair.change("python.series") is None and pair.change("python.implementation") is None:
        yield Hit(
            message=f"Python is {sides(change)}: the standard library has other corrections, which "
            "show for unusual input.",
            changes=(change,),
            confidence=0.3,
        )
