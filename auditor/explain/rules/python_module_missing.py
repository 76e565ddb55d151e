"""Python lacks modules of its own standard library on one side.

What it means
    Some modules of the standard library need libraries of the system when Python is built
    (_sqlite3, _ssl, _ctypes, _bz2, _lzma), or are in a package of their own (python3-tk,
    python3-distutils). On one side they were left out.

Why it matters
    `import sqlite3` raises "ModuleNotFoundError: No module named '_sqlite3'"; without _ctypes
    NumPy, pandas and many others fail; without _ssl nothing can be fetched over HTTPS; pandas
    warns and later fails without _bz2 and _lzma. The build itself ends without an error.

How to confirm
    `docker exec CONTAINER python -c 'import sqlite3, ssl, ctypes, bz2, lzma'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

# Seldom used, and left out by intention in small images.
OPTIONAL = frozenset({"_tkinter", "readline", "_curses", "_dbm", "_gdbm", "nis"})

RULE = Rule(
    id="EA342",
    name="python-module-missing",
    effects=("crash",),
    severity="high",
    reads=("python.modules.missing", "python.version"),
    remedy=Remedy(
        image="RUN apt-get update && apt-get install -y libsqlite3-dev libssl-dev libffi-dev "
        "libbz2-dev liblzma-dev zlib1g-dev before Python is built; or FROM python:3.12-slim",
    ),
    sources=(
        "https://github.com/python/cpython/issues/122166",
        "https://github.com/pyenv/pyenv/issues/1933",
        "https://github.com/paketo-buildpacks/cpython/issues/479",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.modules.missing")
    if change is None or None in (change.before, change.after):
        return
    only = [sorted(_names(change.before) - _names(change.after))]
    only.append(sorted(_names(change.after) - _names(change.before)))
    missing = {*only[0], *only[1]}
    said = "; ".join(
        f"missing in {side} only: {', '.join(names)}"
        for side, names in zip("AB", only, strict=True)
        if names
    )
    yield Hit(
        message=f"Python was built without modules of its standard library ({said}): importing "
        "them, or what uses them, fails there.",
        changes=(change,),
        confidence=0.75 if missing - OPTIONAL else 0.3,
    )


def _names(value: Value) -> set[str]:
    return {str(name) for name in value} if isinstance(value, list) else set()
