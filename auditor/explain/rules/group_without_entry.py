"""The group that the program runs as has no entry in /etc/group on one side.

What it means
    The container is started with a group's number (`--user 1000:2000`, Kubernetes' runAsGroup or
    fsGroup) that the image does not know by name.

Why it matters
    Asking for the group's name raises KeyError ("getgrgid(): gid not found"): `pathlib.Path.group`,
    `tarfile` and `shutil.chown` with names, `id`, and servers that drop privileges do. Files of the
    group are shown with a number.

How to confirm
    `docker exec CONTAINER sh -c 'getent group $(id -g)'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA388",
    name="group-without-entry",
    effects=("crash",),
    severity="medium",
    reads=("process.group_entry", "process.gid"),
    remedy=Remedy(
        image="RUN groupadd --gid 2000 app (the number that the container is started with)",
        runtime="docker run --user app:app ... (a group that the image knows); Kubernetes: "
        "securityContext: {runAsGroup: ...}",
    ),
    sources=(
        "https://docs.python.org/3/library/grp.html#grp.getgrgid",
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("process.group_entry")
    if change is None or None in (change.before, change.after):
        return
    gid = pair.values("process.gid")
    yield Hit(
        message=f"The program's group (gid {shown(gid[0])} in A, {shown(gid[1])} in B) has an "
        f"entry in /etc/group: {shown(change.before)} in A, {shown(change.after)} in B; without "
        "one, asking for its name fails ('getgrgid(): gid not found').",
        changes=(change,),
        confidence=0.45,
    )
