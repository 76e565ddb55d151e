"""A package needs a newer C library than one side has.

What it means
    Compiled code names the version of each symbol of glibc that it uses; an older glibc does
    not have the newer ones. A wheel says in its tag what it needs: manylinux_2_28 stands for
    glibc 2.28. One side's glibc is older than what an installed package needs.

Why it matters
    The dynamic loader refuses the library: "ImportError: /lib/x86_64-linux-gnu/libc.so.6:
    version `GLIBC_2.34' not found". pip takes care not to install such a wheel, but a copied
    virtual environment, a multi-stage build on two bases or a self-compiled wheel gets around.

How to confirm
    `ldd --version` on both sides, and `objdump -T FILE.so | grep -o "GLIBC_[0-9.]*" | sort -V |
    tail -1` on the library that the error names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import Version

from ...compare.versions import pep440
from ...model import Fingerprint, Value
from ..pair import Pair, built_locally, first, sides, wheel_tags
from ..rule import Hit, Remedy, Rule

# PEP 600's names for the older tags.
OLD_TAGS = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}

RULE = Rule(
    id="EA302",
    name="glibc-too-old",
    effects=("crash",),
    severity="high",
    reads=("os.libc.version", "os.libc.family", "python.sources.*"),
    remedy=Remedy(
        image="the same base image for building and running (FROM python:3.12-slim-bookworm in "
        "both stages), or pip install again in the final image",
    ),
    sources=(
        "https://github.com/vllm-project/vllm/issues/41103",
        "https://github.com/pypa/wheel/issues/124",
        "https://github.com/AutoGPTQ/AutoGPTQ/pull/272",
        "https://peps.python.org/pep-0656",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.version")
    if change is None or pair.values("os.libc.family") != ("glibc", "glibc"):
        return
    older = _older(pair)
    if older is None:
        return
    side, name, version = older
    too_new, built = [], []
    for path, before, after in pair.facts("python.sources.*"):
        source = before if name == "A" else after
        needed = _needed(source)
        if needed is not None and needed > version:
            too_new.append(path)
        elif before == after and built_locally(source):
            built.append(path)
    if too_new:
        dist = too_new[0].rpartition(".")[2]
        needed = _needed(side.get(too_new[0]))
        yield Hit(
            message=f"glibc is {sides(change)}, and {dist} is built for {needed} or later: it "
            f"cannot be imported in {name} (version 'GLIBC_{needed}' not found).",
            changes=(change,),
            facts=first(too_new),
            confidence=0.88,
        )
    elif built:
        names = ", ".join(path.rpartition(".")[2] for path in built[:3])
        yield Hit(
            message=f"glibc is {sides(change)}, and {names} was compiled once and copied to both "
            f"sides: if that was done with the newer glibc, it cannot be loaded in {name}.",
            changes=(change,),
            facts=first(built),
            confidence=0.4,
        )


def _older(pair: Pair) -> tuple[Fingerprint, str, Version] | None:
    ours, theirs = (pep440(str(value)) for value in pair.values("os.libc.version"))
    if ours is None or theirs is None:
        return None
    return (pair.a, "A", ours) if ours < theirs else (pair.b, "B", theirs)


def _needed(source: Value) -> Version | None:
    """The least glibc that one of the wheel's tags is content with."""
    found = []
    for tag in wheel_tags(source):
        for old, version in OLD_TAGS.items():
            if old + "_" in tag:
                found.append(Version(version))
        for major, minor in re.findall(r"manylinux_([0-9]{1,2})_([0-9]{1,3})_", tag):
            found.append(Version(f"{major}.{minor}"))
    return min(found, default=None)
