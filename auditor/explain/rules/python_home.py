"""Python is told to look for its standard library elsewhere (PYTHONHOME).

What it means
    PYTHONHOME overrides where the interpreter looks for its standard library. It is set on one
    side only, or differently.

Why it matters
    With a directory that has no library of the same Python version, the interpreter does not
    start: "Fatal Python error: init_fs_encoding ... ModuleNotFoundError: No module named
    'encodings'". With one that has, another interpreter's modules are used, and virtual
    environments are not found. Every Python that is started as a subprocess inherits it.

How to confirm
    `docker exec CONTAINER env -u PYTHONHOME python -c 'import sys; print(sys.prefix)'`, and the
    same with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA343",
    name="python-home",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("env.PYTHONHOME", "python.flags.ignore_environment", "python.path.sys_path"),
    remedy=Remedy(
        image="remove `ENV PYTHONHOME=...` from the Dockerfile: Python finds its library itself",
        runtime="docker run without -e PYTHONHOME, on both sides",
    ),
    sources=(
        "https://github.com/guigolab/ggsashimi/issues/49",
        "https://github.com/pythonnet/pythonnet/issues/2616",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PYTHONHOME")
    if change is None or pair.values("python.flags.ignore_environment") == (True, True):
        return
    paths = pair.change("python.path.sys_path")
    yield Hit(
        message=f"PYTHONHOME is {sides(change)}: Python takes its standard library from there, "
        "and does not start where it is not of the same version ('No module named encodings').",
        changes=(change, *([paths] if paths is not None else [])),
        confidence=0.85,
    )
