"""A module of Python's standard library cannot be loaded on one side.

What it means
    Extension modules such as _sqlite3, _ssl and zlib are linked with libraries of the system.
    On one side the module is there, but the loader refuses it: the library is gone, or is an
    older one without a function that the module was compiled for.

Why it matters
    `import sqlite3` (or ssl, zlib) raises ImportError, "undefined symbol", "version not found"
    or "cannot open shared object file", and so does everything that is built on it. Nothing of
    it shows before that import.

How to confirm
    `docker exec CONTAINER python -c 'import sqlite3, ssl, zlib'` on both sides; `ldd -r` on the
    module's file names the library and the symbol.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

# Module -> what its library's packages are called by dpkg, rpm and apk.
LIBRARIES = {
    "_sqlite3": ("libsqlite3*", "sqlite-libs", "sqlite3*"),
    "_ssl": ("libssl*", "openssl*", "libcrypto*"),
    "zlib": ("zlib*", "libz1", "libzlib*"),
    "pyexpat": ("libexpat*", "expat*"),
}

RULE = Rule(
    id="EA350",
    name="python-module-broken",
    effects=("crash",),
    severity="high",
    reads=(
        "python.modules.broken",
        *(f"os.packages.{glob}" for globs in LIBRARIES.values() for glob in globs),
        "native.system.*",
    ),
    remedy=Remedy(
        image="install the library's version that belongs to the release again (Debian: "
        "`RUN apt-get update && apt-get install -y --allow-downgrades NAME/RELEASE`), or build "
        "Python in the image that it runs in",
    ),
    sources=(
        "https://github.com/mindverse/Second-Me/issues/161",
        "https://github.com/PennLINC/CuBIDS/issues/414",
        "https://man7.org/linux/man-pages/man8/ld.so.8.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.modules.broken")
    if change is None:
        return
    ours, theirs = as_mapping(change.before), as_mapping(change.after)
    only = dict.fromkeys(ours.keys() - theirs.keys(), "A")
    only |= dict.fromkeys(theirs.keys() - ours.keys(), "B")
    if not only:
        return  # broken on both sides, in other words
    told = "; ".join(
        f"{name} in {side} ({ours.get(name) or theirs.get(name)})"
        for name, side in sorted(only.items())
    )
    globs = [f"os.packages.{glob}" for name in sorted(only) for glob in LIBRARIES.get(name, ())]
    yield Hit(
        message=f"Modules of Python's standard library cannot be loaded: {told}: importing "
        "them, or what uses them, fails there.",
        changes=(change, *pair.changes(*globs)),
        confidence=0.9,
    )
