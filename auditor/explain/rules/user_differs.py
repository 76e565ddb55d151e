"""The program runs as another user or group.

What it means
    The user, the group or the supplementary groups of the process differ: `USER` in the
    Dockerfile, `--user`, runAsUser, fsGroup or `--group-add` are not the same.

Why it matters
    Whether a file can be read, written or run is decided by its owner and group. Root may do
    all of it; another user gets "PermissionError: [Errno 13] Permission denied" on files that
    the image or a volume keeps for somebody else, may not change owners or bind low ports, and
    has another home directory.

How to confirm
    `docker exec CONTAINER id` on both sides; then run the failing side with the other side's
    user: `docker run --user UID:GID ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA325",
    name="user-differs",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("process.uid", "process.gid", "process.groups", "container.user"),
    remedy=Remedy(
        image="USER 1000:1000 after `RUN chown -R 1000:1000 /app` (or COPY --chown=1000:1000)",
        runtime="docker run --user 1000:1000 ... on both sides (Kubernetes: securityContext: "
        "{runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000})",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man7/capabilities.7",
        "https://github.com/vectorize-io/hindsight/pull/3934",
        "https://github.com/bmaltais/kohya_ss/issues/1143",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    user = pair.change("process.uid")
    group = pair.change("process.gid")
    groups = pair.change("process.groups")
    if user is not None:
        root = 0 in (user.before, user.after)
        missing_name = pair.change("process.passwd_entry") is not None
        yield Hit(
            message=f"The program runs as user {sides(user)}: files that belong to one of them "
            "cannot be read or written by the other"
            + (", and only root (0) may do everything." if root else "."),
            changes=(user, *(change for change in (group, groups) if change is not None)),
            confidence=0.6 if root else 0.4 if missing_name else 0.5,
        )
    elif group is not None or groups is not None:
        changes = tuple(change for change in (group, groups) if change is not None)
        yield Hit(
            message=f"The program's groups are {sides(changes[0])}: files that are shared by a "
            "group can be opened on one side only.",
            changes=changes,
            confidence=0.5,
        )
