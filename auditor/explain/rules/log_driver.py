"""What the program prints is delivered in another way.

What it means
    The container engine hands standard output to a log driver. The sides have another driver, or
    another delivery mode (`blocking`, the default, or `non-blocking`).

Why it matters
    With blocking delivery, a driver that cannot keep up (a network log service that is slow or
    away) lets the program wait in every print. With non-blocking delivery nothing waits, and
    lines are dropped when the buffer is full.

How to confirm
    Run the slow side with `--log-driver none` (or its output sent to /dev/null) and compare.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA430",
    name="log-driver",
    effects=("performance",),
    severity="low",
    reads=(
        "container.log_driver",
        "container.log_options.*",
    ),
    remedy=Remedy(
        runtime="docker run --log-driver local ... or --log-opt mode=non-blocking --log-opt "
        "max-buffer-size=4m ... on both sides",
    ),
    sources=(
        "https://github.com/docker/docs/blob/main/content/manuals/engine/logging/configure.md",
        "https://gist.github.com/iwanbolzern/659ff4260116044b5941fa8299b0cc9f",
    ),
)


# Drivers that wait for a service, mostly over a network.
REMOTE = ("syslog", "gelf", "fluentd", "awslogs", "splunk", "gcplogs", "logentries")


def check(pair: Pair) -> Iterator[Hit]:
    driver = pair.change("container.log_driver")
    mode = pair.change("container.log_options.mode")
    remote = driver is not None and bool({driver.before, driver.after} & set(REMOTE))
    changes = tuple(change for change in (driver if remote else None, mode) if change is not None)
    if not changes or (driver is not None and None in (driver.before, driver.after)):
        return
    yield Hit(
        message=f"{told(changes)}: what the program prints is delivered in another way, and it "
        "waits where delivery is slow.",
        changes=changes,
        confidence=0.3,
    )
