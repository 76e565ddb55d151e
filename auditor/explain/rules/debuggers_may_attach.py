"""Other processes may attach to the program on one side.

What it means
    kernel.yama.ptrace_scope says which processes may look into others; from Python 3.14 a
    debugger can run code in a running interpreter, unless PYTHON_DISABLE_REMOTE_DEBUG is set. The
    sides differ in one of them.

Why it matters
    Where attaching is allowed, another process of the same user can read the program's memory,
    and its secrets, and run code in it. Where it is not, debuggers, profilers (py-spy) and crash
    reporters fail.

How to confirm
    `cat /proc/sys/kernel/yama/ptrace_scope` on both machines; `py-spy dump --pid PID`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.switches import told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA613",
    name="debuggers-may-attach",
    effects=("security",),
    severity="low",
    reads=(
        "kernel.ptrace_scope",
        "env.PYTHON_DISABLE_REMOTE_DEBUG",
        "python.series",
    ),
    remedy=Remedy(
        runtime="docker run -e PYTHON_DISABLE_REMOTE_DEBUG=1 ... on both sides",
        host="sysctl -w kernel.yama.ptrace_scope=1 on both machines",
    ),
    sources=(
        "https://docs.kernel.org/admin-guide/LSM/Yama.html",
        "https://docs.python.org/3.14/howto/remote_debugging.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    scope = pair.change("kernel.ptrace_scope")
    if scope is not None and None not in (scope.before, scope.after):
        yield _hit(scope, 0.2)
    change = pair.change("env.PYTHON_DISABLE_REMOTE_DEBUG")
    known = ("3.14", "3.15", "3.16")
    if change is not None and all(str(s or "").rstrip("t") in known for s in pair.series()):
        yield _hit(change, 0.3, "python.series")


def _hit(change: Change, confidence: float, *facts: str) -> Hit:
    return Hit(
        message=f"{told([change])}: other processes may look into the program and run code in "
        "it on one side; debuggers and profilers fail on the other.",
        changes=(change,),
        facts=facts,
        confidence=confidence,
    )
