"""Files of installed packages are not as their installer left them.

What it means
    Installers record each file of a package with its size and hash (RECORD). On one side, files
    were changed or added afterwards, or are changed otherwise than on the other.

Why it matters
    A file that differs from what was published is a patch that somebody made in place, a damaged
    installation, a cache that grew, or an attack: malicious packages and intruders add code where
    it is imported. What it does, no version number tells.

How to confirm
    `pip download --no-deps PACKAGE==VERSION`, unpack it, and `diff -r` it with the installed
    files named.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA610",
    name="packages-changed-after-install",
    effects=(
        "security",
        "behaviour",
    ),
    severity="high",
    reads=(
        "python.integrity.*",
        "python.sources.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="RUN pip install --force-reinstall --no-deps PACKAGE==VERSION (with "
        "--require-hashes), and publish patches as a package of their own",
        runtime="docker run --read-only ... so that nothing can be changed at run time",
    ),
    sources=(
        "https://github.com/pypa/packaging.python.org/blob/main/source/specifications/recording-installed-packages.rst",
    ),
)


MOST = 5


def check(pair: Pair) -> Iterator[Hit]:
    found = [
        change
        for change in pair.changes("python.integrity.*")
        if None not in (change.before, change.after)
        and _tampered(change.before) != _tampered(change.after)
    ]
    if not found:
        return
    names = [change.path.removeprefix("python.integrity.") for change in found]
    files = sorted(_tampered(found[0].before) ^ _tampered(found[0].after))[:3]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    yield Hit(
        message=f"Files of {', '.join(names[:MOST])}{more} were changed or added after the "
        f"installation on one side (such as {', '.join(files)}): other code runs under the same "
        "version.",
        changes=tuple(found[:MOST]),
        confidence=0.45,
    )


def _tampered(verdict: Value) -> frozenset[str]:
    """Changed and extra files; missing ones are another matter."""
    parts = [as_mapping(verdict).get(kind) for kind in ("changed", "extra")]
    lists = [part for part in parts if isinstance(part, (list, tuple))]
    return frozenset(str(name) for part in lists for name in part)
