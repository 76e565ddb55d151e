"""This environment (`.`) and another process on this machine (`pid:N`)."""

from __future__ import annotations

from .. import store
from ..agent.canonical import readable
from ..agent.command import DEFAULT_DEADLINE, Alarm
from ..agent.redact import Redactor
from ..agent.section import Unreadable
from ..agent.snapshot import take_snapshot
from ..agent.subject import live_subject
from ..model import CaptureFailed, Fingerprint, UsageError
from .target import CaptureOptions, check_interpreter


def capture_local(pid: int | None, options: CaptureOptions, own: bool = False) -> Fingerprint:
    """`own`: the calling program itself is the application (the Python API).

    Raises `UsageError` where there is no such process or interpreter, `CaptureFailed` where
    the process may not be looked into.
    """
    from pathlib import Path

    if pid is not None and not Path(f"/proc/{pid}").is_dir():
        raise UsageError(f"no process {pid} here")
    redactor = Redactor(options.key, options.show)
    try:
        subject = live_subject(redactor, pid, options.python, options.integrity, own)
    except Unreadable as error:
        raise CaptureFailed(str(error)) from None
    subject.progress = options.progress
    check_interpreter(subject, options)
    target = "." if pid is None else f"pid:{pid}"
    deadline = options.deadline
    if deadline is None and options.integrity != "full":
        deadline = DEFAULT_DEADLINE
    if deadline is None:
        document = take_snapshot(subject, target, options.name)
    else:
        with Alarm(deadline):
            document = take_snapshot(subject, target, options.name, deadline)
    return store.parse(readable(document).encode("ascii"), target)
