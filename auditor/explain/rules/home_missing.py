"""The home directory is missing, or another one.

What it means
    HOME, or else the user's entry in /etc/passwd, names the home directory. It is not set, does
    not exist, or is another one on one side.

Why it matters
    Programs look there for configuration, credentials, caches and downloaded models: elsewhere
    they do not find them, download again, or fail. Without HOME and without an entry,
    `Path.home()` raises "RuntimeError: Could not determine home directory", and a `~` stays in
    paths as it is; with HOME=/ a user without rights gets "Permission denied: '/.cache'".

How to confirm
    `docker exec --user UID CONTAINER python -c 'from pathlib import Path; h = Path.home();
    print(h, h.is_dir())'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA323",
    name="home-missing",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("env.HOME", "filesystem.home.*", "process.passwd_entry", "process.uid"),
    remedy=Remedy(
        image="RUN useradd --create-home --uid 1000 app; USER app; ENV HOME=/home/app",
        runtime="docker run -e HOME=/tmp ... on both sides, or the same --user",
    ),
    sources=(
        "https://github.com/python/cpython/pull/10925/files",
        "https://github.com/huggingface/datasets/issues/1581",
        "https://github.com/matplotlib/matplotlib/pull/1824",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    variable = pair.change("env.HOME")
    path = pair.change("filesystem.home.path")
    exists = pair.change("filesystem.home.exists")
    related = [change for change in (variable, path) if change is not None]
    if exists is not None and None not in (exists.before, exists.after):
        yield Hit(
            message=f"The home directory exists: {sides(exists)}; where it does not, programs "
            "that keep caches, configuration or models there fail or do without.",
            changes=(exists, *related),
            confidence=0.6,
        )
    elif path is not None and None in (path.before, path.after):
        yield Hit(
            message=f"The home directory is {sides(path)}: without one, Path.home() raises "
            "RuntimeError and '~' is not expanded.",
            changes=(path, *([variable] if variable is not None else [])),
            confidence=0.7,
        )
    elif related:
        change = related[0]
        yield Hit(
            message=f"The home directory is {sides(change)}: configuration, credentials, caches "
            "and models are looked for in another place.",
            changes=tuple(related),
            confidence=0.4 if "/" in (change.before, change.after) else 0.3,
            effects=("behaviour", "crash"),
        )
