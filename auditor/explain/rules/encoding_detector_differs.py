"""Texts without a stated encoding are decoded by another detector.

What it means
    requests (response.text) and Beautiful Soup guess the encoding of text that does not state
    it: by chardet (or cchardet) where it is installed, else by charset-normalizer, else not at
    all. The sides have different ones.

Why it matters
    The detectors guess differently for short texts and rare encodings: the same bytes become
    other characters, mojibake or an error.

How to confirm
    `python -c "import requests.compat as c; print(c.chardet)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.accelerators import ENCODING_DETECTORS
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA206",
    name="encoding-detector-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="`RUN pip install chardet` in both images or in neither, and set "
        "response.encoding in the program where the encoding is known",
    ),
    sources=("https://github.com/psf/requests/blob/main/HISTORY.md",),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed("requests", "beautifulsoup4")
    changes = [
        change
        for name in ENCODING_DETECTORS
        if (change := pair.change(f"python.packages.{name}")) is not None
        and None in (change.before, change.after)
    ]
    if not users or not changes:
        return
    told = ", ".join(
        f"{change.key} {shown(change.after)} in B only"
        if change.before is None
        else f"{change.key} {shown(change.before)} in A only"
        for change in changes
    )
    yield Hit(
        message=f"{told}: text whose encoding is not stated is decoded by another detector, which "
        "guesses other characters for some texts.",
        changes=tuple(changes),
        facts=first(users),
        confidence=0.7,
    )
