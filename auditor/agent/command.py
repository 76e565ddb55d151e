"""`envaudit snapshot` of this environment or of a process, and its options.

Arguments are parsed by hand, since `argparse` costs more than all the collecting.
"""

from __future__ import annotations

import os

from .canonical import readable
from .files import write_file
from .output import Counter, say, write_descriptor
from .redact import Redactor
from .root import LiveRoot, OutOfTime
from .run import interruptible
from .section import Unreadable, why
from .snapshot import take_snapshot
from .subject import live_subject
from .summary import summary, summary_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .subject import Subject

# Seconds. Far more than a snapshot takes; it bounds a stuck file system. A full integrity
# check reads everything that is installed and is not bounded unless asked for.
DEFAULT_DEADLINE = 30.0
# Importing large libraries on a busy machine takes its time; no collector gets more than half.
DEEP_DEADLINE = 300.0
_TICK = 0.2  # seconds: how often a collector is looked at; most snapshots end before
_VALUED = (
    "-o", "--output", "--python", "--name", "--integrity", "--show", "--key-file", "--deadline",
    "--summary",
)  # fmt: skip


class Usage(Exception):
    """Wrong arguments: one line, exit code 2."""


class Options:
    """What was asked for."""

    def __init__(self, output: str | None = None) -> None:
        self.target = "."
        self.output = output  # None: standard output, or with `bake` nowhere
        self.python: str | None = None
        self.name: str | None = None
        self.summary: str | None = None
        self.integrity = "fast"
        self.show: list[str] = []
        self.key_file: str | None = None
        self.deadline: float | None = None
        self.quiet = False
        self.bake = False
        self.deep = False
        self.at_exit = False  # exec: once more when the command ends
        self.command: list[str] | None = None  # what is about to be started (exec)


def parse(arguments: list[str], output: str | None = None) -> Options:
    """`output`: where to, if the arguments do not say. Raises `Usage`."""
    options = Options(output)
    targets = []
    position = 0
    while position < len(arguments):
        word = arguments[position]
        position += 1
        name, separator, value = word.partition("=")
        if name in _VALUED and (separator or not word.startswith("--") or name == word):
            if not separator:
                if position >= len(arguments):
                    raise Usage("%s needs a value" % name)
                value = arguments[position]
                position += 1
            _set(options, name, value)
        elif word in ("--quiet", "-q"):
            options.quiet = True
        elif word == "--bake":
            options.bake = True
        elif word == "--deep":
            options.deep = True
        elif word == "--at-exit":
            options.at_exit = True
        elif word.startswith("-") and word != "-":
            raise Usage("unknown option %s (--help lists them)" % name)
        else:
            targets.append(word)
    if len(targets) > 1:
        raise Usage("one target at a time, got %s" % " and ".join(targets))
    options.target = targets[0] if targets else "."
    return options


def _set(options: Options, name: str, value: str) -> None:
    if name in ("-o", "--output"):
        options.output = value
    elif name == "--show":
        options.show.append(value)
    elif name == "--integrity":
        if value not in ("fast", "full", "off"):
            raise Usage("--integrity takes fast, full or off, not %r" % value)
        options.integrity = value
    elif name == "--summary":
        if value in ("", "-"):
            raise Usage("--summary takes a file, not %r" % value)
        options.summary = value
    elif name == "--deadline":
        try:
            options.deadline = float(value)
        except ValueError:
            options.deadline = 0.0
        if not 0 < options.deadline < 86400:
            raise Usage("--deadline takes seconds, not %r" % value)
    else:
        setattr(options, name[2:].replace("-", "_"), value)


def bake(options: Options) -> None:
    """Record what is fixed in this image; raises `Usage` where that cannot be."""
    from . import baked

    try:
        path = baked.destination(options.target, options.integrity)
        subject = baked.subject_to_bake(_redactor(options), options.python, options.integrity)
        _require_interpreter(subject, options)
        done = baked.bake(subject, path)
    except baked.NotBaked as error:
        raise Usage(str(error)) from None
    if not options.quiet:
        say(done)


def _redactor(options: Options) -> Redactor:
    shown = os.environ.get("ENVAUDIT_ENV_SHOW", "").replace(",", " ").split()
    return make_redactor(options.show + shown, options.key_file)


def _require_interpreter(subject: Subject, options: Options) -> None:
    try:
        subject.require_named_interpreter()
    except (OSError, Unreadable) as error:
        raise Usage("--python %s: %s" % (options.python, why(error))) from None


def snapshot(options: Options) -> int:
    """Take it, write it, tell about it."""
    if options.at_exit and options.command is None:
        raise Usage("--at-exit is for exec, whose command ends")
    if options.bake:
        bake(options)
        if options.output is None:
            return 0
    pid = process_number(options.target)
    redactor = _redactor(options)
    subject = live_subject(redactor, pid, options.python, options.integrity)
    subject.command = options.command
    subject.deep = options.deep
    _require_interpreter(subject, options)
    subject.progress = counter = Counter("holding files against RECORD", options.quiet)
    try:
        document = capture(subject, options.target, options)
    finally:
        counter.clear()
    # One that cannot be written costs the other nothing.
    refused = []
    if options.summary is not None:
        refused += _refused(options.summary, summary_text(document))
    content = readable(document).encode("ascii")
    if options.output in ("-", None):
        try:
            write_descriptor(1, content)
        except BrokenPipeError:
            pass  # whoever reads our output has had enough (`| head`)
    else:
        refused += _refused(options.output, content)
    if refused:
        raise Usage("; ".join(refused))
    if not options.quiet:
        where = "" if options.output in ("-", None) else " -> " + options.output
        say(summary(document) + where)
    return 0


def _refused(path: str, content: bytes) -> list[str]:
    """Writes a file; why not, where it cannot be written."""
    try:
        write_file(path, content)
    except OSError as error:
        return ["%s: %s" % (path, why(error))]
    return []


def default_deadline(integrity: str, deep: bool) -> float | None:
    """Seconds; None where everything is read, however long that takes."""
    if integrity == "full":
        return None
    return DEEP_DEADLINE if deep else DEFAULT_DEADLINE


def capture(subject: Any, target: str, options: Options) -> dict[str, Any]:
    name = options.name or os.environ.get("ENVAUDIT_NAME") or None
    deadline = options.deadline or default_deadline(options.integrity, options.deep)
    if deadline is None:
        return take_snapshot(subject, target, name)
    with Alarm(deadline):
        return take_snapshot(subject, target, name, deadline)


class Alarm:
    """Interrupts a read that hangs where no deadline is looked at (a dead network file
    system): the collector that hangs ends with `OutOfTime`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        from .signals import signal

        def ring(*_: Any) -> None:
            if interruptible.is_over():
                raise OutOfTime("time budget spent")

        self._set = False
        try:
            self._before: Any = signal.signal(signal.SIGALRM, ring)
            self._set = True
            # Again and again, since each collector has a time of its own, and may hang.
            tick = max(0.01, min(_TICK, self._seconds / 8))
            signal.setitimer(signal.ITIMER_REAL, tick, tick)
        except ValueError:  # not the main thread: the deadline alone has to do
            pass

    def __exit__(self, *_: object) -> None:
        from .signals import signal

        if self._set:
            signal.setitimer(signal.ITIMER_REAL, 0)
            # None: a handler that was not set by Python, which cannot be set again by it.
            signal.signal(signal.SIGALRM, self._before or signal.SIG_DFL)


def process_number(target: str) -> int | None:
    """None for this environment, N for `pid:N`; raises `Usage` for anything else."""
    if target in (".", ""):
        return None
    if not target.startswith("pid:"):
        raise Usage("the agent alone captures `.` or `pid:N`, not %r" % target)
    number = target[4:]
    if not (number.isascii() and number.isdigit() and len(number) <= 10 and int(number)):
        raise Usage("pid: takes a process number, not %r" % number)
    if not os.path.isdir("/proc/" + number):
        raise Usage("no process %s here" % number)
    return int(number)


def make_redactor(show: list[str], key_file: str | None) -> Redactor:
    """The key comes from `--key-file`, ENVAUDIT_KEY or ENVAUDIT_KEY_FILE; raises `Usage`."""
    path = key_file
    key: bytes | None = None
    if not path:
        key = os.environb.get(b"ENVAUDIT_KEY") or None
        path = None if key else os.environ.get("ENVAUDIT_KEY_FILE")
    try:
        if path:
            key = LiveRoot().read(path, 64 * 1024).rstrip(b"\r\n")
        return Redactor(key, show)
    except OSError as error:
        raise Usage("key file %s: %s" % (path, why(error))) from None
    except Unreadable as error:
        raise Usage("%s: %s" % (path or "ENVAUDIT_KEY", error)) from None
