"""The rules of time zones are of another release.

What it means
    The IANA database is published several times a year, since countries change their offset or
    summer time. The data that `zoneinfo` uses (the system's, or the package tzdata) or that
    pytz or dateutil bring are of different releases.

Why it matters
    Local times differ by an hour for the zones and dates that changed in between, future and
    past: conversions, schedules, and day boundaries. New zones are unknown to the older one,
    and links that were merged have another history.

How to confirm
    `head -1 /usr/share/zoneinfo/tzdata.zi; python -c "import tzdata;
    print(tzdata.IANA_VERSION)"` on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA554",
    name="zone-data-version-differs",
    effects=("time", "behaviour"),
    severity="medium",
    reads=("time.tzdata.*", "os.packages.tzdata*", "python.packages.*", "env.PYTHONTZPATH"),
    remedy=Remedy(
        image="the same release in both: `RUN pip install tzdata==2025.2` with `ENV "
        "PYTHONTZPATH=` makes Python use it alone",
        runtime="docker run -v /usr/share/zoneinfo:/usr/share/zoneinfo:ro ... (Kubernetes: "
        "a volume) with one host's data on both sides",
    ),
    sources=(
        "https://github.com/eggert/tz/blob/main/NEWS",
        "https://github.com/python/tzdata/blob/master/NEWS.md",
        "https://github.com/stub42/pytz/blob/master/src/README.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("time.tzdata.version")
    before, after = (_release(value) for value in pair.values("time.tzdata.version"))
    if change is not None and None not in (before, after) and before != after:
        yield Hit(
            message=f"The time zone data are {sides(change)}: zones whose rules changed in "
            "between have other offsets, so that times there differ by an hour.",
            changes=(change, *pair.changes("time.tzdata.source")),
            confidence=0.45,
        )
    for name in ("pytz", "tzdata"):
        package = pair.change(f"python.packages.{name}")
        if package is None or None in (package.before, package.after):
            continue
        if name == "tzdata" and (change is not None or pair.either("time.tzdata.source")):
            continue  # told above, or the system's data are used
        yield Hit(
            message=f"{name} is {sides(package)}: it brings its own time zone data, in which "
            "zones whose rules changed in between have other offsets.",
            changes=(package,),
            confidence=0.4,
        )


def _release(value: object) -> str | None:
    """`2024a`, which the Python package calls 2024.1."""
    found = (
        re.match(r"([0-9]{4})([a-z]|\.(?:[1-9]|1[0-9]|2[0-6])(?![0-9]))", value)
        if isinstance(value, str)
        else None
    )
    if found is None:
        return None
    letter = found[2] if found[2].isalpha() else chr(ord("a") + int(found[2][1:]) - 1)
    return found[1] + letter
