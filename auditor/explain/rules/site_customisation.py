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
    reads=("python.path.sitecustomize*", "python.path.usercustomize*", "filesystem.mounts.*"),
    remedy=Remedy(
        image="remove sitecustomize.py from the image that has it, or install the same in both",
        runtime="docker run without the mount that brings the file",
    ),
    sources=("https://docs.python.org/3/library/site.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for module in ("sitecustomize", "usercustomize"):
        place = pair.change(f"python.path.{module}")
        content = pair.change(f"python.path.{module}.sha256")
        mounts = [
            mount
            for mount in pair.changes("filesystem.mounts.*")
            if mount.path.endswith(f"/{module}.py")
        ]
        changes = [change for change in (place, content, *mounts) if change is not None]
        if not changes:
            continue
        values = pair.values(f"python.path.{module}")
        elsewhere = _plain(values[0]) != _plain(values[1])
        if not elsewhere and content is None and not mounts:
            continue  # the same place, of another version of Python
        one_sided = None in values
        yield Hit(
            message=f"{module} is {shown(values[0])} in A, {shown(values[1])} in B"
            + (", with other content" if (content or mounts) and not one_sided else "")
            + ": Python imports it at every start, before the program, and it can change "
            "anything.",
            changes=tuple(changes),
            confidence=0.8 if mounts or one_sided or content is not None else 0.6,
        )


def _plain(path: object) -> str:
    return re.sub(r"python\d[\d.]*", "python", str(path))
