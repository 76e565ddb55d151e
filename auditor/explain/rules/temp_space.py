"""The temporary directory has less room on one side.

What it means
    The temporary directory lies on another kind of file system, or on a memory file system
    (tmpfs) of another size, or nearly no space is left on it.

Why it matters
    Sorting, unpacking, uploads, joblib's memory maps, package builds and databases spill to the
    temporary directory and fail with "OSError: [Errno 28] No space left on device" where it is
    small. What is written to a tmpfs counts as the container's memory, so that it can also end
    in a kill for lack of memory (exit code 137).

How to confirm
    `docker exec CONTAINER df -h /tmp` on both sides, before and while the program runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..amounts import in_bytes, limit
from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

GIB = 1 << 30
FULL = "<100MiB"
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  looked at in facts, never written to

RULE = Rule(
    id="EA321",
    name="temp-space",
    effects=("crash", "performance"),
    severity="medium",
    reads=("filesystem.mounts.*", "filesystem.*.type", "filesystem.*.free"),
    remedy=Remedy(
        runtime="docker run --tmpfs /tmp:exec,size=4g ... or -v /data/tmp:/tmp on both sides "
        "(Kubernetes: emptyDir: {sizeLimit: 4Gi}); -e TMPDIR=/data/tmp -e "
        "JOBLIB_TEMP_FOLDER=/data/tmp to go elsewhere",
        host="free space below /var/lib/docker: docker system prune",
    ),
    sources=(
        "https://github.com/pypa/pip/issues/12444",
        "https://github.com/joblib/joblib/issues/882",
        "https://github.com/civisanalytics/datascience-python/pull/37",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    kind = pair.change("filesystem.tmp.type")
    for point in TEMPORARY:
        mount = pair.change(f"filesystem.mounts.{point}")
        if mount is None:
            continue
        sizes = [_size(mount.before), _size(mount.after)]
        if sizes[0] != sizes[1]:
            least = min(limit(size) for size in sizes)
            yield Hit(
                message=f"The space of {point} is {_room(mount.before)} in A, "
                f"{_room(mount.after)} in B: what does not fit fails with 'No space left on "
                "device', and what lies in a tmpfs counts as memory.",
                changes=(mount, *([kind] if kind is not None else [])),
                confidence=0.6 if least < GIB else 0.45,
            )
            return
    if kind is not None and "tmpfs" in (kind.before, kind.after):
        yield Hit(
            message=f"The temporary directory is on {shown(kind.before)} in A, "
            f"{shown(kind.after)} in B: files in a tmpfs take memory, and half of the machine's "
            "memory is all there is unless a size is set.",
            changes=(kind,),
            confidence=0.35,
        )
    yield from _full(pair)


def _full(pair: Pair) -> Iterator[Hit]:
    changes: list[Change] = [
        change
        for change in pair.changes("filesystem.*.free")
        if FULL in (change.before, change.after)
    ]
    if changes:
        yield Hit(
            message="Free space is "
            + "; ".join(
                f"{change.path.split('.')[1]}: {shown(change.before)} in A, "
                f"{shown(change.after)} in B"
                for change in changes
            )
            + ": writing fails with 'No space left on device' when it is used up.",
            changes=tuple(changes),
            confidence=0.5,
        )


def _size(mount: Value) -> Value:
    return as_mapping(mount).get("size")


def _room(mount: Value) -> str:
    if mount is None:
        return "that of the image's file system"
    kind = shown(as_mapping(mount).get("type"))
    return f"{in_bytes(_size(mount))} ({kind})"
