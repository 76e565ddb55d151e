"""A file hides a module of the standard library.

What it means
    A directory in front of the standard library on sys.path (the script's own, PYTHONPATH) holds
    a file or package with the name of a standard module, on one side only or another file.

Why it matters
    Every import of that module, by libraries too, gets the other file: functions behave
    otherwise or are missing (AttributeError, ImportError in unrelated packages).

How to confirm
    `python -c "import NAME; print(NAME.__file__)"` on both sides, started as the program is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, listed, shown
from ..rule import Hit, Remedy, Rule

PREFIX = "python.path.shadowed."

RULE = Rule(
    id="EA215",
    name="module-shadowed",
    effects=("behaviour", "crash"),
    severity="high",
    reads=(f"{PREFIX}*", "env.PYTHONPATH", "python.path.script_directory"),
    remedy=Remedy(
        image="rename or remove the file, or start Python with -P (since 3.11), which does not "
        'put the script\'s directory on the path: `CMD ["python", "-P", "/app/main.py"]`',
    ),
    sources=("https://docs.python.org/3/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = pair.changes(f"{PREFIX}*")
    if not changes:
        return
    causes = [
        change
        for path in ("env.PYTHONPATH", "python.path.script_directory")
        if (change := pair.change(path)) is not None
    ]
    yield Hit(
        message=listed([_told(change) for change in changes])
        + ": everything that imports it runs the other code.",
        changes=(*changes[:16], *causes),
        confidence=0.85,
    )


def _told(change: Change) -> str:
    module = change.path.removeprefix(PREFIX)
    if change.before is not None and change.after is not None:
        return f"{module} is {shown(change.before)} in A, {shown(change.after)} in B"
    there, file = ("B", change.after) if change.before is None else ("A", change.before)
    return f"{shown(file)} hides the standard module {module} in {there} only"
