"""The dynamic loader looks for libraries in other directories (LD_LIBRARY_PATH).

What it means
    LD_LIBRARY_PATH names directories that the loader searches before the system's own. It
    differs between the sides.

Why it matters
    Programs and Python packages get other libraries than those that they were built with:
    another BLAS, OpenSSL, libstdc++, CUDA or SQLite. That shows as "symbol lookup error",
    "undefined symbol", "version `...' not found", a crash, or other results; where the
    directory is missing from it, as "cannot open shared object file".

How to confirm
    Run the program on B with A's value; `LD_DEBUG=libs python -c 'import numpy' 2>&1 | grep
    "calling init"` shows the files that are taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, as_mapping, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA307",
    name="library-path-differs",
    effects=("crash", "numerics", "behaviour"),
    severity="high",
    reads=("env.LD_LIBRARY_PATH", "native.system.*", "native.loaded.*"),
    remedy=Remedy(
        image="ENV LD_LIBRARY_PATH=... the same in both Dockerfiles; better: a file in "
        "/etc/ld.so.conf.d/ and `RUN ldconfig`",
        runtime="docker run -e LD_LIBRARY_PATH=... the same on both sides, or on neither",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man8/ld.so.8",
        "https://github.com/ContinuumIO/anaconda-issues/issues/13100",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.LD_LIBRARY_PATH")
    if change is None:
        return
    # Libraries that are found elsewhere for it, those in use first.
    found = [
        other
        for other in (*pair.changes("native.loaded.*"), *pair.changes("native.system.*"))
        if other.folded_under == change.path or _from_it(other)
    ]
    names = ", ".join(other.path.split(".", 2)[2] for other in found[:3])
    yield Hit(
        message=f"LD_LIBRARY_PATH is {sides(change)}: "
        + (
            f"other copies of {names} are loaded, which can crash the program or change what it "
            "computes."
            if found
            else "libraries are looked for in other directories, so that others are loaded, or "
            "some are not found."
        ),
        changes=(change, *found[:5]),
        confidence=0.75 if found else 0.5,
    )


def _from_it(change: Change) -> bool:
    """Whether a side has loaded it from a directory of the variable."""
    return any(
        as_mapping(copy).get("source") == "LD_LIBRARY_PATH"
        for value in (change.before, change.after)
        for copy in (value if isinstance(value, list) else [value])
    )
