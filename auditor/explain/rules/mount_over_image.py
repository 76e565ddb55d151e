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
from ..pair import Pair, as_mapping, shown
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


# What a mount allows; its other members say what it is.
FLAGS = {
    "read_only": "cannot be written to",
    "noexec": "holds nothing that can be executed",
    "nosuid": "ignores set-user-ID bits",
    "nodev": "ignores device files",
}


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change for change in pair.changes(f"{PREFIX}*") if _counts(pair, change.path[len(PREFIX) :])
    ]
    other = [change for change in changes if not _of_flags(change)]
    code = [change for change in other if _below(change.path[len(PREFIX) :], CODE)]
    if other:
        first = (code or other)[0]
        yield Hit(
            message=f"{_described(first)}"
            + (f" (and {len(other) - 1} more mounts differ)" if len(other) > 1 else "")
            + ": the files of the image in that place are hidden there, so that the program reads "
            "or writes others.",
            changes=(first, *(change for change in other if change is not first)),
            confidence=0.45 if code else 0.35,
        )
    for change in changes:
        flags = _of_flags(change)
        if flags:
            yield _allowed(change, flags)


def _counts(pair: Pair, point: str) -> bool:
    if point.endswith("/docker-init") and pair.change("container.init") is not None:
        return False  # what `--init` puts there
    return not _below(point, ELSEWHERE)


def _of_flags(change: Change) -> list[str]:
    """The flags that differ; empty where anything else does."""
    if change.before is None or change.after is None:
        return []
    ours, theirs = as_mapping(change.before), as_mapping(change.after)
    differ = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))
    return differ if set(differ) <= FLAGS.keys() else []


def _allowed(change: Change, flags: list[str]) -> Hit:
    told = " and ".join(
        f"{FLAGS[flag]} in {'A' if as_mapping(change.before).get(flag) else 'B'} only"
        for flag in flags
    )
    error = {"read_only": "Read-only file system", "noexec": "Permission denied"}
    words = " or ".join(f"'{error[flag]}'" for flag in flags if flag in error)
    return Hit(
        message=f"The mount on {change.path[len(PREFIX) :]} {told}"
        + (f": what tries fails there with {words}." if words else "."),
        changes=(change,),
        confidence=0.55 if words else 0.3,
        effects=("crash", "behaviour") if words else (),
        remedy=Remedy(
            runtime="docker run with the same options of the mount on both sides: `-v NAME:/data` "
            "or `-v NAME:/data:ro` (Kubernetes: volumeMounts: [{readOnly: ...}])",
        ),
    )


def _described(change: Change) -> str:
    point = change.path[len(PREFIX) :]
    if change.before is None or change.after is None:
        return f"Something is mounted on {point} in {'B' if change.before is None else 'A'} only"
    return f"The mount on {point} is {shown(change.before)} in A, {shown(change.after)} in B"


def _below(path: str, directories: tuple[str, ...]) -> bool:
    return any(path == directory or path.startswith(f"{directory}/") for directory in directories)
