"""The programs run on other minor versions of Python.

What it means
    The interpreters are, for example, 3.11 and 3.12. Each minor version brings a standard
    library, a Unicode database and defaults of its own; the finding tells the known steps.

Why it matters
    Modules are gone, sums round otherwise, text is formatted otherwise, processes are started
    otherwise. Compiled packages come as other wheels, sometimes with other libraries inside.

How to confirm
    `docker exec CONTAINER python -V` on both sides; then run the program in an image whose only
    change is the other Python (`FROM python:3.11-slim`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.python_minors import minors_between
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA210",
    name="python-series-differs",
    effects=("behaviour", "crash", "numerics", "text"),
    severity="high",
    reads=("python.series", "python.version", "python.unicode.version"),
    remedy=Remedy(
        image="the same base image in both Dockerfiles: `FROM python:3.12-slim` (better: with its "
        "digest, `python@sha256:...`)",
    ),
    sources=("https://docs.python.org/3/whatsnew/3.12.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.series")
    one, other = pair.series_numbers()
    if change is None or pair.change("python.implementation") is not None:
        return
    if one is None or other is None or one == other:
        return  # equal: a free-threaded build of the same version
    steps = minors_between(one, other)
    told = "; ".join(f"since {step.number[0]}.{step.number[1]}, {step.what}" for step in steps[-3:])
    version = pair.change("python.version")
    yield Hit(
        message=f"Python is {sides(change)}: "
        + (told or "its standard library and defaults differ")
        + ".",
        changes=(version, change) if version is not None else (change,),
        facts=first(path for path, _, _ in pair.facts("python.unicode.version")),
        confidence=0.65,
        sources=tuple(step.source for step in steps[-3:]),
    )
