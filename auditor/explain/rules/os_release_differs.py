"""The images are built on another distribution, or another release of it.

What it means
    Debian against Alpine or Ubuntu, Debian 12 against 13: another release has other versions of
    every package, another C library, other defaults and paths.

Why it matters
    Compiled packages come as other wheels, system libraries decode, sort, encrypt and draw
    otherwise, commands take other options, and files lie elsewhere. Other findings tell the
    parts that are known.

How to confirm
    `docker exec CONTAINER cat /etc/os-release` on both sides; rebuild one image on the other's
    base (`FROM python:3.12-slim-bookworm`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA246",
    name="os-release-differs",
    effects=("behaviour", "crash", "text"),
    severity="medium",
    reads=("os.id", "os.version_id", "os.name", "os.libc.*"),
    remedy=Remedy(
        image="the same base image by digest in both Dockerfiles: `FROM "
        "python:3.12-slim-bookworm@sha256:...`",
    ),
    sources=(
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/platform-compatibility-tags.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    system, release = pair.change("os.id"), pair.change("os.version_id")
    change = system or release
    if change is None or None in (change.before, change.after):
        return
    names = [
        f"{shown(name)} {shown(version) if version is not None else ''}".strip()
        for name, version in zip(pair.values("os.id"), pair.values("os.version_id"), strict=True)
    ]
    parts = [one for one in pair.changes("os.libc.*") if one is not change]
    yield Hit(
        message=f"The operating system is {names[0]} in A, {names[1]} in B: libraries, commands "
        "and defaults are other versions throughout.",
        changes=tuple(one for one in (system, release, *parts[:2]) if one is not None),
        confidence=0.45 if system is not None else 0.35,
    )
