"""Packages are taken from the user's home directory on one side only.

What it means
    Packages under ~/.local (or PYTHONUSERBASE) stand in front of the installed ones, unless
    Python runs in a virtual environment or PYTHONNOUSERSITE or -s switches that off. One side
    has such a directory.

Why it matters
    A package that somebody installed with `pip install --user`, or that a volume of the home
    directory brings along, takes the place of the one in the image.

How to confirm
    `python -m site` on both sides; run the program with `python -s`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

SWITCHES = ("env.PYTHONNOUSERSITE", "env.PYTHONUSERBASE", "python.flags.no_user_site")

RULE = Rule(
    id="EA218",
    name="user-site-packages",
    effects=("behaviour", "crash", "numerics"),
    severity="high",
    reads=("python.path.user_site", "python.path.sys_path", *SWITCHES, "python.packages.*"),
    remedy=Remedy(
        image="`ENV PYTHONNOUSERSITE=1` in both Dockerfiles, and no `pip install --user`",
        runtime="docker run -e PYTHONNOUSERSITE=1 ..., and no volume over the home directory",
    ),
    sources=(
        "https://github.com/python/peps/blob/main/peps/pep-0370.rst",
        "https://docs.python.org/3/library/site.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.path.user_site")
    if change is None or _plain(change.before) == _plain(change.after):
        return
    causes = [one for path in SWITCHES if (one := pair.change(path)) is not None]
    packages = pair.changes("python.packages.*")
    one_sided = None in (change.before, change.after)
    yield Hit(
        message=f"The user's own packages directory is {shown(change.before)} in A, "
        f"{shown(change.after)} in B: packages there take the place of those of the image.",
        changes=(change, *causes, *packages[:4]),
        facts=first(path for path, _, _ in pair.facts("python.path.sys_path")),
        confidence=0.85 if one_sided and packages else 0.75 if one_sided else 0.6,
    )


def _plain(path: object) -> str:
    return re.sub(r"python\d[\d.]*t?", "python", str(path))
