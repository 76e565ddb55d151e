"""A package runs as pure Python on one side and as compiled code on the other.

What it means
    Some packages come with compiled code for common platforms and fall back to pure Python
    elsewhere (where no wheel fits, or the compiler was missing when it was built). The wheel's
    tag says which it is (py3-none-any is pure).

Why it matters
    The fallback gives the same answers, mostly, ten times slower or worse, in parsers,
    serialisers, checksums and protocols (PyYAML, protobuf, msgpack, aiohttp, SQLAlchemy,
    charset-normalizer). Small differences in what they accept are known.

How to confirm
    `python -c 'import PACKAGE; print(PACKAGE.__file__)'` and look for .so files beside it on both
    sides: `ls SITE-PACKAGES/PACKAGE/*.so`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA436",
    name="extension-not-compiled",
    effects=(
        "performance",
        "behaviour",
    ),
    severity="medium",
    reads=(
        "python.sources.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="RUN pip install --only-binary :all: PACKAGE==VERSION (fails where no compiled "
        "wheel fits), or the same base image in both",
    ),
    sources=(
        "https://github.com/protocolbuffers/protobuf/blob/main/python/README.md",
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/platform-compatibility-tags.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.sources.*"):
        pure = (_is_pure(change.before), _is_pure(change.after))
        if None in pure or pure[0] == pure[1]:
            continue
        name = change.path.removeprefix("python.sources.")
        version = pair.change(f"python.packages.{name}")
        yield Hit(
            message=f"{name} is {'pure Python' if pure[0] else 'compiled code'} in A and "
            f"{'pure Python' if pure[1] else 'compiled code'} in B: the compiled one is much "
            "faster, and does not always accept the same.",
            changes=(change, *([version] if version is not None else [])),
            confidence=0.6,
        )


def _is_pure(source: Value) -> bool | None:
    tags = as_mapping(source).get("tags")
    if not isinstance(tags, list) or not tags:
        return None
    return all(str(tag).endswith("-none-any") for tag in tags)
