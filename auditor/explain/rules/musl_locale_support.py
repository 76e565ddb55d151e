"""musl has no languages' sorting, formats and names, glibc has.

What it means
    On one side the C library is musl (Alpine), on the other glibc. musl accepts every locale's
    name, always means UTF-8, compares text by code point, and writes dates and numbers in
    English, unless translations are installed (`MUSL_LOCPATH`).

Why it matters
    `setlocale(LC_ALL, "de_DE.UTF-8")` succeeds on both sides and means nothing on one: sorting
    by `strcoll`, `strftime("%B")`, decimal commas and `strptime` of names in a language give
    other results or ValueError. Encodings differ where glibc's C locale is ASCII.

How to confirm
    `python -c "import locale, time; locale.setlocale(locale.LC_ALL, '');
    print(time.strftime('%A %x'), sorted(['b', 'B', 'ä'], key=locale.strxfrm))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.locales import is_plain
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA512",
    name="musl-locale-support",
    effects=("text", "time", "behaviour"),
    severity="high",
    reads=("os.libc.family", "os.id", "locale.*", "env.*", "python.packages.*"),
    remedy=Remedy(
        image="the same base in both (`FROM python:3.12-slim` rather than `-alpine`), or "
        "format and sort with babel or PyICU, which bring their own data",
        runtime="docker run -e LC_ALL=C.UTF-8 ... (Kubernetes: env) on both sides makes "
        "glibc as plain as musl",
    ),
    sources=(
        "https://github.com/bminor/musl/blob/master/src/locale/strcoll.c",
        "https://github.com/bminor/musl/blob/master/src/locale/langinfo.c",
        "https://github.com/bminor/musl/blob/master/WHATSNEW",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.family")
    if change is None or {change.before, change.after} != {"glibc", "musl"}:
        return
    spoken = [
        path
        for path in ("locale.lc_collate", "locale.lc_time", "locale.lc_numeric")
        if any(value is not None and not is_plain(value) for value in pair.values(path))
    ]
    yield Hit(
        message=f"The C library is {sides(change)}: musl sorts by code point and knows no "
        "language's names, dates and separators, so that what depends on the locale differs.",
        changes=(change,),
        facts=first(spoken),
        # A language is asked for that one side's library does not know: certain to act.
        confidence=0.85 if spoken else 0.45,
    )
