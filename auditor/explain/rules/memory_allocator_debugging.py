"""The memory allocator checks or overwrites memory on one side.

What it means
    MALLOC_CHECK_ makes glibc check its heap, MALLOC_PERTURB_ fills memory with a pattern, and
    PYTHONMALLOC=debug (also PYTHONDEVMODE, -X dev) surrounds Python's objects with guard bytes.
    The sides differ in these switches.

Why it matters
    Defects in native code that go unnoticed otherwise end the process at once ("Fatal Python
    error: bad trailing pad byte", "free(): invalid pointer", SIGABRT), and values that were
    read from uninitialised memory (numpy.empty) change. Every allocation gets slower and larger.

How to confirm
    Run the program on the failing side with the variable unset; what then remains different is
    not its doing. (Since glibc 2.34 MALLOC_CHECK_ acts only with libc_malloc_debug.so preloaded.)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Effect, Hit, Remedy, Rule

NATIVE: tuple[Effect, ...] = ("crash", "numerics", "performance")
NATIVE_USERS = ("numpy", "scipy", "pandas", "torch", "tensorflow", "lxml", "opencv-python")

RULE = Rule(
    id="EA345",
    name="memory-allocator-debugging",
    effects=("crash", "performance"),
    severity="medium",
    reads=(
        "env.MALLOC_CHECK_",
        "env.MALLOC_PERTURB_",
        "env.PYTHONMALLOC",
        "python.flags.malloc",
        "native.preload",
        "os.libc.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="remove `ENV MALLOC_PERTURB_=...`, `MALLOC_CHECK_`, `PYTHONMALLOC` from the "
        "Dockerfile, or set the same in both",
        runtime="docker run -e MALLOC_PERTURB_=0 ... on both sides",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man3/mallopt.3",
        "https://github.com/python/cpython/blob/main/Doc/using/cmdline.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed(*NATIVE_USERS)
    perturb = pair.change("env.MALLOC_PERTURB_")
    if perturb is not None:
        yield Hit(
            message=f"MALLOC_PERTURB_ is {sides(perturb)}: glibc fills allocated and freed "
            "memory with a pattern, so that code which reads memory before writing it gets other "
            "values, or crashes.",
            changes=(perturb,),
            facts=first(users),
            confidence=0.75 if users else 0.6,
            effects=NATIVE,
        )
    checked = pair.change("env.MALLOC_CHECK_")
    if checked is not None:
        yield Hit(
            message=f"MALLOC_CHECK_ is {sides(checked)}: glibc checks its heap and aborts on "
            "defects that pass unnoticed on the other side.",
            changes=(checked,),
            confidence=0.45,
        )
    allocator = pair.change("python.flags.malloc") or pair.change("env.PYTHONMALLOC")
    if allocator is not None:
        debugging = any("debug" in str(value) for value in (allocator.before, allocator.after))
        yield Hit(
            message=f"Python's memory allocator is {sides(allocator)}: "
            + (
                "the debugging one aborts when native code writes beyond its memory, and is slower."
                if debugging
                else "memory use and speed differ, and defects in native code show differently."
            ),
            changes=(allocator,),
            confidence=0.55 if debugging else 0.4,
            effects=("crash", "performance") if debugging else ("performance", "crash"),
        )
