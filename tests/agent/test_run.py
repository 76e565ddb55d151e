"""What one collector cannot do never costs another its facts."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.agent.canonical import readable
from auditor.agent.collectors import SECTIONS, load
from auditor.agent.command import Alarm
from auditor.agent.process import Process
from auditor.agent.redact import Redactor
from auditor.agent.root import OutOfTime, TreeRoot
from auditor.agent.run import run, run_one
from auditor.agent.section import Facts, SectionAbsent, SectionSkipped, Unreadable, why
from auditor.agent.snapshot import take_snapshot
from auditor.agent.subject import Subject
from auditor.agent.summary import summary

SECRET = "hunter2-" + "s3cr3t"


class Collector:
    """A collector by what it does."""

    def __init__(self, section: str, collect: Callable[[Subject, Facts], Any]) -> None:
        self.SECTION = section
        self.ORIGIN = "image"
        self._collect = collect

    def collect(self, subject: Subject, facts: Facts) -> None:
        facts["first"] = 1
        self._collect(subject, facts)
        facts["last"] = 2


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = TreeRoot(str(tmp_path))
    return Subject(root, Process(root, "/proc/1"), Redactor())


def raising(error: BaseException) -> Callable[[Subject, Facts], Any]:
    def collect(subject: Subject, facts: Facts) -> None:
        raise error

    return collect


def fine(subject: Subject, facts: Facts) -> None:
    pass


OUTCOMES = [
    (SectionAbsent("no GPU"), "absent", "no GPU"),
    (SectionSkipped("not running"), "skipped", "not running"),
    (OutOfTime("time budget spent"), "error", "time budget spent"),
    (PermissionError(13, "Permission denied", "/" + SECRET), "denied", "permission denied"),
    (FileNotFoundError(2, "No such file", "/" + SECRET), "error", "no such file"),
    (IsADirectoryError(21, "Is a directory", SECRET), "error", "is a directory"),
    (OSError(SECRET), "error", "cannot be understood (OSError)"),
    (Unreadable("larger than 5 bytes"), "error", "larger than 5 bytes"),
    (ValueError(SECRET), "error", "cannot be understood (ValueError)"),
    (KeyError(SECRET), "error", "cannot be understood (KeyError)"),
    (ZeroDivisionError(SECRET), "error", "cannot be understood (ZeroDivisionError)"),
    (RecursionError(SECRET), "error", "cannot be understood (RecursionError)"),
    (MemoryError(SECRET), "error", "cannot be understood (MemoryError)"),
    (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET), "error",
     "cannot be understood (UnicodeDecodeError)"),
    (OverflowError(SECRET), "error", "cannot be understood (OverflowError)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status", "reason"), OUTCOMES, ids=lambda case: type(case).__name__
)
def test_whatever_is_raised_becomes_a_status(
    subject: Subject, error: BaseException, status: str, reason: str
) -> None:
    before, broken, after = run(
        subject,
        [Collector("a", fine), Collector("b", raising(error)), Collector("c", fine)],
    )
    assert (broken.name, broken.status, broken.reason) == ("b", status, reason)
    # What was read before the failure stays.
    assert broken.facts.values == {"first": 1}
    for section in (before, after):
        assert (section.status, section.reason) == ("ok", None)
        assert section.facts.values == {"first": 1, "last": 2}


@pytest.mark.parametrize(("error", "status", "reason"), OUTCOMES, ids=lambda x: type(x).__name__)
def test_a_reason_quotes_no_content(error: BaseException, status: str, reason: str) -> None:
    assert SECRET not in why(error)
    assert why(error).count("\n") == 0


def test_a_failed_fact_is_a_gap_with_its_reason() -> None:
    facts = Facts()

    def refuse(error: Exception) -> None:
        raise error

    assert facts.attempt("fine", lambda value: value, 5) == 5
    assert facts.attempt("nothing", lambda: None) is None
    for name, error in (
        ("number", ValueError(f"invalid literal: {SECRET!r}")),
        ("member", KeyError(SECRET)),
        ("place", IndexError(SECRET)),
        ("denied", PermissionError(13, "Permission denied", SECRET)),
    ):
        assert facts.attempt(name, refuse, error) is None
    assert facts.values == {"fine": 5}
    assert facts.gaps == {
        "number": "cannot be understood (ValueError)",
        "member": "cannot be understood (KeyError)",
        "place": "cannot be understood (IndexError)",
        "denied": "permission denied",
    }
    with pytest.raises(OutOfTime):  # ends the section, not the fact
        facts.attempt("late", refuse, OutOfTime("time budget spent"))


def test_an_interruption_by_the_user_ends_everything(subject: Subject) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(subject, [Collector("a", raising(KeyboardInterrupt()))])


# -- deadlines


def read_for_ever(subject: Subject, facts: Facts) -> None:
    while True:
        subject.root.exists("/")


def wait_for_ever(subject: Subject, facts: Facts) -> None:
    """As a read from a dead network file system: no deadline is looked at."""
    reading, _ = subject.pipe  # type: ignore[attr-defined]
    os.read(reading, 1)


@pytest.fixture
def pipe(subject: Subject) -> Iterator[None]:
    subject.pipe = os.pipe()  # type: ignore[attr-defined]
    yield
    for descriptor in subject.pipe:  # type: ignore[attr-defined]
        os.close(descriptor)


def test_a_collector_that_never_ends_is_ended(subject: Subject) -> None:
    hanging, after = run(
        subject,
        [Collector("a", read_for_ever), Collector("b", fine)],
        time.monotonic() + 0.05,
    )
    assert (hanging.status, hanging.reason) == ("error", "time budget spent")
    assert hanging.facts.values == {"first": 1}
    assert after.status == "ok"


def test_a_hanging_collector_leaves_time_to_the_others(subject: Subject) -> None:
    """Half of what is left, each."""
    left: list[float] = []

    def look(subject: Subject, facts: Facts) -> None:
        assert subject.root.deadline is not None
        left.append(subject.root.deadline - time.monotonic())
        raise OutOfTime("time budget spent")

    run(subject, [Collector("a", look), Collector("b", look)], time.monotonic() + 1000)
    assert 499 < left[0] <= 500
    assert 499 < left[1] <= 500
    run(subject, [Collector("a", look)], time.monotonic() - 1000)
    assert -1 < left[2] <= 0


def test_no_deadline_stays_behind(subject: Subject) -> None:
    run(subject, [Collector("a", fine)], time.monotonic() + 1000)
    assert subject.root.deadline is None


@pytest.mark.usefixtures("pipe")
def test_an_alarm_ends_what_looks_at_no_deadline(subject: Subject) -> None:
    collectors = [Collector("a", wait_for_ever), Collector("b", wait_for_ever)]
    with Alarm(0.05):
        sections = run(subject, collectors, time.monotonic() + 0.05)
    assert [section.reason for section in sections] == ["time budget spent"] * 2


@pytest.mark.usefixtures("pipe")
def test_an_alarm_is_not_swallowed_for_good(subject: Subject) -> None:
    """A collector that takes every exception for a missing interpreter hangs only once more."""

    def swallow(subject: Subject, facts: Facts) -> None:
        try:
            wait_for_ever(subject, facts)
        except Exception:
            wait_for_ever(subject, facts)

    with Alarm(0.05):
        (section,) = run(subject, [Collector("a", swallow)], time.monotonic() + 0.05)
    assert section.reason == "time budget spent"


def test_an_alarm_between_collectors_costs_nothing(subject: Subject) -> None:
    """It may ring at any moment: while the sections are laid out, too."""
    with Alarm(3600):
        os.kill(os.getpid(), signal.SIGALRM)
        time.monotonic()  # where the handler would run, if it had not before
        (section,) = run(subject, [Collector("a", fine)])
        os.kill(os.getpid(), signal.SIGALRM)
        time.monotonic()
    assert section.status == "ok"


def test_an_alarm_in_a_collector_ends_only_it(subject: Subject) -> None:
    def ring(subject: Subject, facts: Facts) -> None:
        os.kill(os.getpid(), signal.SIGALRM)
        time.monotonic()

    with Alarm(3600):
        early = run_one(subject, Collector("a", ring), time.monotonic() + 3600)
        assert early.status == "ok"  # its time is not over
        rung, after = run(subject, [Collector("a", ring), Collector("b", fine)], time.monotonic())
    assert (rung.status, rung.reason) == ("error", "time budget spent")
    assert after.status == "ok"


def test_an_alarm_puts_everything_back() -> None:
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        with Alarm(3600):
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        signal.raise_signal(signal.SIGALRM)
        assert rung == [1]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_an_alarm_beside_the_main_thread_does_nothing() -> None:
    timers = []

    def use() -> None:
        with Alarm(3600):
            timers.append(signal.getitimer(signal.ITIMER_REAL))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert timers == [(0.0, 0.0)]


# -- the whole


def test_a_snapshot_of_nothing_is_a_fingerprint(subject: Subject) -> None:
    """An empty directory: every section says what it could not read."""
    document = take_snapshot(subject, "test", "label")
    fingerprint = store.parse(readable(document).encode("ascii"), "test")
    assert fingerprint.provenance.name == "label"
    assert fingerprint.provenance.target == "test"
    assert len(fingerprint.sections) == len(SECTIONS) == 20
    for name, section in fingerprint.sections.items():
        assert section.status != "ok" or section.gaps or section.facts, name


def test_a_snapshot_without_time_is_still_a_fingerprint(subject: Subject) -> None:
    document = take_snapshot(subject, "test", None, deadline=-1.0)
    store.parse(readable(document).encode("ascii"), "test")
    assert document["sections"]["os.packages"]["reason"] == "time budget spent"


def test_the_summary_is_one_line_that_names_what_was_not_read(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    collectors = {
        "a": Collector("a", fine),
        "b": Collector("b", raising(PermissionError(13, "x", SECRET))),
        "c": Collector("c", raising(SectionAbsent("none here"))),
    }
    monkeypatch.setattr("auditor.agent.snapshot.SECTIONS", tuple(collectors))
    monkeypatch.setattr("auditor.agent.snapshot.load", collectors.__getitem__)
    document = take_snapshot(subject, "test")
    document["provenance"]["duration_ms"] = 12.4
    assert summary(document) == (
        "4 facts in 3 sections, 12 ms; not readable: b (permission denied)"
    )


def test_every_section_of_the_design_has_its_collector() -> None:
    assert [load(name).SECTION for name in SECTIONS] == [
        "os", "os.packages", "kernel", "cpu", "gpu", "limits", "process", "container", "env",
        "locale", "time", "filesystem", "network", "python", "python.path", "python.packages",
        "python.integrity", "python.sources", "conda", "native",
    ]  # fmt: skip
