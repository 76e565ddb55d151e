"""The same locale sorts and formats by other data, of another glibc.

What it means
    The data of locales belongs to glibc. Both sides use the same language's locale, but their
    glibc differ; 2.28 replaced the collation data by the 2016 edition of ISO 14651.

Why it matters
    From glibc before 2.28 to a later one the order of text changes in almost every language,
    punctuation and digits included: sorted files and database indexes that were built on one
    side are wrong on the other (PostgreSQL loses rows and lets duplicates in). Other releases
    correct single languages' order, names and formats.

How to confirm
    `(echo 1-1; echo 11) | LC_COLLATE=en_US.UTF-8 sort` on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..knowledge.locales import is_plain
from ..pair import Pair, shown, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA511",
    name="locale-data-version-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=("os.libc.*", "locale.lc_collate", "os.packages.*", "os.*"),
    remedy=Remedy(
        image="the same release of the base image in both (`FROM debian:12`), or `ENV "
        "LC_COLLATE=C.UTF-8`; reindex databases whose data crossed the step",
        runtime="docker run -e LC_COLLATE=C.UTF-8 ... (Kubernetes: env) on both sides sorts "
        "by code point, whatever glibc there is",
    ),
    sources=(
        "https://github.com/bminor/glibc/blob/master/NEWS",
        "https://github.com/apache/cloudberry/pull/1831",
        "https://gitlab.com/groups/gitlab-org/-/epics/8573",
    ),
)

COLLATION = (2, 28)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.version")
    names = pair.values("locale.lc_collate")
    versions = [_number(value) for value in pair.values("os.libc.version")]
    if change is None or pair.values("os.libc.family") != ("glibc", "glibc"):
        return
    if None in names or any(is_plain(name) for name in names) or None in versions:
        return
    older, newer = sorted(version for version in versions if version)
    crossed = older < COLLATION <= newer
    effect = (
        "2.28 changed the order of text in almost every language"
        if crossed
        else "order and formats of single languages are corrected between releases"
    )
    yield Hit(
        message=f"glibc, which holds the data of the locale {shown(names[0])}, is "
        f"{sides(change)}: {effect}, so that the same locale sorts differently.",
        changes=(change,),
        facts=("locale.lc_collate",),
        confidence=0.65 if crossed else 0.3,
    )


def _number(value: object) -> tuple[int, int] | None:
    found = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", value) if isinstance(value, str) else None
    return (int(found[1]), int(found[2])) if found else None
