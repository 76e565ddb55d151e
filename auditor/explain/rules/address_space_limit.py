"""The process's address space or data segment is limited.

What it means
    RLIMIT_AS and RLIMIT_DATA (`ulimit -v`, `ulimit -d`) bound the memory that a process may
    reserve, whether it uses it or not. The sides have different limits.

Why it matters
    An allocation beyond the limit fails at once: MemoryError in Python, "cannot allocate
    memory" in a library, an abort where nobody checks. Libraries that reserve far more than
    they use (thread stacks and arenas, CUDA, sanitizers, LMDB, memory-mapped files) reach the
    limit early.

How to confirm
    `docker exec CONTAINER sh -c 'grep -E "address space|data size" /proc/1/limits'`, then
    run the program with the other side's `ulimit -v`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_bytes, sides_in
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

NAMES = {"limits.rlimit.as.soft": "address space", "limits.rlimit.data.soft": "data segment"}

RULE = Rule(
    id="EA310",
    name="address-space-limit",
    effects=("crash",),
    severity="high",
    reads=("limits.rlimit.as.*", "limits.rlimit.data.*"),
    remedy=Remedy(
        image="remove `ulimit -v ...` from the entrypoint script, or use the same on both sides",
        runtime="docker run --ulimit data=-1 ... (Docker has no option for the address space: "
        "it comes from the entrypoint or from the engine's service unit)",
        host="systemd unit: LimitAS=infinity, LimitDATA=infinity",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for path, name in NAMES.items():
        change = pair.change(path)
        if change is not None:
            yield Hit(
                message=f"The limit of the process's {name} is {sides_in(change, in_bytes)}: "
                "allocations beyond it fail at once (MemoryError, 'cannot allocate memory'), "
                "though the machine has memory left.",
                changes=(change,),
                confidence=0.7,
            )
