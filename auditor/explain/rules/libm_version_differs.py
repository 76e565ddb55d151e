"""Exponentials, logarithms and sines come from another version of the C library.

What it means
    Python's math module, NumPy's scalar paths and compiled extensions call glibc's libm for
    exp, log, pow, sin, hypot, gamma and the like. Its versions differ, mostly because the base
    images are of different releases.

Why it matters
    libm's functions are not correctly rounded, and their implementations are replaced from
    release to release: for some arguments the last digit differs. Thresholds, iterations and
    hashes of results show it.

How to confirm
    `python -c "import math; print([f(x).hex() for f in (math.exp, math.sin, math.gamma) for x in
    (0.1, 1.7, 22.5)])"` on both sides; run the program in both images on one machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA124",
    name="libm-version-differs",
    effects=("numerics",),
    severity="high",
    reads=("os.libc.*", "os.id", "os.version_id", "os.packages.*", "python.series"),
    remedy=Remedy(
        image="build both on one base image: `FROM python:3.12-slim-bookworm@sha256:...`",
    ),
    sources=(
        "https://snapshots.sourceware.org/glibc/trunk/2025-04-02_19-34_1743622441/manual/html_node/Errors-in-Math-Functions.html",
        "https://docslib.org/doc/9125269/accuracy-of-mathematical-functions-in-single-double-extended-double-and-quadruple-precision-paul-zimmermann",
        "https://git.zx2c4.com/glibc/log/sysdeps/ieee754/flt-32",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.version")
    if change is None or None in (change.before, change.after) or pair.change("os.libc.family"):
        return
    if "musl" in pair.values("os.libc.family"):
        return
    yield Hit(
        message=f"The C library is {sides(change)}: exp, log, pow, sin and other functions come "
        "from other implementations, which round some results differently in the last digit.",
        changes=(change,),
        facts=first(path for path, _, _ in pair.facts("os.libc.family")),
        confidence=0.6 if change.detail.get("level") in ("major", "minor") else 0.3,
    )
