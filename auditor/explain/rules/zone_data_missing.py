"""One side has no time zone data.

What it means
    `zoneinfo` reads the system's zone files, or else the Python package tzdata. One side has
    neither (slim images and Alpine bring none, or `PYTHONTZPATH` leads past them).

Why it matters
    `ZoneInfo("Europe/Berlin")` raises ZoneInfoNotFoundError ("No time zone found with key"),
    and so do pandas, Django, Celery and others that convert to a zone by name. `TZ` with a
    zone's name means UTC there.

How to confirm
    `python -c "import zoneinfo; print(len(zoneinfo.available_timezones()))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA553",
    name="zone-data-missing",
    effects=("crash", "time"),
    severity="high",
    reads=(
        "time.*",
        "env.PYTHONTZPATH",
        "os.packages.*",
        "python.packages.tzdata",
        "python.series",
    ),
    remedy=Remedy(
        image="`RUN pip install tzdata`, or `RUN apt-get update && apt-get install -y "
        "--no-install-recommends tzdata` (Alpine: `apk add tzdata`), in both",
        runtime="docker run -v /usr/share/zoneinfo:/usr/share/zoneinfo:ro ... (Kubernetes: "
        "a hostPath volume), and no -e PYTHONTZPATH= on one side alone",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/library/zoneinfo.rst",
        "https://github.com/python/peps/blob/main/peps/pep-0615.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    source = pair.change("time.tzdata.source")
    lacks = where(pair.values("time.tzdata.source"), lambda value: value == "none")
    if source is None or not lacks:
        return
    causes = pair.changes("env.PYTHONTZPATH", "os.packages.tzdata", "python.packages.tzdata")
    yield Hit(
        message=f"{lacks} has no time zone data, neither the system's nor the Python package "
        "tzdata: converting to a zone by its name raises ZoneInfoNotFoundError there.",
        changes=(source, *causes),
        confidence=0.8,
    )
