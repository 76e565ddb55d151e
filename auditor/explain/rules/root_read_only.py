"""The container's root file system is read-only on one side.

What it means
    The container was started with `--read-only` (Kubernetes: readOnlyRootFilesystem) on one
    side. Nothing can be written there but in what is mounted over it.

Why it matters
    Programs and libraries write where one does not expect it: temporary files ("No usable
    temporary directory found"), caches and configuration below HOME, bytecode, logs, sockets
    and PID files. Each of these fails with "OSError: [Errno 30] Read-only file system", or
    takes a slower way.

How to confirm
    `docker exec CONTAINER sh -c 'touch /x; touch /tmp/x; touch "$HOME/x"'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

PLACES = ("tmp", "home", "cwd")

RULE = Rule(
    id="EA318",
    name="root-read-only",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("filesystem.root.read_only", "filesystem.*.writable", "container.read_only_root"),
    remedy=Remedy(
        runtime="docker run --read-only --tmpfs /tmp:exec -e HOME=/tmp ... (Kubernetes: an "
        "emptyDir volume at /tmp), or without --read-only, on both sides",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/library/tempfile.rst",
        "https://github.com/joblib/joblib/issues/882",
        "https://github.com/matplotlib/matplotlib/pull/1824",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("filesystem.root.read_only")
    if change is None:
        return
    lost = [
        found
        for place in PLACES
        if (found := pair.change(f"filesystem.{place}.writable")) is not None
    ]
    engine = pair.change("container.read_only_root")
    where = ", ".join(found.path.split(".")[1] for found in lost)
    yield Hit(
        message=f"The root file system is read-only: {sides(change)}; whatever writes outside "
        "mounted directories (temporary files, caches, logs) fails there"
        + (f" (affected here: {where})." if where else "."),
        changes=(change, *lost, *([engine] if engine is not None else [])),
        confidence=0.75 if lost else 0.55,
    )
