"""A library or program of the operating system that a Python package needs is missing.

What it means
    The Python package is installed on both sides, but the operating system's package that
    holds a shared library or a program for it is there on one side only, as happens when one
    image is built on a `slim` base and the other on a full one.

Why it matters
    Importing the package fails ("ImportError: libGL.so.1: cannot open shared object file: No
    such file or directory"), or its first use ("FileNotFoundError: ... 'ffmpeg'"). Nothing of
    it shows when the image is built, since pip installs what Python needs and no more.

How to confirm
    `docker exec CONTAINER python -c 'import cv2'` (the package in question) on both sides;
    `ldd FILE.so | grep "not found"` names what a library lacks.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...compare.globs import matches
from ...model import Change, Fingerprint
from ..knowledge.system_libraries import NEEDS, Need
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

PREFIX = "os.packages."

RULE = Rule(
    id="EA305",
    name="shared-library-missing",
    effects=("crash",),
    severity="high",
    reads=("os.packages.*", "native.system.*", "python.packages.*"),
    remedy=Remedy(
        image="RUN apt-get update && apt-get install -y --no-install-recommends PACKAGE "
        "(Alpine: apk add PACKAGE) in both Dockerfiles",
    ),
    sources=(
        "https://github.com/opencv/opencv-python/issues/370",
        "https://github.com/fireform-core/FireForm/pull/185",
        "https://github.com/lightgbm-org/LightGBM/issues/2223",
        "https://github.com/smizy/docker-scikit-learn/issues/7",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for need in NEEDS:
        users = pair.installed(*need.users)
        if not users:
            continue
        changes = [*_packages(pair, need), *_loader(pair, need)]
        # Another package may hold it on the other side: other releases, other names.
        if not changes or _has(pair.a, need) == _has(pair.b, need):
            continue
        lacking = "A" if not _has(pair.a, need) else "B"
        names = ", ".join(path.rpartition(".")[2] for path in users[:3])
        yield Hit(
            message=f"{need.what[:1].upper()}{need.what[1:]} is missing in {lacking}: {names} "
            + ("cannot be used there." if need.is_program else "cannot be imported or used there."),
            changes=tuple(changes),
            facts=first(users),
            confidence=0.5 if need.is_program else 0.8,
            remedy=Remedy(
                image=f"RUN apt-get update && apt-get install -y --no-install-recommends "
                f"{need.install} (Alpine: apk add --no-cache {need.apk}) in {lacking}'s Dockerfile"
            ),
        )


def _packages(pair: Pair, need: Need) -> list[Change]:
    globs = [f"{PREFIX}{glob}" for glob in need.packages]
    return [change for change in pair.changes(*globs) if None in (change.before, change.after)]


def _loader(pair: Pair, need: Need) -> list[Change]:
    """The library itself, where it is one that the fingerprint tells."""
    change = pair.change(f"native.system.{need.what}")
    return [change] if change is not None and None in (change.before, change.after) else []


def _has(side: Fingerprint, need: Need) -> bool:
    if side.get(f"native.system.{need.what}") is not None:
        return True
    return any(
        path.startswith(PREFIX) and matches(path[len(PREFIX) :], glob)
        for path, _ in side.facts()
        for glob in need.packages
    )
