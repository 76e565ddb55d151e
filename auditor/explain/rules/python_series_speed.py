"""Python is of another series, which runs code at another speed.

What it means
    CPython's minor versions differ in speed: 3.11 and later specialise bytecode as it runs.

Why it matters
    Python 3.11 was measured 1.25 times as fast as 3.10 on average, and up to 1.6 times; single
    functions and libraries can also become slower with a new version.

How to confirm
    `python -m pyperf timeit` or `python -m timeit` of the program's hot function under both
    versions.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA437",
    name="python-series-speed",
    effects=("performance",),
    severity="low",
    reads=(
        "python.series",
        "python.version",
        "python.implementation",
    ),
    remedy=Remedy(
        image="FROM python:3.12-slim in both",
    ),
    sources=("https://docs.python.org/3.11/whatsnew/3.11.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.series")
    if change is None or None in pair.series() or pair.change("python.implementation"):
        return
    # Free-threaded builds are another matter, and a greater one.
    if any(str(series).endswith("t") for series in pair.series()):
        return
    numbers = [series for series in pair.series_numbers() if series is not None]
    faster = sum(series >= (3, 11) for series in numbers) == 1
    yield Hit(
        message=f"Python is {sides(change)}: the interpreter runs the same code at another speed.",
        changes=(change,),
        facts=("python.version",) if pair.either("python.version") is not None else (),
        confidence=0.45 if faster else 0.15,
    )
