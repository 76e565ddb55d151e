"""The container has more privileges on one side.

What it means
    What a process may do beside its user is decided by capabilities, by the seccomp filter on
    system calls, by no_new_privs (which makes set-user-ID programs harmless), by --privileged,
    and by namespaces that are shared with the machine. The sides differ there, and not only
    because of the user.

Why it matters
    More privileges mean that an intruder gets farther, up to the machine: --privileged adds all
    capabilities. Fewer mean that operations fail that work on the other side: ping and raw
    sockets, ports below 1024, changing owners, mounting, tracing, performance counters.

How to confirm
    `grep -E 'Cap|Seccomp|NoNewPrivs' /proc/PID/status` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA603",
    name="more-privileges",
    effects=(
        "security",
        "crash",
    ),
    severity="high",
    reads=(
        "container.privileged",
        "container.cap_*",
        "container.security_opt",
        "container.*_mode",
        "container.devices",
        "process.capabilities*",
        "process.seccomp",
        "process.no_new_privs",
    ),
    remedy=Remedy(
        runtime="docker run --cap-drop ALL --cap-add ... --security-opt no-new-privileges ... on "
        "both sides, without --privileged (Kubernetes: securityContext: "
        "{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}})",
    ),
    sources=(
        "https://github.com/OWASP/CheatSheetSeries/blob/master/cheatsheets/Docker_Security_Cheat_Sheet.md",
        "https://man7.org/linux/man-pages/man7/capabilities.7.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes: list[Change] = []
    for path in (
        "container.privileged",
        "process.capabilities.bounding",
        "process.seccomp",
        "process.no_new_privs",
    ):
        change = pair.change(path)
        if change is not None and None not in (change.before, change.after):
            changes.append(change)
    # Effective capabilities follow from the user, mostly: then they are no setting of their own.
    own = pair.change("process.capabilities")
    if own is not None and pair.change("process.uid") is None and own.folded_under is None:
        changes.append(own)
    for kind in ("pid", "ipc", "network"):
        mode = pair.change(f"container.{kind}_mode")
        if mode is not None and "host" in (mode.before, mode.after):
            changes.append(mode)
    if changes:
        yield Hit(
            message=f"{_said(changes[0])}: one side's container may do more to the machine, and "
            "what it may can fail on the other side.",
            changes=tuple(changes),
            confidence=0.45,
        )


def _said(change: Change) -> str:
    before, after = change.before, change.after
    if not isinstance(before, (list, tuple)) or not isinstance(after, (list, tuple)):
        return f"{change.path} is {sides(change)}"
    only = [str(name) for name in (*before, *after) if (name in before) != (name in after)]
    shown = ", ".join(only[:5]) + (" ..." if len(only) > 5 else "")
    side = "A" if len(before) > len(after) else "B"
    return f"{change.path} has more in {side} ({shown})"
