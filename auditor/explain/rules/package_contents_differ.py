"""A pure Python package has other contents under the same version.

What it means
    The version is the same on both sides, but what the wheel brought is not: its RECORD (files
    and their hashes) differs. It was built from other sources, or a release was replaced.

Why it matters
    `pip freeze` shows no difference, and the code is another: a build of a branch, a patched
    fork on an internal index, files that one build left out.

How to confirm
    `pip download --no-deps NAME==VERSION` on both sides and compare the files' hashes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, as_mapping, shown, wheel_tags
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA247",
    name="package-contents-differ",
    effects=("behaviour", "crash", "security"),
    severity="high",
    reads=("python.sources.*", "python.packages.*"),
    remedy=Remedy(
        image="pin files, not only versions: `RUN pip install --require-hashes -r "
        "requirements.txt`, and give every build a version of its own",
    ),
    sources=(
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/recording-installed-packages.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.sources.*"):
        ours, theirs = as_mapping(change.before), as_mapping(change.after)
        records = ours.get("record"), theirs.get("record")
        package = f"python.packages.{change.key}"
        version = pair.either(package)
        if None in records or records[0] == records[1] or version is None:
            continue
        if ours.get("editable") or theirs.get("editable"):
            continue  # a working copy
        if pair.change(package) is not None or ours.get("commit") != theirs.get("commit"):
            continue
        tags = [*wheel_tags(change.before), *wheel_tags(change.after)]
        if not tags or any(not tag.endswith("-none-any") for tag in tags):
            continue  # compiled: another rule's
        yield Hit(
            message=f"{change.key} {shown(version)} has other files on each side under the same "
            "version: its code is not the same.",
            changes=(change,),
            facts=(package,),
            confidence=0.7,
        )
