"""A .pth file runs code at every start of Python, on one side only.

What it means
    A line of a .pth file in a site-packages directory that begins with `import` is executed
    whenever Python starts, before the program: by coverage tools, tracers, patches, debuggers.

Why it matters
    The code can patch modules, add import hooks, change the path, start threads, or slow down or
    break every start, and nobody sees it in the program.

How to confirm
    `python -S PROGRAM` (without site) or `python -v -c pass 2>&1 | grep pth`; look at the file
    in site-packages on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...compare.globs import matches
from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

PREFIX = "python.path.pth."
# Namespace packages, setuptools, virtualenv; editable installs have a rule of their own.
HARMLESS = ("*-nspkg.pth", "distutils-precedence.pth", "_virtualenv.pth", "__editable__*",
            "_distutils_hack*", "easy-install.pth", "matplotlib*nspkg*")  # fmt: skip

RULE = Rule(
    id="EA216",
    name="startup-pth-code",
    effects=("behaviour", "crash", "performance", "security"),
    severity="high",
    reads=(f"{PREFIX}*",),
    remedy=Remedy(
        image="remove the .pth file, or uninstall the package that brings it, in the image that "
        "has it: `RUN pip uninstall -y NAME`",
    ),
    sources=(
        "https://docs.python.org/3/library/site.html",
        "https://github.com/python/peps/blob/main/peps/pep-0829.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change
        for change in pair.changes(f"{PREFIX}*")
        if not any(matches(change.path.removeprefix(PREFIX), glob) for glob in HARMLESS)
    ]
    if not changes:
        return
    change = changes[0]
    code = shown(change.after if change.before is None else change.before)
    side = "differs" if None not in (change.before, change.after) else (
        f"is there in {'B' if change.before is None else 'A'} only"
    )  # fmt: skip
    yield Hit(
        message=f"{change.path.removeprefix(PREFIX)} {side} (`{code[:80]}`): it runs code at every "
        "start of Python, which can patch modules or change the import path.",
        changes=tuple(changes[:8]),
        confidence=0.7,
    )
