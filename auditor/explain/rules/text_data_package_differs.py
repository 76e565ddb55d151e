"""A package that carries language data has another version.

What it means
    babel carries CLDR, the data by which languages write dates, numbers and currencies; wcwidth
    carries the width of characters. Their versions differ by more than a correction.

Why it matters
    The same call writes other text: since CLDR 42 (babel 2.12) English times have a narrow
    no-break space (U+202F) before AM and PM and dates lost or gained commas; plural rules and
    currency formats change. Tables and wrapped text have other columns with another wcwidth.

How to confirm
    `python -c "from babel.dates import format_datetime as f; import datetime as d;
    print(ascii(f(d.datetime(2024, 1, 2, 15), locale='en_US')))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA515",
    name="text-data-package-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="pin one version in both: `RUN pip install babel==2.16.0`",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=(
        "https://github.com/python-babel/babel/blob/master/CHANGES.rst",
        "https://github.com/moinwiki/moin/issues/1370",
        "https://github.com/jquast/wcwidth/blob/master/docs/intro.rst",
    ),
)

# The package, who must be there for it to matter, what it changes.
PACKAGES: tuple[tuple[str, tuple[str, ...], str, float], ...] = (
    (
        "babel",
        (),
        (
            "with its CLDR data the formats of dates, numbers and currencies change (spaces "
            "before AM and PM, commas, plural forms)"
        ),
        0.5,
    ),
    (
        "wcwidth",
        ("tabulate", "prettytable", "blessed", "prompt-toolkit"),
        "characters have other widths, so that columns and wrapped text shift",
        0.3,
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for name, readers, what, confidence in PACKAGES:
        change = pair.change(f"python.packages.{name}")
        before, after = pair.version(name)
        users = pair.installed(*readers)
        if change is None or before is None or after is None or (readers and not users):
            continue
        if before.release[:2] == after.release[:2]:
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: {what}.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
        )
