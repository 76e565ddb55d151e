"""A kernel setting that bounds what the program may do differs.

What it means
    A sysctl of the machine, or of the container's network namespace, is not the same:
    inotify watches, tracing, io_uring, performance counters, low ports, address randomisation.

Why it matters
    Each fails in its own way: "inotify watch limit reached" in file watchers and reloaders;
    "Operation not permitted" in profilers and debuggers (ptrace, perf); "Permission denied"
    when binding a port below the first unprivileged one; ENOSYS or EPERM from io_uring.

How to confirm
    `docker exec CONTAINER sysctl NAME` on both sides; then run the failing side with the other
    value (`docker run --sysctl NAME=VALUE` for what belongs to the network namespace).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..pair import Pair, first, sides
from ..rule import Effect, Hit, Remedy, Rule


class Setting(NamedTuple):
    """`users`: it matters where one of these is installed; none: it matters anyway."""

    sysctl: str
    what: str
    users: tuple[str, ...]
    effects: tuple[Effect, ...]
    confidence: float


WATCHERS = (
    "watchdog", "watchfiles", "uvicorn", "streamlit", "jupyter-server", "jupyterlab", "dagster",
    "werkzeug", "flask", "django", "celery", "pytest-watch", "inotify", "pyinotify", "hupper",
)  # fmt: skip
TRACERS = ("py-spy", "austin-python", "memray", "debugpy", "pyrasite", "hypno", "scalene", "perf")

SETTINGS = {
    "kernel.inotify_max_user_watches": Setting(
        "fs.inotify.max_user_watches",
        "file watchers and reloaders fail with 'inotify watch limit reached' beyond it",
        WATCHERS,
        ("crash",),
        0.4,
    ),
    "kernel.inotify_max_user_instances": Setting(
        "fs.inotify.max_user_instances",
        "file watchers fail with 'inotify instance limit reached' beyond it",
        WATCHERS,
        ("crash",),
        0.45,
    ),
    "kernel.ptrace_scope": Setting(
        "kernel.yama.ptrace_scope",
        "attaching a profiler or debugger to a running process is refused where it is higher",
        TRACERS,
        ("crash",),
        0.55,
    ),
    "kernel.perf_event_paranoid": Setting(
        "kernel.perf_event_paranoid",
        "performance counters are refused where it is higher",
        TRACERS,
        ("crash",),
        0.4,
    ),
    "kernel.io_uring_disabled": Setting(
        "kernel.io_uring_disabled",
        "programs that use io_uring fail or fall back to slower ways where it is not 0",
        (),
        ("crash", "performance"),
        0.35,
    ),
    "kernel.ip_unprivileged_port_start": Setting(
        "net.ipv4.ip_unprivileged_port_start",
        "binding a port below it needs a capability and fails with 'Permission denied' without",
        (),
        ("crash",),
        0.6,
    ),
    "kernel.randomize_va_space": Setting(
        "kernel.randomize_va_space",
        "memory addresses vary from run to run on one side only, and with them whatever depends "
        "on addresses (order of objects hashed by identity, crashes by wild pointers)",
        (),
        ("behaviour", "crash"),
        0.35,
    ),
}

RULE = Rule(
    id="EA334",
    name="kernel-setting",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=(*SETTINGS, "container.sysctls.*", "python.packages.*"),
    remedy=Remedy(
        host="sysctl -w NAME=VALUE (kept in /etc/sysctl.d/) alike on both machines",
        runtime="docker run --sysctl net.ipv4.ip_unprivileged_port_start=0 ... for settings "
        "below net. (Kubernetes: securityContext: {sysctls: [{name: ..., value: ...}]})",
    ),
    sources=(
        "https://github.com/gorakhargosh/watchdog/issues/673",
        "https://github.com/gorakhargosh/watchdog/issues/846",
        "https://docs.python.org/pa/3.14/howto/remote_debugging.html",
        "https://github.com/mkerrisk/man-pages/blob/master/man7/capabilities.7",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for path, setting in SETTINGS.items():
        change = pair.change(path)
        users = pair.installed(*setting.users)
        stated = pair.change(f"container.sysctls.{setting.sysctl}")
        if change is None or (setting.users and not users and stated is None):
            continue
        yield Hit(
            message=f"{setting.sysctl} is {sides(change)}: {setting.what}.",
            changes=(change, *([stated] if stated is not None else [])),
            facts=first(users),
            confidence=setting.confidence if stated is None else max(setting.confidence, 0.6),
            effects=setting.effects,
        )
