"""Files of an installed package are missing on one side.

What it means
    Each installed package has a list of its files (RECORD). On one side files of that list do
    not exist: deleted to make the image smaller, lost in a copy, hidden by .dockerignore, or
    removed by another package that owned them, too.

Why it matters
    Importing the package, or a part of it, fails: "ModuleNotFoundError", "ImportError: cannot
    import name", "FileNotFoundError" for data files, libraries and certificates. pip still
    calls the package installed.

How to confirm
    `docker exec CONTAINER pip install --force-reinstall --no-deps NAME` in a throw-away
    container, then run the program again; `pip check` does not see it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

PREFIX = "python.integrity."
CODE = (".py", ".so", ".pyd")
# Commands and headers, which nothing imports.
ASIDE = ("../", "bin/", "share/", "include/")

RULE = Rule(
    id="EA344",
    name="distribution-incomplete",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("python.integrity.*",),
    remedy=Remedy(
        image="RUN pip install --force-reinstall --no-deps NAME in the Dockerfile, after the "
        "step that removes files (find ... -delete, COPY with .dockerignore)",
    ),
    sources=(
        "https://github.com/lightgbm-org/LightGBM/issues/6936",
        "https://github.com/python/cpython/issues/122166",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes(f"{PREFIX}*"):
        if None in (change.before, change.after):
            continue  # installed on one side only, or not known
        ours, theirs = _missing(change.before), _missing(change.after)
        only = sorted(ours ^ theirs)
        if not only:
            continue
        name = change.path[len(PREFIX) :]
        imported = [path for path in only if not path.startswith(ASIDE)]
        code = [path for path in imported if path.endswith(CODE)]
        side = "A" if only[0] in ours else "B"
        example = (code or imported or only)[0]
        yield Hit(
            message=f"Files of {name} are missing in {side}, {example} for one ({len(only)} in "
            "all): importing what needs them fails there.",
            changes=(change,),
            confidence=0.78 if code else 0.5 if imported else 0.2,
        )


def _missing(verdict: Value) -> set[str]:
    listed = as_mapping(verdict).get("missing")
    return {str(path) for path in listed} if isinstance(listed, list) else set()
