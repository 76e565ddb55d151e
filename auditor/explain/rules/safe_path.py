"""The script's directory is not on the import path on one side (python -P, PYTHONSAFEPATH).

What it means
    Python puts the script's directory (or the working directory for -m and -c) in front of
    sys.path, unless -P, -I or PYTHONSAFEPATH forbids it. The sides differ in it.

Why it matters
    Modules that lie beside the script are not found (ModuleNotFoundError), or a file there no
    longer hides an installed module of the same name.

How to confirm
    `python -c "import sys; print(sys.flags.safe_path, sys.path[:2])"` in both environments.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA226",
    name="safe-path",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("env.PYTHONSAFEPATH", "python.flags.safe_path", "python.path.script_directory"),
    remedy=variable_remedy("PYTHONSAFEPATH", "1"),
    sources=("https://docs.python.org/3/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    flag = pair.change("python.flags.safe_path")
    if flag is None or None in (flag.before, flag.after):
        return
    variable = pair.change("env.PYTHONSAFEPATH")
    directory = pair.change("python.path.script_directory")
    yield Hit(
        message=f"Safe path mode is {sides(flag)}: with it Python does not look for modules in "
        "the script's own directory, so that they are not found or others are taken.",
        changes=tuple(one for one in (variable, flag, directory) if one is not None),
        confidence=0.8,
    )
