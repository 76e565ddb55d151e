"""TZ names a zone that does not exist: the program runs in UTC without a word.

What it means
    `TZ` is set to a zone whose file the C library does not find: the package tzdata is missing,
    the name is misspelt, or the zone was moved to tzdata-legacy. That is so on one side.

Why it matters
    The C library falls back to UTC and reports nothing: local times are hours off, and yet `TZ`
    reads the same on both sides. `zoneinfo.ZoneInfo(...)` of the same name raises
    ZoneInfoNotFoundError.

How to confirm
    `date; ls -l /usr/share/zoneinfo/$TZ` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, shown, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA552",
    name="time-zone-unknown",
    effects=("time", "behaviour"),
    severity="high",
    reads=("time.*", "env.TZ", "env.TZDIR", "os.packages.tzdata*"),
    remedy=Remedy(
        image="`RUN apt-get update && apt-get install -y --no-install-recommends tzdata` "
        "(Alpine: `apk add tzdata`; old names: tzdata-legacy) in both",
        runtime="docker run -e TZ=Europe/Berlin ... with a name that exists (Kubernetes: "
        "env), or mount -v /usr/share/zoneinfo:/usr/share/zoneinfo:ro",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man3/tzset.3",
        "https://github.com/regebro/tzlocal/blob/master/README.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    valid = pair.change("time.valid")
    place = where(pair.values("time.valid"), lambda value: value is False)
    if valid is None or not place:
        return
    zone = pair.values("time.timezone")[0 if place == "A" else 1]
    others = pair.changes(
        "env.TZ", "time.timezone", "time.utc_offset", "time.dst", "os.packages.tzdata*"
    )
    yield Hit(
        message=f"In {place} TZ asks for the time zone {shown(zone)}, for which there is no file: "
        "the program runs in UTC there, without an error.",
        changes=(valid, *others),
        confidence=0.85,
    )
