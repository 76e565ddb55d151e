"""A compiled package is another build under the same version.

What it means
    The version of a Python distribution is the same on both sides, but what was installed is
    not: another wheel (built from source, from another index, with other compiler options, for
    another CPU), another commit or archive. Its RECORD, tags or origin differ.

Why it matters
    `-O3 -march=native`, `-ffast-math` or another compiler let sums be reordered and
    multiply-adds be fused; a fork has other code. Results differ, although `pip freeze` shows
    the same.

How to confirm
    Install one and the same wheel file in both images (`pip download`, then `pip install
    --no-index`) and run the program again; compare `pip show -f NAME` and the .dist-info/WHEEL
    files.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..knowledge.blas import same_platform
from ..knowledge.compute import COMPUTING
from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA129",
    name="package-rebuilt",
    effects=("numerics", "behaviour", "performance"),
    severity="high",
    reads=("python.sources.*", "python.packages.*", "native.wheel.*"),
    remedy=Remedy(
        image="pin the file, not only the version: `RUN pip install --require-hashes "
        "--only-binary :all: -r requirements.txt` (hashes by `pip-compile --generate-hashes`)",
    ),
    sources=(
        "https://moyix.blogspot.com/2022/09/someones-been-messing-with-my-subnormals.html",
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/random/compatibility.rst",
    ),
)


MOST = 4  # findings of this kind; more are told as one


def check(pair: Pair) -> Iterator[Hit]:
    if not same_platform(pair):
        return
    hits = [hit for change in pair.changes("python.sources.*") for hit in _rebuilt(pair, change)]
    if len(hits) <= MOST:
        yield from hits
        return
    # Another installer or index for everything is one cause, not many.
    hits.sort(key=lambda hit: -hit.confidence)
    names = ", ".join(hit.changes[0].key for hit in hits[:MOST])
    yield Hit(
        message=f"{len(hits)} compiled packages ({names} ...) are other builds on each side under "
        "the same versions, as from another index or distribution (conda, PyPI): code compiled "
        "with other options and libraries gives other results.",
        changes=tuple(hit.changes[0] for hit in hits),
        facts=tuple(hit.facts[0] for hit in hits[:MOST]),
        confidence=hits[0].confidence,
    )


def _rebuilt(pair: Pair, change: Change) -> Iterator[Hit]:
    package = f"python.packages.{change.key}"
    version = pair.either(package)
    parts = _differing(change)
    if pair.change(package) is not None or version is None or not parts:
        return
    if not _compiled(pair, change) and change.key not in COMPUTING:
        return  # pure Python: no matter of numbers
    told = "; ".join(
        f"{part} {shown(as_mapping(change.before).get(part))} in A, "
        f"{shown(as_mapping(change.after).get(part))} in B"
        for part in parts
        if part != "record"
    )
    brought = tuple(
        c for c in pair.changes(f"native.wheel.{change.key}.*") if c.folded_under == change.path
    )
    yield Hit(
        message=f"{change.key} {shown(version)} is another build on each side"
        f"{f' ({told})' if told else ''}: code compiled with other options, or changed code, "
        "under the same version, gives other results.",
        changes=(change, *brought[:2]),
        facts=(package,),
        confidence=0.85 if change.key in COMPUTING else 0.75,
    )


def _differing(change: Change) -> list[str]:
    """Parts that tell one build from another, and that both sides have."""
    ours, theirs = as_mapping(change.before), as_mapping(change.after)
    parts = [part for part in ("tags", "commit", "archive") if ours.get(part) != theirs.get(part)]
    records = ours.get("record"), theirs.get("record")
    if None not in records and records[0] != records[1]:
        parts.append("record")
    # A wheel's tags are the same after any installer; other parts are told by some only.
    known = {"tags", "record"} & set(parts) or not {"tags", "record"} & (set(ours) & set(theirs))
    return parts if known else []


def _compiled(pair: Pair, change: Change) -> bool:
    tags: list[Value] = []
    for side in (change.before, change.after):
        found = as_mapping(side).get("tags")
        tags += list(found) if isinstance(found, (list, tuple)) else []
    native = any(True for _ in pair.facts(f"native.wheel.{change.key}.*"))
    return native or any(not str(tag).endswith("-none-any") for tag in tags)
