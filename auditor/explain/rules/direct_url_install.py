"""A package was installed from another commit, archive or address.

What it means
    The package did not come from an index but from a repository, an archive or a directory, and
    the sides have another one, or only one side has. The version number can be the same.

Why it matters
    Forks and commits between releases have other code under a released version's number.

How to confirm
    `pip freeze | grep NAME` on both sides shows `NAME @ git+https://...@COMMIT`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

PARTS = ("commit", "url", "archive")

RULE = Rule(
    id="EA220",
    name="direct-url-install",
    effects=("behaviour", "numerics", "crash"),
    severity="high",
    reads=("python.sources.*", "python.packages.*"),
    remedy=Remedy(
        image="pin the commit in both images: `RUN pip install 'NAME @ "
        "git+https://host/project@COMMIT'`, or publish a release and pin that",
    ),
    sources=(
        "https://github.com/python/peps/blob/main/peps/pep-0610.rst",
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/direct-url.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.sources.*"):
        ours, theirs = as_mapping(change.before), as_mapping(change.after)
        if not ours or not theirs or ours.get("editable") or theirs.get("editable"):
            continue
        part = next((part for part in PARTS if ours.get(part) != theirs.get(part)), None)
        package = f"python.packages.{change.key}"
        version = pair.change(package)
        if part is None or _same_file(ours.get("url"), theirs.get("url")):
            continue
        if version is not None and part != "commit":
            continue  # another version is another file
        yield Hit(
            message=f"{change.key} was installed from another place ({part}: "
            f"{shown(ours.get(part))} in A, {shown(theirs.get(part))} in B): its code can differ "
            "under the same version.",
            changes=(change, version) if version is not None else (change,),
            facts=(package,) if pair.values(package) != (None, None) else (),
            confidence=0.75 if part == "commit" else 0.5,
        )


def _same_file(ours: object, theirs: object) -> bool:
    """Local wheels that were built or copied into other directories, or an index's on one
    side: a way of building images."""
    local = [str(url or "file:").startswith("file:") for url in (ours, theirs)]
    names = {str(url).rsplit("/", 1)[-1] for url in (ours, theirs) if url}
    return all(local) and len(names) == 1 and names.pop().endswith(".whl")
