"""The program runs as root on one side.

What it means
    The process's user is root (uid 0) on one side, and an ordinary user on the other.

Why it matters
    Root may read and write every file of the container, so what works there can fail with a
    permission error elsewhere, and files that root leaves on a shared volume cannot be changed by
    others. Whoever takes over the program owns the container, and is much nearer to owning the
    machine.

How to confirm
    `docker exec CONTAINER id` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA602",
    name="runs-as-root",
    effects=(
        "security",
        "behaviour",
    ),
    severity="medium",
    reads=(
        "process.uid",
        "process.user",
        "process.capabilities",
        "container.user",
    ),
    remedy=Remedy(
        image="RUN useradd --uid 10001 app and USER 10001:10001 in the Dockerfile of both",
        runtime="docker run --user 10001:10001 ... (Kubernetes: securityContext: {runAsUser: "
        "10001, runAsNonRoot: true})",
    ),
    sources=(
        "https://github.com/OWASP/CheatSheetSeries/blob/master/cheatsheets/Docker_Security_Cheat_Sheet.md",
        "https://man7.org/linux/man-pages/man7/capabilities.7.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("process.uid")
    if change is None or None in (change.before, change.after):
        return
    if 0 not in (change.before, change.after):
        return
    root = "A" if change.before == 0 else "B"
    yield Hit(
        message=f"The program runs as root in {root} and not on the other side (uid "
        f"{sides(change)}): root may do what the other must not, and an intruder may, too.",
        changes=(change,),
        confidence=0.45,
    )
