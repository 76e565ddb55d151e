"""Another zlib compresses to other bytes.

What it means
    `zlib`, `gzip` and `zipfile` use the zlib that Python is linked with. The sides have
    different ones: another version, or zlib-ng, which some distributions and builds of Python
    put in its place.

Why it matters
    What is decompressed is the same, but the compressed bytes and their length can differ:
    hashes and signatures of archives, cache keys, tests against recorded files, and files that
    are compared byte by byte. zlib-ng says so itself.

How to confirm
    `python -c "import zlib; print(zlib.ZLIB_RUNTIME_VERSION,
    zlib.crc32(zlib.compress(bytes(range(256)) * 999)))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA372",
    name="zlib-version-differs",
    effects=("behaviour",),
    severity="low",
    reads=("python.zlib.version", "os.packages.*zlib*", "native.*", "os.*", "python.version"),
    remedy=Remedy(
        image="the same base image in both; in the program compare what is decompressed, "
        "not the compressed bytes",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=(
        "https://github.com/zlib-ng/zlib-ng/blob/develop/PORTING.md",
        "https://github.com/madler/zlib/blob/develop/ChangeLog",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.zlib.version")
    values = pair.values("python.zlib.version")
    if change is None or None in values:
        return
    other = where(values, lambda value: "ng" in str(value)) in ("A", "B")
    yield Hit(
        message=f"Python's zlib is {sides(change)}: the same data can be compressed to other "
        "bytes, so that hashes of archives and byte-wise comparisons differ.",
        changes=(change,),
        facts=first(pair.loaded("z")),
        confidence=0.6 if other else 0.25,
    )
