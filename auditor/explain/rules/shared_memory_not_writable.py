"""Shared memory (/dev/shm) is missing or cannot be written on one side.

What it means
    Processes share memory and semaphores through files in /dev/shm. On one side it does not
    exist, is mounted read-only, or does not let the program's user write.

Why it matters
    `multiprocessing` cannot create locks, queues and pools there: "OSError: [Errno 38] Function
    not implemented", "[Errno 30] Read-only file system" or "[Errno 13] Permission denied";
    data loaders and joblib fail or fall back to slower ways.

How to confirm
    `docker exec CONTAINER python -c "import multiprocessing as m; m.Lock()"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA380",
    name="shared-memory-not-writable",
    effects=("crash", "behaviour", "performance"),
    severity="high",
    reads=("filesystem.shm.*", "process.uid"),
    remedy=Remedy(
        runtime="docker run without a read-only mount over /dev/shm (`--shm-size=1g` instead of "
        "`--tmpfs /dev/shm:ro`); Kubernetes: an emptyDir volume with `medium: Memory` mounted at "
        "/dev/shm",
    ),
    sources=(
        "https://man7.org/linux/man-pages/man7/shm_overview.7.html",
        "https://man7.org/linux/man-pages/man7/sem_overview.7.html",
        "https://docs.python.org/3/library/multiprocessing.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("filesystem.shm.writable")
    if change is None or {change.before, change.after} != {True, False}:
        return
    side = where((change.before, change.after), lambda value: value is False)
    exists = pair.change("filesystem.shm.exists")
    user = pair.change("process.uid")
    what = "does not exist" if exists is not None else "cannot be written"
    yield Hit(
        message=f"Shared memory (/dev/shm) {what} in {side}: locks, queues and memory that "
        "processes share cannot be made there, so that multiprocessing and what is built on it "
        "fail.",
        changes=tuple(one for one in (change, exists, user) if one is not None),
        confidence=0.78,
    )
