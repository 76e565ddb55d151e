"""libfaketime shows the program another time.

What it means
    libfaketime is loaded in front of the C library (by `LD_PRELOAD` or /etc/ld.so.preload) and
    answers the questions for the time with a date, an offset or a speed that `FAKETIME` or a
    file says. That is so on one side, or with another setting.

Why it matters
    Everything that depends on the time differs: dates, timeouts, caches and tokens that expire,
    certificates ("not yet valid", "has expired"), seeds that are taken from the clock, and file
    times against the clock. Monotonic clocks can be faked as well, so that waits hang or return
    at once.

How to confirm
    `date; env | grep -i faketime` on both sides; the program with `env -u LD_PRELOAD -u
    FAKETIME`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, shown, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA555",
    name="clock-faked",
    effects=("time", "behaviour"),
    severity="high",
    reads=("time.faketime*", "env.FAKETIME*", "env.LD_PRELOAD", "native.*"),
    remedy=Remedy(
        image="remove `ENV LD_PRELOAD=.../libfaketime.so.1` and `ENV FAKETIME=...` from "
        "the Dockerfile, or /etc/ld.so.preload",
        runtime="docker run without -e LD_PRELOAD and -e FAKETIME (Kubernetes: drop them "
        "from env), or with the same on both sides",
    ),
    sources=("https://github.com/wolfcw/libfaketime/blob/master/README",),
)


def check(pair: Pair) -> Iterator[Hit]:
    loaded = pair.change("time.faketime")
    settings = [
        *pair.changes("time.faketime.spec"),
        *pair.changes("env.FAKETIME", "env.FAKETIME_*"),
    ]
    library = pair.loaded("faketime")
    if loaded is None and True not in pair.values("time.faketime") and not library:
        return
    if loaded is not None:
        place = where(pair.values("time.faketime"), lambda value: value is True)
        spec = pair.either("time.faketime.spec") or pair.either("env.FAKETIME")
        told = f" ({shown(spec)})" if spec is not None else ""
        message = (
            f"libfaketime is loaded in {place}{told}: the program sees another date and time "
            "there than the machine's."
        )
        changes = (loaded, *settings)
    elif settings:
        message = (
            f"libfaketime is loaded on both sides and its setting is {sides(settings[0])}: each "
            "program sees another date and time."
        )
        changes = tuple(settings)
    else:
        return
    yield Hit(
        message=message,
        changes=changes,
        facts=first([*(["env.LD_PRELOAD"] if pair.either("env.LD_PRELOAD") else []), *library]),
        confidence=0.92,
    )
