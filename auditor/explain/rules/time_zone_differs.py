"""Local time is another: the time zones differ.

What it means
    `TZ`, or else /etc/localtime, is the zone of `datetime.now()`, `time.localtime()`,
    `date.today()`, `datetime.fromtimestamp()`, log lines and of naive times that are turned
    into timestamps. The sides have zones with another offset or other summer time.

Why it matters
    Timestamps differ by hours, days begin at another moment (daily totals, file names,
    "today"), naive times are stored wrongly, jobs run at another hour, and some times do not
    exist or come twice where the clocks change.

How to confirm
    `python -c "import datetime as d; print(d.datetime.now().astimezone())"` on both sides; then
    the program with `TZ=UTC` on both.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA551",
    name="time-zone-differs",
    effects=("time", "behaviour"),
    severity="high",
    reads=("time.*", "env.TZ", "env.TZDIR", "os.packages.tzdata"),
    remedy=Remedy(
        image="`ENV TZ=UTC` in both (with the package tzdata for other zones)",
        runtime="docker run -e TZ=UTC ... (Kubernetes: env: [{name: TZ, value: UTC}]) on "
        "both sides, and no mount of /etc/localtime on one alone",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man3/tzset.3",
        "https://github.com/python/cpython/blob/main/Doc/library/zoneinfo.rst",
    ),
)

# Names of one and the same zone.
UTC: frozenset[object] = frozenset(
    {"UTC", "Etc/UTC", "UCT", "Etc/UCT", "GMT", "Etc/GMT", "Zulu", "Universal", "Etc/Universal"}
)


def check(pair: Pair) -> Iterator[Hit]:
    zone = pair.change("time.timezone")
    rules = pair.changes("time.utc_offset", "time.dst")
    if False in pair.values("time.valid"):
        return  # a zone that does not exist: a rule of its own
    if rules:
        decisive = zone or rules[0]
        yield Hit(
            message=f"The time zone is {sides(decisive)}: local times, and the moment at which a "
            "day begins, differ"
            + _hours(*pair.values("time.utc_offset"))
            + ", and so does whatever is computed from them.",
            changes=(decisive, *(change for change in rules if change is not decisive)),
            confidence=0.8,
        )
    elif zone is not None and not {zone.before, zone.after} <= UTC:
        yield Hit(
            message=f"The time zone is {sides(zone)}: both have the same offset today, but past "
            "times and names of zones can differ.",
            changes=(zone,),
            confidence=0.3,
        )
    elif zone is None and pair.either("time.timezone") is None:
        variable = pair.change("env.TZ")
        if variable is not None:
            yield Hit(
                message=f"TZ is {sides(variable)}: local times differ.",
                changes=(variable,),
                confidence=0.65,
            )


def _hours(before: object, after: object) -> str:
    if isinstance(before, int) and isinstance(after, int) and before != after:
        return f" by {abs(before - after) / 3600:g} h (in winter)"
    return ""
