"""TMPDIR points elsewhere, or to a directory that does not exist.

What it means
    TMPDIR, TEMP and TMP name the directory for temporary files. They differ between the sides,
    or the directory that they name is there on one side only.

Why it matters
    Python's tempfile passes over a directory that it cannot use and takes /tmp, /var/tmp or
    the working directory instead, so files go where nobody expects them; other programs
    (compilers, sort, databases, Spark, R) take the name as it is and fail with "No such file
    or directory".

How to confirm
    `docker exec CONTAINER python -c 'import tempfile; print(tempfile.gettempdir())'` and
    `docker exec CONTAINER sh -c 'ls -ld "${TMPDIR:-/tmp}"'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

VARIABLES = ("env.TMPDIR", "env.TEMP", "env.TMP")

RULE = Rule(
    id="EA322",
    name="temp-directory-missing",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("env.TMPDIR", "env.TEMP", "env.TMP", "filesystem.tmp.*"),
    remedy=Remedy(
        image='RUN mkdir -p "$TMPDIR" && chmod 1777 "$TMPDIR", or remove `ENV TMPDIR=...`',
        runtime="docker run -e TMPDIR=/tmp ... on both sides, or --tmpfs for what TMPDIR names",
    ),
    sources=("https://github.com/python/cpython/blob/main/Doc/library/tempfile.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    exists = pair.change("filesystem.tmp.exists")
    variables = [found for name in VARIABLES if (found := pair.change(name)) is not None]
    if exists is not None and None not in (exists.before, exists.after):
        path = pair.change("filesystem.tmp.path")
        yield Hit(
            message=f"The directory for temporary files exists: {sides(exists)}; where it does "
            "not, programs fail with 'No such file or directory', or silently write elsewhere.",
            changes=(exists, *variables, *([path] if path is not None else [])),
            confidence=0.65,
        )
    elif variables:
        change = variables[0]
        yield Hit(
            message=f"{change.path[4:]} is {sides(change)}: temporary files go to another "
            "directory, with other space, speed and permissions.",
            changes=tuple(variables),
            confidence=0.3,
            effects=("behaviour", "crash"),
        )
