"""One side runs CPython, the other another implementation of Python.

What it means
    PyPy (or GraalPy, ...) runs the program on one side, CPython on the other.

Why it matters
    Objects are not freed at once: files are flushed and closed later, __del__ runs later or not
    at all. Compiled packages are other builds or missing, identities, hashes, recursion limits
    and error texts differ, and so does the speed.

How to confirm
    `python -c "import platform; print(platform.python_implementation())"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA211",
    name="python-implementation-differs",
    effects=("behaviour", "performance", "crash"),
    severity="high",
    reads=("python.implementation",),
    remedy=Remedy(image="the same base image in both Dockerfiles: `FROM python:3.12-slim`"),
    sources=("https://github.com/pypy/pypy/blob/main/pypy/doc/cpython_differences.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.implementation")
    if change is None or None in (change.before, change.after):
        return
    yield Hit(
        message=f"The interpreter is {sides(change)}: objects are freed at other times, compiled "
        "packages are other builds or missing, and hashes and speed differ.",
        changes=(change,),
        confidence=0.8,
    )
