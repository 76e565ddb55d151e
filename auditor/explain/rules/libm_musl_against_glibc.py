"""One image computes with musl's mathematics, the other with glibc's.

What it means
    Alpine's images have musl as their C library, Debian's, Ubuntu's and Red Hat's have glibc.
    exp, log, pow, sin, gamma and the like are other implementations, and so is the code of
    wheels, which are built separately for the two (musllinux, manylinux).

Why it matters
    For some arguments the last digit differs, in Python's math module and in everything
    compiled. musl's functions are also compiled without variants for FMA, and its memory
    allocator is slower.

How to confirm
    `python -c "import math; print([f(x).hex() for f in (math.exp, math.sin, math.gamma) for x in
    (0.1, 1.7, 22.5)])"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA125",
    name="libm-musl-against-glibc",
    effects=("numerics", "performance"),
    severity="high",
    reads=("os.libc.*", "os.id", "os.version_id", "python.packages.*"),
    remedy=Remedy(image="take one kind of base image for both: `FROM python:3.12-slim-bookworm`"),
    sources=(
        "https://docslib.org/doc/9125269/accuracy-of-mathematical-functions-in-single-double-extended-double-and-quadruple-precision-paul-zimmermann",
        "https://snapshots.sourceware.org/glibc/trunk/2025-04-02_19-34_1743622441/manual/html_node/Errors-in-Math-Functions.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.family")
    if change is None or None in (change.before, change.after):
        return
    yield Hit(
        message=f"The C library is {sides(change)}: exp, log, pow, sin and other functions are "
        "other implementations, which round some results differently in the last digit.",
        changes=(change,),
        facts=first(path for path, _, _ in pair.facts("os.libc.version")),
        confidence=0.6,
    )
