"""A sitecustomize or usercustomize module changes Python at its start.

What it means
    Python imports sitecustomize, and usercustomize if the user directory is enabled, whenever it
    starts. One side has such a module, or another one.

Why it matters
    It can change anything: encodings, warnings, hooks, paths, patches of libraries, random
    seeds, time; it can fail, or slow down every start.

How to confirm
    `python -c "import sitecustomize; print(sitecustomize.__file__)"` on both sides, and run the
    program with `python -S` where that is possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA217",
    name="site-customisation",
    effects=("behaviour", "crash", "security"),
    severity="high",
    reads=("python.path.sitecustomize", "python.path.usercustomize", "filesystem.mounts.*"),
    remedy=Remedy(
        image="remove sitecustomize.py from the image that has it, or install the same in both",
        runtime="docker run without the mount that brings the file",
    ),
    sources=("https://docs.python.org/3/library/site.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for module in ("sitecustomize", "usercustomize"):
        change = pair.change(f"python.path.{module}")
        mounts = [
            mount
            for mount in pair.changes("filesystem.mounts.*")
            if mount.path.endswith(f"/{module}.py")
        ]
        if change is None and not mounts:
            continue
        if change is not None and _plain(change.before) == _plain(change.after) and not mounts:
            continue  # the same place, of another version of Python
        one_sided = change is not None and None in (change.before, change.after)
        values = pair.values(f"python.path.{module}")
        yield Hit(
            message=f"{module} is {shown(values[0])} in A, {shown(values[1])} in B"
            + (", another file on each side" if mounts and not one_sided else "")
            + ": Python imports it at every start, before the program, and it can change "
            "anything.",
            changes=tuple(one for one in (change, *mounts) if one is not None),
            confidence=0.8 if mounts or one_sided else 0.6,
        )


def _plain(path: object) -> str:
    return re.sub(r"python\d[\d.]*", "python", str(path))
