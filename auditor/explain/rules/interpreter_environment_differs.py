"""The program runs in another Python environment (virtual environment, system, conda).

What it means
    A virtual environment has packages of its own; the system's interpreter has those of the
    distribution; conda has its own libraries as well. The sides run in environments of another
    kind, or take another interpreter.

Why it matters
    `python` is not the one that was prepared: other versions, distribution patches, other
    compiled libraries, other search paths, or none of the installed packages.

How to confirm
    `python -c "import sys; print(sys.executable, sys.prefix, sys.base_prefix)"` on both sides,
    started as the program is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

PLACES = ("python.executable", "python.prefix", "python.base_prefix")

RULE = Rule(
    id="EA224",
    name="interpreter-environment-differs",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("python.environment", "env.VIRTUAL_ENV", "env.CONDA_PREFIX", "env.PATH", *PLACES),
    remedy=Remedy(
        image='name the interpreter in both images: `CMD ["/venv/bin/python", "/app/main.py"]`, '
        "and `ENV PATH=/venv/bin:$PATH`",
    ),
    sources=("https://github.com/python/peps/blob/main/peps/pep-0405.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    kind = pair.change("python.environment")
    base = pair.change("python.base_prefix")
    if kind is None and (base is None or pair.change("python.series") is not None):
        return  # another version lies in another place
    change = kind or base
    assert change is not None
    others = [
        one
        for path in (*PLACES, "env.VIRTUAL_ENV", "env.CONDA_PREFIX", "env.PATH")
        if (one := pair.change(path)) is not None and one is not change
    ]
    what = "Python's environment" if kind is not None else "The installation of Python"
    yield Hit(
        message=f"{what} is {sides(change)}: other packages, libraries and search paths are used "
        "than those that were prepared.",
        changes=(change, *others[:4]),
        confidence=0.5 if kind is not None else 0.35,
    )
