"""A package is built for another C library than the image has (glibc, musl).

What it means
    Most distributions have glibc, Alpine has musl. Compiled packages work with the one that
    they were built for. On one side a package's wheel is for the other C library, as happens
    when a virtual environment is copied between images.

Why it matters
    Importing it fails: "Error loading shared library ld-linux-x86-64.so.2", "Error relocating
    ...: symbol not found", "libc.musl-x86_64.so.1: cannot open shared object file".

How to confirm
    `docker exec CONTAINER python -c 'import numpy'` (the package in question), and `ldd
    FILE.so` on its extension module.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Fingerprint, Value
from ..pair import Pair, first, sides, wheel_tags
from ..rule import Hit, Remedy, Rule

FOREIGN = {"musl": "manylinux", "glibc": "musllinux"}

RULE = Rule(
    id="EA304",
    name="wheel-for-other-libc",
    effects=("crash",),
    severity="high",
    reads=("os.libc.family", "python.sources.*"),
    remedy=Remedy(
        image="RUN pip install -r requirements.txt in the final image instead of copying the "
        "environment, or one base for both (python:3.12-slim instead of python:3.12-alpine)",
    ),
    sources=(
        "https://peps.python.org/pep-0656",
        "https://github.com/opencv/opencv-python/issues/1099",
        "https://github.com/microsoft/onnxruntime/issues/2909",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.libc.family")
    if change is None:
        return
    for side, name in ((pair.a, "A"), (pair.b, "B")):
        wrong = _wrong(side)
        if wrong:
            names = ", ".join(path.rpartition(".")[2] for path in wrong[:3])
            yield Hit(
                message=f"The C library is {sides(change)}, and {names} in {name} is built for "
                "the other one: it cannot be imported there.",
                changes=(change,),
                facts=first(wrong),
                confidence=0.88,
            )


def _wrong(side: Fingerprint) -> list[str]:
    foreign = FOREIGN.get(str(side.get("os.libc.family")))
    if foreign is None:
        return []
    return [
        path
        for path, value in side.facts()
        if path.startswith("python.sources.") and _is_for(value, foreign)
    ]


def _is_for(source: Value, libc: str) -> bool:
    tags = wheel_tags(source)
    return bool(tags) and all(libc in tag for tag in tags)
