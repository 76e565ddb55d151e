"""A package is imported from a working copy on one side (editable install).

What it means
    `pip install -e` (or `setup.py develop`) does not copy the package: Python imports it from
    the directory of its sources, whatever stands there now. The other side has a built wheel, or
    another directory.

Why it matters
    The version number is that of the last release, but the code is that of the working copy:
    uncommitted changes, another branch, files that the wheel does not contain, or a directory
    that is not mounted at all.

How to confirm
    `pip show -f NAME` (see "Editable project location") and `python -c "import NAME;
    print(NAME.__file__)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA219",
    name="editable-install",
    effects=("behaviour", "crash"),
    severity="high",
    reads=("python.sources.*", "python.packages.*", "python.path.pth.*", "python.path.sys_path"),
    remedy=Remedy(
        image="install a built wheel in both images: `RUN pip install .` instead of `RUN pip "
        "install -e .`",
    ),
    sources=(
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/direct-url-data-structure.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.sources.*"):
        sides = [as_mapping(value) for value in (change.before, change.after)]
        editable = [bool(side.get("editable")) for side in sides]
        if not any(editable) or not all(sides):
            continue
        package = f"python.packages.{change.key}"
        if all(editable):
            if sides[0].get("url") == sides[1].get("url"):
                continue
            message = (
                f"{change.key} is imported from {shown(sides[0].get('url'))} in A, "
                f"{shown(sides[1].get('url'))} in B: the code is what stands there now"
            )
        else:
            side = "A" if editable[0] else "B"
            url = sides[0 if editable[0] else 1].get("url")
            message = (
                f"{change.key} is installed as an editable working copy in {side} only"
                + (f" ({shown(url)})" if url else "")
                + ": the code is what stands there now, whatever the version says"
            )
        version = pair.change(package)
        present = pair.values(package) != (None, None)
        yield Hit(
            message=f"{message}.",
            changes=(change, version) if version is not None else (change,),
            facts=(package,) if present else (),
            confidence=0.55 if all(editable) else 0.85,
        )
