"""Locales or charset converters are looked for in another place.

What it means
    `LOCPATH` (musl: `MUSL_LOCPATH`) names directories of compiled locales, and makes glibc
    ignore its archive; `GCONV_PATH` names charset converters for iconv; `NLSPATH` message
    catalogues. The sides differ in one.

Why it matters
    Locales that the image holds are not found, or others are taken: `setlocale` fails
    ("unsupported locale setting") or the C locale remains, with its ASCII encoding, sorting and
    formats. Conversions by iconv fail or give other characters.

How to confirm
    `locale -a` on both sides, and the program without the variable: `env -u LOCPATH ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA514",
    name="locale-search-path-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=(
        "env.LOCPATH",
        "env.MUSL_LOCPATH",
        "env.GCONV_PATH",
        "env.NLSPATH",
        "locale.*",
        "os.libc.family",
    ),
    remedy=Remedy(
        image="remove `ENV LOCPATH=...` from the Dockerfile, or set the same in both",
        runtime="docker run -e LOCPATH=/app/locales ... (Kubernetes: env: [{name: LOCPATH, "
        "value: /app/locales}]) on both sides, or on neither",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man7/locale.7",
        "https://github.com/mkerrisk/man-pages/blob/master/man1/iconv.1",
    ),
)

VARIABLES = (
    ("LOCPATH", "glibc", "locales"),
    ("MUSL_LOCPATH", "musl", "translations"),
    ("GCONV_PATH", "glibc", "charset converters"),
    ("NLSPATH", "glibc", "message catalogues"),
)


def check(pair: Pair) -> Iterator[Hit]:
    family = pair.values("os.libc.family")
    for name, libc, what in VARIABLES:
        change = pair.change(f"env.{name}")
        if change is None or (None not in family and libc not in family):
            continue
        followed = pair.changes("locale.missing", "locale.charset")
        yield Hit(
            message=f"{name} is {sides(change)}: {what} are looked for elsewhere, so that a "
            "locale can be missing or another on one side.",
            changes=(change, *followed),
            confidence=0.65 if followed else 0.45,
        )
