"""The same Python version was built by others, with another compiler.

What it means
    Both sides have the same version of CPython, but not the same build: another compiler, and
    most often another maker (the distribution, the official image, conda, pyenv).

Why it matters
    Builds differ in optimisation: with profile-guided and link-time optimisation
    (--enable-optimizations --with-lto), which pyenv and hand-made builds often lack, Python code
    runs 10 to 30 percent faster. They also differ in the C library and modules that they are
    linked with.

How to confirm
    `python -m sysconfig | grep CONFIG_ARGS` on both sides, and a small benchmark: `python -m
    timeit 'sum(i*i for i in range(10**6))'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA417",
    name="python-built-otherwise",
    effects=("performance",),
    severity="low",
    reads=(
        "python.compiler",
        "python.build",
        "python.version",
        "python.base_prefix",
        "python.executable",
    ),
    remedy=Remedy(
        image="FROM the same image with the same Python in both; when building: ./configure "
        "--enable-optimizations --with-lto",
    ),
    sources=("https://docs.python.org/3.11/using/configure.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    before, after = pair.values("python.version")
    if before != after or before is None:
        return  # another version is another build anyway
    compiler = pair.change("python.compiler")
    if compiler is None or None in (compiler.before, compiler.after):
        return
    others = [pair.change("python.build"), pair.change("python.base_prefix")]
    yield Hit(
        message=f"Python {before} was built by {sides(compiler)}: builds differ in how far the "
        "interpreter is optimised, and so in the speed of Python code.",
        changes=(compiler, *(other for other in others if other is not None)),
        facts=("python.version",),
        confidence=0.3,
    )
