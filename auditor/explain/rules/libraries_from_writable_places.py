"""Libraries or modules are loaded from a place that others can write to.

What it means
    LD_PRELOAD, LD_AUDIT, LD_LIBRARY_PATH or PYTHONPATH names a directory for temporary files
    (/tmp, /var/tmp, /dev/shm), or a relative or empty path, which means the working directory, on
    one side only.

Why it matters
    Whoever can write there decides what code the program runs. Without any attacker, too, the
    program loads whatever happens to lie there, which differs from start to start.

How to confirm
    `env | grep -E '^(LD_|PYTHONPATH)'` in the container, and `ls -ld` of each directory named.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA607",
    name="libraries-from-writable-places",
    effects=(
        "security",
        "behaviour",
    ),
    severity="high",
    reads=(
        "env.LD_PRELOAD",
        "env.LD_AUDIT",
        "env.LD_LIBRARY_PATH",
        "env.PYTHONPATH",
        "native.preload",
    ),
    remedy=Remedy(
        image="put the library into the image, e.g. COPY lib.so /usr/local/lib/ and RUN "
        "ldconfig, and remove the variable",
        runtime="docker run -e LD_LIBRARY_PATH=/opt/app/lib ... (absolute directories of the "
        "image only) on both sides",
    ),
    sources=(
        "https://man7.org/linux/man-pages/man8/ld.so.8.html",
        "https://docs.python.org/3.11/using/cmdline.html",
    ),
)


NAMES = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "PYTHONPATH")
WRITABLE = ("/tmp/", "/var/tmp/", "/dev/shm/", "./", "../")  # noqa: S108  looked for in values


def check(pair: Pair) -> Iterator[Hit]:
    for name in NAMES:
        change = pair.change(f"env.{name}")
        if change is None:
            continue
        before, after = _open(name, change.before), _open(name, change.after)
        if before != after:
            places = ", ".join(sorted(before ^ after))
            yield Hit(
                message=f"{name} names {places} on one side only: others may be able to write "
                "there, and so decide what code the program runs.",
                changes=(change,),
                confidence=0.45,
            )


def _open(name: str, value: Value) -> frozenset[str]:
    """The places in a search path, or among libraries, that are not the image's own."""
    if not isinstance(value, str) or not value:
        return frozenset()
    parts = value.replace(" ", ":").split(":")
    found = {part for part in parts if (part + "/").startswith(WRITABLE)}
    if name in ("LD_LIBRARY_PATH", "PYTHONPATH") and ("" in parts or "." in parts):
        found.add("the working directory")
    return frozenset(found - {"."})
