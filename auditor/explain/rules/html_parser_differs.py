"""Beautiful Soup finds another HTML parser.

What it means
    Beautiful Soup takes the best parser that is installed when the program names none: lxml,
    then html5lib, then Python's html.parser. One of them is installed on one side only.

Why it matters
    The parsers repair broken HTML differently: other parents, missing or added tags, other text.
    Selectors find other elements, or none. A program that names the missing parser fails
    (bs4.FeatureNotFound).

How to confirm
    `python -c "import bs4; print(bs4.BeautifulSoup('<a></p>').builder.NAME)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.accelerators import HTML_PARSERS
from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA205",
    name="html-parser-differs",
    effects=("behaviour", "crash"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="`RUN pip install lxml` in both images, and name the parser in the program: "
        'BeautifulSoup(text, "lxml")',
    ),
    sources=("https://github.com/wention/BeautifulSoup4/blob/master/doc/source/index.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed("beautifulsoup4")
    if not users:
        return
    for name in HTML_PARSERS:
        change = pair.change(f"python.packages.{name}")
        if change is None or None not in (change.before, change.after):
            continue
        # What comes after lxml in the order of choice decides only where lxml is missing.
        shadowed = name != "lxml" and bool(pair.installed("lxml"))
        side = "B" if change.before is None else "A"
        version = shown(change.after if change.before is None else change.before)
        yield Hit(
            message=f"{name} {version} is installed in {side} only: Beautiful Soup parses HTML by "
            "it there and by another parser on the other side, which repairs broken pages "
            "differently.",
            changes=(change,),
            facts=tuple(users),
            confidence=0.3 if shadowed else 0.8,
        )
