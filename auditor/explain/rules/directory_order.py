"""Files lie on another type of file system: listed in another order, with other rules.

What it means
    A directory that the program reads or writes is on ext4 on one side and on tmpfs, overlay,
    xfs, NFS, 9p or a desktop's shared folder on the other.

Why it matters
    os.listdir, os.scandir, glob and Path.iterdir return names in the file system's own order,
    which programs take for sorted. Upper and lower case, the resolution of file times, locking,
    hard links, maximum name lengths and change notifications differ as well.

How to confirm
    `stat -f -c %T DIRECTORY` on both sides, and `python -c "import os;
    print(os.listdir('DIRECTORY'))"`; wrap the listing in sorted().
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

PREFIX = "filesystem.mounts."
RUNTIME = ("/run", "/var/run", "/proc", "/sys", "/dev", "/etc/podinfo")

RULE = Rule(
    id="EA241",
    name="directory-order",
    effects=("behaviour", "performance"),
    severity="medium",
    reads=(f"{PREFIX}*", "filesystem.cwd.type", "filesystem.tmp.type", "filesystem.root.type"),
    remedy=Remedy(
        image="sort listings in the program: sorted(os.listdir(path))",
        runtime="docker run with the same kind of -v or --tmpfs for that directory on both sides",
        host="the same storage driver and file system under the engine's data directory",
    ),
    sources=(
        "https://docs.python.org/3/library/os.html",
        "https://docs.python.org/3/library/glob.html",
        "https://github.com/mkerrisk/man-pages/blob/master/man3/readdir.3",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    mounts = [change for change in pair.changes(f"{PREFIX}*") if _other_type(change)]
    places = [
        change
        for place in ("cwd", "tmp", "root")
        if (change := pair.change(f"filesystem.{place}.type")) is not None
        and None not in (change.before, change.after)
    ]
    if not mounts and not places:
        return
    if mounts:
        name = mounts[0].path[len(PREFIX) :]
        types = [_type(value) for value in (mounts[0].before, mounts[0].after)]
    else:
        name = {"cwd": "the working directory", "tmp": "the temporary directory",
                "root": "the root"}[places[0].path.split(".")[1]]  # fmt: skip
        types = [places[0].before, places[0].after]
    yield Hit(
        message=f"The file system of {name} is {shown(types[0])} in A, {shown(types[1])} in B: "
        "directories are listed in another order there, and locks, file times and names follow "
        "other rules.",
        changes=(*mounts[:6], *places),
        confidence=0.55 if mounts else 0.45 if places[0].path != "filesystem.root.type" else 0.35,
    )


def _other_type(change: Change) -> bool:
    point = change.path[len(PREFIX) :]
    if any(point == place or point.startswith(f"{place}/") for place in RUNTIME):
        return False
    types = [_type(value) for value in (change.before, change.after)]
    return None not in types and types[0] != types[1]


def _type(value: Value) -> Value:
    return as_mapping(value).get("type")
