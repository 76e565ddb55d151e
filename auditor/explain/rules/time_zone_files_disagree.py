"""/etc/timezone says another zone than /etc/localtime.

What it means
    The C library reads /etc/localtime (or `TZ`), while tzlocal, and through it APScheduler and
    others, also reads the name in /etc/timezone. That name differs between the sides, and the
    program has such a library.

Why it matters
    The library works in another zone than `datetime.now()`: jobs run hours off; or tzlocal
    refuses to guess and raises an error (ZoneInfoNotFoundError, "Multiple conflicting time zone
    configurations found"). Images in which only one of the files was changed are the usual
    case.

How to confirm
    `cat /etc/timezone; readlink /etc/localtime; python -c "import tzlocal;
    print(tzlocal.get_localzone())"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA558",
    name="time-zone-files-disagree",
    effects=("time", "crash", "behaviour"),
    severity="medium",
    reads=("time.*", "python.packages.*", "env.TZ"),
    remedy=Remedy(
        image="`RUN ln -snf /usr/share/zoneinfo/UTC /etc/localtime && echo UTC > "
        "/etc/timezone` in both",
        runtime="docker run -e TZ=UTC ... (Kubernetes: env: [{name: TZ, value: UTC}]) on "
        "both sides comes before both files",
    ),
    sources=("https://github.com/regebro/tzlocal/blob/master/README.rst",),
)

UTC: frozenset[object] = frozenset({"UTC", "Etc/UTC", None})


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("time.etc_timezone")
    users = pair.installed("tzlocal", "apscheduler", "celery", "python-crontab", "rocketry")
    if change is None or not users or "TZ" in pair.values("time.timezone.source"):
        return
    if {change.before, change.after} <= UTC:
        return
    reader = users[0].rpartition(".")[2]
    yield Hit(
        message=f"The name in /etc/timezone is {sides(change)}: {reader} takes the local zone from "
        "there, and works in another zone or refuses to start where /etc/localtime disagrees.",
        changes=(change,),
        facts=first(users),
        confidence=0.5,
    )
