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
        example = (code or imported or only)[0]
        side, missing = ("A", ours - theirs) if example in ours else ("B", theirs - ours)
        yield Hit(
            message=f"Files of {name} are missing in {side}, {example} for one ({len(missing)} "
            "in all): importing what needs them fails there.",
            changes=(change,),
            confidence=0.78 if code else 0.5 if imported else 0.2,
        )


def _missing(verdict: Value) -> set[str]:
    """A module that stands there under another platform's tag (`_x.cpython-311-x86_64-linux-
    musl.so` for `-gnu.so`) was renamed by who built it, and is not missing."""
    missing, extra = (_listed(verdict, part) for part in ("missing", "extra"))
    modules = {path.partition(".")[0] for path in extra if path.endswith(".so")}
    return {
        path for path in missing if not (path.endswith(".so") and path.partition(".")[0] in modules)
    }


def _listed(verdict: Value, part: str) -> set[str]:
    listed = as_mapping(verdict).get(part)
    return {str(path) for path in listed} if isinstance(listed, list) else set()
