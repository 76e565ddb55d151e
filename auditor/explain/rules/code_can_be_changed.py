"""The program can change its own code on one side.

What it means
    On one side the root file system is writable, on the other it is read-only; there, nothing in
    the image can be changed while the container runs.

Why it matters
    A program that can write to its packages and modules, as root always can, can be changed for
    good by an error or an intruder, and drifts away from its image without a trace. Programs that
    write beside their code fail on the read-only side.

How to confirm
    `docker diff CONTAINER` shows what was changed since the start.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA614",
    name="code-can-be-changed",
    effects=("security",),
    severity="low",
    reads=(
        "filesystem.root.read_only",
        "process.uid",
        "container.read_only_root",
    ),
    remedy=Remedy(
        image="USER 10001 in the Dockerfile, with the code owned by root",
        runtime="docker run --read-only --tmpfs /tmp ... (Kubernetes: securityContext: "
        "{readOnlyRootFilesystem: true}) on both sides",
    ),
    sources=(
        "https://github.com/OWASP/CheatSheetSeries/blob/master/cheatsheets/Docker_Security_Cheat_Sheet.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("filesystem.root.read_only")
    if change is None or None in (change.before, change.after):
        return
    owner = pair.a if change.before is False else pair.b
    if owner.get("process.uid") != 0:
        return  # others cannot write to the image's files either
    yield Hit(
        message=f"The root file system is read-only: {sides(change)}; where it is not, the "
        "program, which runs as root there, can change its own code.",
        changes=(change,),
        facts=("process.uid",),
        confidence=0.3,
    )
