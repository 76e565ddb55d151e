"""This environment (`.`) and another process on this machine (`pid:N`)."""

from __future__ import annotations

from .. import store
from ..agent import baked
from ..agent.canonical import readable
from ..agent.command import Alarm, default_deadline
from ..agent.redact import Redactor
from ..agent.section import Unreadable
from ..agent.snapshot import take_snapshot
from ..agent.subject import live_subject
from ..model import CaptureFailed, Fingerprint, UsageError
from .target import CaptureOptions, check_interpreter


def bake_here(target: str, options: CaptureOptions) -> str:
    """Record what is fixed in this image; returns a summary. See `agent.baked`.

    Raises `UsageError` where nothing can be baked.
    """
    try:
        path = baked.destination(target, options.integrity)
        redactor = Redactor(options.key, options.show)
        subject = baked.subject_to_bake(redactor, options.python, options.integrity)
        check_interpreter(subject, options)
        return baked.bake(subject, path)
    except baked.NotBaked as error:
        raise UsageError(str(error)) from None


def capture_local(
    pid: int | None, options: CaptureOptions, own: bool = False, target: str | None = None
) -> Fingerprint:
    """`own`: the calling program itself is the application (the Python API). `target` is what
    the user calls it, where that is no process.

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
    subject.deep = options.deep
    if target is None:
        target = "." if pid is None else f"pid:{pid}"
    deadline = options.deadline or default_deadline(options.integrity, options.deep)
    if deadline is None:
        document = take_snapshot(subject, target, options.name)
    else:
        with Alarm(deadline):
            document = take_snapshot(subject, target, options.name, deadline)
    return store.parse(readable(document).encode("ascii"), target)
