"""Files of an installed package are not those that its installer recorded.

What it means
    RECORD lists the files of a package with size and hash. On one side files were changed,
    removed or added after the installation; the version says nothing of it.

Why it matters
    Patched sources (a `sed` in a Dockerfile, a hot fix, an instrumented or tampered file) run
    other code; missing files fail when they are needed.

How to confirm
    Compare the named file on both sides: `docker exec CONTAINER sha256sum SITE/FILE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...model import Change, Value
from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

# Likely the cause, by what happened to the files.
LIKELIHOODS = {"changed": 0.8, "missing": 0.6, "extra": 0.4}

RULE = Rule(
    id="EA223",
    name="package-files-changed",
    effects=("behaviour", "crash", "security"),
    severity="high",
    reads=("python.integrity.*", "python.packages.*", "filesystem.mounts.*"),
    remedy=Remedy(
        image="`RUN pip install --force-reinstall --no-deps NAME==VERSION`, and patch packages "
        "by a release of one's own instead of editing installed files",
    ),
    sources=(
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/recording-installed-packages.rst",
        "https://github.com/python/peps/blob/main/peps/pep-0376.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.integrity.*"):
        package = f"python.packages.{change.key}"
        if None in (change.before, change.after) or pair.change(package) is not None:
            continue  # another version, or not known on one side
        ours, theirs = as_mapping(change.before), as_mapping(change.after)
        kind = next((kind for kind in LIKELIHOODS if ours.get(kind) != theirs.get(kind)), None)
        if kind is None or not _code(ours, theirs):
            continue
        version = pair.either(package)
        yield Hit(
            message=f"Installed files of {change.key}{f' {shown(version)}' if version else ''} are "
            f"{kind} against what its installer recorded ({_told(ours, kind)} in A, "
            f"{_told(theirs, kind)} in B): the code that runs is not that of the release.",
            changes=(change, *_mounts(pair, change)),
            facts=(package,) if pair.values(package) != (None, None) else (),
            confidence=LIKELIHOODS[kind],
        )


def _told(side: Mapping[str, Value], kind: str) -> str:
    files = side.get(kind)
    return shown(files[:3]) if isinstance(files, list) and files else "none"


def _code(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> bool:
    """Whether more than documentation, caches and the installer's own notes differ."""
    names = []
    for side in (ours, theirs):
        for files in side.values():
            names += [str(name) for name in files] if isinstance(files, list) else []
    idle = (".txt", ".md", ".rst", ".html", ".pyi", "/INSTALLER", "/REQUESTED", ".log")
    return any(not name.endswith(idle) for name in names)


def _mounts(pair: Pair, change: Change) -> list[Change]:
    """Mounts over a place where the package's files lie."""
    module = change.key.replace("-", "_")
    return [
        mount
        for mount in pair.changes("filesystem.mounts.*")
        if f"-packages/{module}" in mount.path or f"-packages/{change.key}" in mount.path
    ]
