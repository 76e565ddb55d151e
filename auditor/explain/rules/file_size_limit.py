"""The size of a file that a process may write is limited.

What it means
    RLIMIT_FSIZE (`ulimit -f`) bounds how large a file may become by this process's writes.
    The sides have different limits.

Why it matters
    Writing beyond it raises SIGXFSZ, which ends most programs; Python ignores that signal, so
    the write fails with "OSError: [Errno 27] File too large". Checkpoints, databases, logs and
    memory-mapped arrays are cut off or not written.

How to confirm
    `docker exec CONTAINER sh -c 'grep "file size" /proc/1/limits'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_bytes, sides_in
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA316",
    name="file-size-limit",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("limits.rlimit.fsize.*",),
    remedy=Remedy(
        runtime="docker run --ulimit fsize=-1 ... on both sides",
        image="remove `ulimit -f ...` from the entrypoint script",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.rlimit.fsize.soft")
    if change is not None:
        yield Hit(
            message=f"The size that a file may reach is {sides_in(change, in_bytes)} (ulimit -f): "
            "writing more fails with 'File too large', or ends the program (SIGXFSZ).",
            changes=(change,),
            confidence=0.68,
        )
