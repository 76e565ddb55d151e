"""The stack of a process, and with it that of its threads, is of another size.

What it means
    RLIMIT_STACK (`ulimit -s`) bounds the stack of the main thread; glibc gives new threads a
    stack of that size, too. The sides have different limits.

Why it matters
    Deep recursion runs over the end of the stack: SIGSEGV, exit code 139, without a traceback.
    So do recursive C code (parsers, regular expressions, pickle, JSON, compilers) and Fortran
    or OpenMP code with large local arrays. Larger stacks in turn cost address space for every
    thread, which matters where memory is limited.

How to confirm
    Run the program below the other side's limit: `sh -c 'ulimit -s 65536; exec python ...'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_bytes, lower, sides_in
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

MIB = 1 << 20

RULE = Rule(
    id="EA314",
    name="stack-limit",
    effects=("crash",),
    severity="high",
    reads=("limits.rlimit.stack.*", "env.OMP_STACKSIZE", "env.KMP_STACKSIZE", "env.GOMP_STACKSIZE"),
    remedy=Remedy(
        runtime="docker run --ulimit stack=8388608:-1 ... on both sides",
        image="set the stack of threads in the program: threading.stack_size(64 * 1024 * 1024)",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",
        "https://github.com/python/cpython/issues/96222",
        "https://github.com/python/cpython/issues/148260",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.rlimit.stack.soft")
    if change is not None:
        yield Hit(
            message=f"The stack of a thread is {sides_in(change, in_bytes)} (ulimit -s): deep "
            "recursion and large local arrays end in a segmentation fault where it is smaller.",
            changes=(change,),
            confidence=0.65 if lower(change) < 8 * MIB else 0.5,
        )
    for name in ("OMP_STACKSIZE", "KMP_STACKSIZE", "GOMP_STACKSIZE"):
        variable = pair.change(f"env.{name}")
        if variable is not None and pair.openmp():
            yield Hit(
                message=f"{name} differs ({variable.before or 'not set'} in A, "
                f"{variable.after or 'not set'} in B): it sizes the stacks of OpenMP's threads, "
                "and code with large local arrays crashes where they are too small.",
                changes=(variable,),
                confidence=0.5,
            )
