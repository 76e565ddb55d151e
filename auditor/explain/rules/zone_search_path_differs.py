"""Time zone files are looked for in another place.

What it means
    `PYTHONTZPATH` replaces the directories in which `zoneinfo` looks (empty: none, so that only
    the package tzdata counts); `TZDIR` replaces the C library's. The sides differ in one.

Why it matters
    Zones come from other data, of another release, or are not found: ZoneInfoNotFoundError, and
    UTC for `TZ`. Python and the C library can disagree within one process.

How to confirm
    `python -c "import zoneinfo; print(zoneinfo.TZPATH, len(zoneinfo.available_timezones()))"`
    on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA560",
    name="zone-search-path-differs",
    effects=("time", "crash"),
    severity="medium",
    reads=("env.PYTHONTZPATH", "env.TZDIR", "time.*", "python.packages.tzdata"),
    remedy=Remedy(
        image="remove `ENV PYTHONTZPATH=...` and `ENV TZDIR=...` from the Dockerfile, or "
        "set the same in both",
        runtime="docker run -e PYTHONTZPATH= ... (Kubernetes: env) with the package tzdata "
        "on both sides, or on neither",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/library/zoneinfo.rst",
        "https://github.com/mkerrisk/man-pages/blob/master/man3/tzset.3",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    python = pair.change("env.PYTHONTZPATH")
    if python is not None:
        followed = pair.changes("time.tzdata.*")
        yield Hit(
            message=f"PYTHONTZPATH is {sides(python)}: Python takes time zones from other files, "
            "of another release, or finds none (ZoneInfoNotFoundError).",
            changes=(python, *followed),
            confidence=0.7 if followed else 0.4,
        )
    system = pair.change("env.TZDIR")
    if system is not None:
        followed = pair.changes("time.valid", "time.utc_offset", "time.dst")
        yield Hit(
            message=f"TZDIR is {sides(system)}: the C library takes time zones from other files, "
            "or takes UTC where it finds none.",
            changes=(system, *followed),
            confidence=0.7 if followed else 0.35,
        )
