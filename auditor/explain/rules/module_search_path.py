"""Modules are looked for in other directories, or in another order (PYTHONPATH, sys.path).

What it means
    Python imports the first module of a name that it finds along sys.path. PYTHONPATH puts
    directories in front of the installed packages; .pth files and images add others. The sides
    have other directories or another order.

Why it matters
    The same `import` loads another file: an old copy, a vendored or patched version, a
    developer's checkout; or it fails where the directory is missing.

How to confirm
    `python -c "import sys, NAME; print(sys.path, NAME.__file__)"` on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA214",
    name="module-search-path",
    effects=("behaviour", "crash"),
    severity="high",
    reads=("env.PYTHONPATH", "python.path.sys_path"),
    remedy=Remedy(
        image="remove `ENV PYTHONPATH=...` from the Dockerfile and install the code as a package "
        "(`RUN pip install .`), or set the same in both",
        runtime="docker run -e PYTHONPATH=... with the same value on both sides (Kubernetes: env: "
        "[{name: PYTHONPATH, value: /app}])",
    ),
    sources=(
        "https://docs.python.org/3/using/cmdline.html",
        "https://docs.python.org/3/library/site.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    variable, path = pair.change("env.PYTHONPATH"), pair.change("python.path.sys_path")
    if variable is not None:
        yield Hit(
            message=f"PYTHONPATH is {sides(variable)}: modules in these directories are imported "
            "in place of installed ones of the same name.",
            changes=(variable, path) if path is not None else (variable,),
            confidence=0.6,
        )
    elif path is not None and path.folded_under is None:
        added, removed = _only(path.after, path.before), _only(path.before, path.after)
        if added or removed or not _same_but_for_the_version(path):
            told = "; ".join(
                f"{', '.join(entries[:3])} in {side} only"
                for side, entries in (("A", removed), ("B", added))
                if entries
            )
            yield Hit(
                message=f"sys.path differs ({told or 'another order'}): the same import may load "
                "another file, or fail.",
                changes=(path,),
                confidence=0.45,
            )


def _only(ours: object, theirs: object) -> list[str]:
    """Directories that one side alone has, whatever Python's version in their names."""
    others = set(_plain(theirs))
    return [entry for entry in _plain(ours) if entry not in others]


def _plain(entries: object) -> list[str]:
    listed = entries if isinstance(entries, list) else []
    return [re.sub(r"python-?\d[\d.]*t?", "python", str(entry)) for entry in listed]


def _same_but_for_the_version(path: Change) -> bool:
    return _plain(path.before) == _plain(path.after)
