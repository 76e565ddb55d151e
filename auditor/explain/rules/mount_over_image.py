"""A volume or file is mounted over the image on one side only, or differently.

What it means
    What is mounted hides the files that the image has in the same place. The sides have
    different mounts, or the same ones with other options (read-only, noexec).

Why it matters
    The program reads other files than those that were built and tested: another version of the
    code, an empty directory instead of data, configuration of a developer's machine. Where the
    mount is missing, files are not found; where it is read-only, writing fails.

How to confirm
    `docker inspect -f '{{json .Mounts}}' CONTAINER` on both sides, and `docker exec CONTAINER
    ls -la PATH`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

PREFIX = "filesystem.mounts."
# Temporary directories are EA321's; orchestrators mount the others by themselves.
ELSEWHERE = (
    "/tmp", "/var/tmp", "/run", "/var/run", "/proc", "/sys", "/dev",  # noqa: S108
    "/etc/podinfo", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname",
)  # fmt: skip
# What programs and interpreters themselves consist of.
CODE = ("/app", "/usr", "/opt", "/venv", "/srv", "/home", "/etc", "/lib", "/code", "/root", "/bin")

RULE = Rule(
    id="EA349",
    name="mount-over-image",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("filesystem.mounts.*", "container.mounts.*"),
    remedy=Remedy(
        runtime="docker run with the same -v and --mount options on both sides (Kubernetes: the "
        "same volumeMounts), or without the mount",
    ),
    sources=(
        "https://github.com/docker/docs/blob/main/content/manuals/engine/storage/bind-mounts.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change
        for change in pair.changes(f"{PREFIX}*")
        if not _below(change.path[len(PREFIX) :], ELSEWHERE)
    ]
    if not changes:
        return
    code = [change for change in changes if _below(change.path[len(PREFIX) :], CODE)]
    first = (code or changes)[0]
    yield Hit(
        message=f"{_described(first)}"
        + (f" (and {len(changes) - 1} more mounts differ)" if len(changes) > 1 else "")
        + ": the files of the image in that place are hidden there, so that the program reads "
        "or writes others.",
        changes=(first, *(change for change in changes if change is not first)),
        confidence=0.45 if code else 0.35,
    )


def _described(change: Change) -> str:
    point = change.path[len(PREFIX) :]
    if change.before is None or change.after is None:
        return f"Something is mounted on {point} in {'B' if change.before is None else 'A'} only"
    return f"The mount on {point} is {shown(change.before)} in A, {shown(change.after)} in B"


def _below(path: str, directories: tuple[str, ...]) -> bool:
    return any(path == directory or path.startswith(f"{directory}/") for directory in directories)
