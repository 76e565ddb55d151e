"""Another Expat parses XML with other limits and other timing.

What it means
    `xml.etree`, `xml.sax` and `pyexpat` use Expat. The sides' versions lie on either side of a
    step that changed what it accepts or when it reports.

Why it matters
    Since 2.4.0 documents whose entities expand too far are refused, since 2.4.5 malformed UTF-8
    in places and namespace separators in URIs; since 2.6.0 the parser delays what it was fed in
    small pieces (reparse deferral), so that `XMLPullParser` and incremental SAX report elements
    later, and a stream that waits for an element waits for ever.

How to confirm
    `python -c "import pyexpat; print(pyexpat.EXPAT_VERSION)"` on both sides; call `flush()`
    after `feed()` where the parser has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA373",
    name="expat-version-differs",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("python.expat.version", "os.packages.*expat*", "native.*", "os.*", "python.version"),
    remedy=Remedy(
        image="the same base image in both, e.g. `FROM python:3.12-slim-bookworm`",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=(
        "https://github.com/libexpat/libexpat/blob/master/expat/Changes",
        "https://github.com/python/cpython/issues/115133",
        "https://github.com/clustershell/clustershell/pull/569",
    ),
)

STEPS = (
    ((2, 4, 0), "2.4.0 refuses documents whose entities expand too far"),
    ((2, 4, 5), "2.4.5 refuses malformed UTF-8 and namespace separators that were let pass"),
    ((2, 6, 0), "2.6.0 reports what is fed in small pieces later"),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.expat.version")
    before, after = (_number(value) for value in pair.values("python.expat.version"))
    if change is None or before is None or after is None:
        return
    older, newer = sorted((before, after))
    crossed = [text for step, text in STEPS if older < step <= newer]
    if not crossed:
        return
    yield Hit(
        message=f"Expat, which parses XML for Python, is {sides(change)}: {'; '.join(crossed)}.",
        changes=(change,),
        confidence=0.4,
    )


def _number(value: object) -> tuple[int, ...] | None:
    """`(2, 5, 0)` of `expat_2.5.0`."""
    if not isinstance(value, str):
        return None
    found = re.match(r"(?:expat_)?([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})", value)
    return tuple(int(number) for number in found.groups()) if found else None
