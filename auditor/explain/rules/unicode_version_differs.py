r"""Python knows another version of Unicode.

What it means
    Each minor version of Python brings a version of the Unicode database: categories, upper and
    lower case, normal forms, width, digits, names. `unicodedata`, `str.isalpha()`,
    `str.lower()`, `str.isidentifier()` and `re` use it, as does whatever tokenises text with
    them. The package unicodedata2 brings another one.

Why it matters
    Characters that are new in between are unassigned on the older side: `isalnum()` and `\w`
    say no, `name()` raises ValueError, `normalize()` leaves them, they have another width. So
    text is cleaned, split, cased and compared differently, for newer emoji and scripts most of
    all.

How to confirm
    `python -c "import unicodedata; print(unicodedata.unidata_version)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA510",
    name="unicode-version-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=(
        "python.unicode.version",
        "python.version",
        "python.packages.*",
        "python.implementation",
    ),
    remedy=Remedy(
        image="the same minor version of Python in both: `FROM python:3.12-slim`, or "
        "unicodedata2 of one version in both",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=("https://github.com/python/cpython/blob/main/Doc/library/unicodedata.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.unicode.version")
    if change is not None and None not in (change.before, change.after):
        yield Hit(
            message=f"Python's Unicode database is {sides(change)}: characters that are new in "
            "between have other properties, so that text is classified, cased, normalised and "
            "split differently.",
            changes=(change,),
            confidence=0.45,
        )
    package = pair.change("python.packages.unicodedata2")
    users = pair.installed("fonttools", "charset-normalizer")
    if package is not None and users:
        yield Hit(
            message=f"unicodedata2 is {sides(package)}: libraries that prefer it to Python's own "
            "Unicode database (fontTools among them) see other properties of characters.",
            changes=(package,),
            facts=first(users),
            confidence=0.35,
        )
