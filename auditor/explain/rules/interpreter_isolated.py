"""Python ignores its environment or its site packages on one side (-E, -I, -S).

What it means
    With -E Python ignores all PYTHON* variables, with -S it does not look for site-packages,
    with -I it does both in part and leaves out the user's directory and the script's. The sides
    are started with other options.

Why it matters
    Search paths, encodings, hash seed and every other PYTHON* setting have no effect, or no
    installed package is found.

How to confirm
    `docker top CONTAINER` on both sides shows the options; `python -c "import sys;
    print(sys.flags)"` with them shows what they do.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

FLAGS = ("python.flags.isolated", "python.flags.ignore_environment", "python.flags.no_site")

RULE = Rule(
    id="EA232",
    name="interpreter-isolated",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=(*FLAGS, "process.argv"),
    remedy=Remedy(
        image='the same options in both: `CMD ["python", "-I", "/app/main.py"]`',
        runtime="docker run IMAGE python ... with the same options on both sides",
    ),
    sources=("https://docs.python.org/3/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [change for path in FLAGS if (change := pair.change(path)) is not None]
    if not changes:
        return
    name = changes[0].path.removeprefix("python.flags.").replace("_", " ")
    argv = pair.change("process.argv")
    yield Hit(
        message=f"Python's switch '{name}' is {sides(changes[0])}: PYTHON* variables or installed "
        "packages are ignored on one side.",
        changes=(*changes, argv) if argv is not None else tuple(changes),
        confidence=0.6,
    )
