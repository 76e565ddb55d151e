"""Runs the collectors, each on its own: what one cannot do never costs another its facts."""

from __future__ import annotations

import time

from .root import OutOfTime
from .section import (
    ABSENT,
    DENIED,
    ERROR,
    OK,
    SKIPPED,
    Facts,
    Section,
    SectionAbsent,
    SectionSkipped,
    why,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from .subject import Subject

    class Collector(Protocol):
        """A module of `collectors/`: one section.

        `collect` fills the facts as it goes, so that whatever was read before a failure
        stays. It sees the system only through the subject and raises `SectionAbsent`,
        `SectionSkipped`, or whatever the reading of its first, indispensable source raises;
        what is missing beyond that are gaps.
        """

        SECTION: str
        ORIGIN: str

        def collect(self, subject: Subject, facts: Facts) -> None: ...


def run(
    subject: Subject, collectors: Sequence[Collector], deadline: float | None = None
) -> list[Section]:
    """Every collector's section, in order.

    `deadline` (monotonic seconds) ends the whole; None gives each collector all its time
    (a full integrity check reads gigabytes).
    """
    return [run_one(subject, collector, deadline) for collector in collectors]


def run_one(subject: Subject, collector: Collector, deadline: float | None = None) -> Section:
    """One section. No collector gets more than half of what is left, so that one that hangs
    leaves time for the others."""
    facts = Facts()
    begun = time.monotonic()
    if deadline is not None:
        subject.root.deadline = begun + max(0.0, deadline - begun) / 2
    interruptible.until = subject.root.deadline
    try:
        status, reason = _collect(subject, collector, facts)
    finally:
        subject.root.deadline = None
    section = Section(collector.SECTION, collector.ORIGIN, status, facts, reason)
    section.milliseconds = (time.monotonic() - begun) * 1000
    return section


def _collect(subject: Subject, collector: Collector, facts: Facts) -> tuple[str, str | None]:
    """(status, reason)"""
    try:
        try:
            interruptible.on = True
            collector.collect(subject, facts)
        finally:
            interruptible.on = False
    except SectionAbsent as error:
        return ABSENT, str(error)
    except SectionSkipped as error:
        return SKIPPED, str(error)
    except OutOfTime as error:
        return ERROR, str(error)
    except PermissionError as error:
        return DENIED, why(error)
    except Exception as error:  # a collector's defect must not cost the other sections
        return ERROR, why(error)
    return OK, None


class Interruptible:
    """Whether a collector is at work, so that an alarm may end it by an exception when its
    time (`until`, monotonic seconds) is over. At any other moment the exception would cost
    the whole snapshot."""

    on = False
    until: float | None = None

    def is_over(self) -> bool:
        return self.on and self.until is not None and time.monotonic() >= self.until


interruptible = Interruptible()
