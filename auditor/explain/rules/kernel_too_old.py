"""The kernel lacks system calls on one side: an old one, or a sandbox that imitates one.

What it means
    A container uses the machine's kernel. On one side it is one of before 5.6, which lacks
    system calls that current libraries use, or the container runs in a sandbox (gVisor's
    runsc) that implements only a part of them.

Why it matters
    A C library that is built for newer kernels does not even start ("FATAL: kernel too old");
    statx (4.11), io_uring (5.1), clone3 and pidfd_open (5.3) or openat2 (5.6) give ENOSYS, which
    shows as OSError 38 "Function not implemented", as a hang, or as slower fallbacks.

How to confirm
    `uname -r` on both sides (gVisor says 4.4.0 and shows `Starting gVisor` in `dmesg`);
    `strace -f -e trace=all COMMAND 2>&1 | grep ENOSYS` names the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

# Kernel -> what came with it.
STEPS = (
    ((3, 17), "getrandom, memfd_create"),
    ((4, 5), "copy_file_range"),
    ((4, 11), "statx"),
    ((4, 18), "rseq"),
    ((5, 1), "io_uring"),
    ((5, 3), "clone3, pidfd_open"),
    ((5, 6), "openat2"),
)
SANDBOXES = ("runsc", "kata")

RULE = Rule(
    id="EA333",
    name="kernel-too-old",
    effects=("crash", "behaviour", "performance"),
    severity="medium",
    reads=("kernel.release", "container.oci_runtime", "os.libc.version"),
    remedy=Remedy(
        host="a kernel of 5.10 or later on both machines",
        runtime="docker run --runtime=runc ... on both sides, if the sandbox is the difference",
        image="a base image whose C library supports the older kernel",
    ),
    sources=(
        "https://github.com/clearlinux/distribution/issues/2657",
        "https://github.com/voidlinux/void-packages/pull/11398",
        "https://github.com/moby/moby/issues/42680",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    runtime = pair.change("container.oci_runtime")
    if runtime is not None and any(
        name in str(value) for name in SANDBOXES for value in (runtime.before, runtime.after)
    ):
        yield Hit(
            message=f"The container runs under {sides(runtime)}: a sandbox has a kernel of its "
            "own, which lacks some system calls and settings and is slower at others.",
            changes=(runtime,),
            confidence=0.6,
        )
    change = pair.change("kernel.release")
    if change is None:
        return
    before, after = _number(change.before), _number(change.after)
    if before is None or after is None:
        return
    older, newer = sorted((before, after))
    gained = [(step, what) for step, what in STEPS if older < step <= newer]
    if not gained:
        return
    missing = ", ".join(what for _, what in gained)
    ancient = older < (3, 17)
    yield Hit(
        message=f"The kernel is {sides(change)}: the older one lacks {missing}; libraries that "
        "need them fail ('Function not implemented', 'kernel too old') or take slower ways.",
        changes=(change,),
        facts=first(["os.libc.version"] if pair.either("os.libc.version") is not None else []),
        confidence=0.5 if ancient else 0.3 if older < (4, 18) else 0.2,
    )


def _number(release: Value) -> tuple[int, int] | None:
    """`5.15.0-122-generic` is (5, 15)."""
    found = re.match(r"([0-9]{1,4})\.([0-9]{1,4})", str(release))
    return (int(found[1]), int(found[2])) if found else None
