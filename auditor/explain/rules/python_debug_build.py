"""Python is a debug build on one side.

What it means
    One side's interpreter was configured with --with-pydebug: its C code has assertions and
    checks of every allocation and reference, and is mostly compiled without optimisation.

Why it matters
    A debug build runs Python code several times slower, shows all warnings, and stops with an
    assertion where a release build goes on. It is meant for the development of CPython and of
    extension modules.

How to confirm
    `python -c 'import sys; print(hasattr(sys, "gettotalrefcount"))'`: True is a debug build.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA416",
    name="python-debug-build",
    effects=(
        "performance",
        "behaviour",
    ),
    severity="high",
    reads=(
        "python.debug_build",
        "python.abiflags",
        "python.build",
        "python.compiler",
    ),
    remedy=Remedy(
        image="FROM python:3.12-slim, or build Python with ./configure --enable-optimizations "
        "--with-lto and without --with-pydebug",
    ),
    sources=("https://docs.python.org/3.11/using/configure.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.debug_build")
    flags = pair.change("python.abiflags")
    if change is None and flags is not None and "d" in f"{flags.before}{flags.after}":
        change = flags
    if change is None or None in (change.before, change.after):
        return
    if change is not flags and True not in (change.before, change.after):
        return
    yield Hit(
        message=f"Python is a debug build: {sides(change)}; such a build checks itself at every "
        "step and runs Python code several times slower.",
        changes=(change,),
        confidence=0.75,
    )
