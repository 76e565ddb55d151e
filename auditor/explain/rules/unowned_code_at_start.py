"""Code that no package brings runs at every start of Python on one side.

What it means
    Lines that begin with `import` in .pth files, and sitecustomize and usercustomize modules, run
    before every Python program, whether it wants them or not. One side has such code, and no
    installed package of that side goes by its name.

Why it matters
    It can change anything: patch modules, set defaults, trace, report home. Tools use it
    (coverage, debuggers, tracers, editable installations); so do attackers that want to stay.

How to confirm
    `python -S COMMAND` (without site, if it can run so), and a look into the file named.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Fingerprint
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA611",
    name="unowned-code-at-start",
    effects=(
        "security",
        "behaviour",
    ),
    severity="medium",
    reads=(
        "python.path.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="remove the file from site-packages in the Dockerfile, or install what brings it "
        "in both",
        runtime="docker run --read-only ... and no volume over site-packages",
    ),
    sources=("https://docs.python.org/3.11/library/site.html",),
)


# Known makers' files: packages, virtual environments, distributions.
KNOWN = ("distutils-precedence", "__editable__", "_virtualenv", "_distutils", "easy-install")


def check(pair: Pair) -> Iterator[Hit]:
    globs = ("python.path.pth.*", "python.path.sitecustomize", "python.path.usercustomize")
    for change in pair.changes(*globs):
        if None not in (change.before, change.after):
            continue
        side = pair.a if change.after is None else pair.b
        name = change.path.removeprefix("python.path.").removeprefix("pth.")
        if name.startswith(KNOWN) or name.endswith("-nspkg.pth") or _owned(side, name):
            continue
        if str(change.before or change.after).startswith(("/usr/lib/python", "/etc/python")):
            continue  # the distribution's own sitecustomize
        yield Hit(
            message=f"{name} runs code at every start of Python in "
            f"{'A' if change.after is None else 'B'} only, and no installed package goes by its "
            "name: it can change what any program does.",
            changes=(change,),
            confidence=0.4,
        )


def _owned(side: Fingerprint, name: str) -> bool:
    """Whether a distribution is called as the file is, more or less."""
    stem = name.removesuffix(".pth").lower().replace("_", "-").strip("-")
    if stem in ("sitecustomize", "usercustomize"):
        return False
    return any(
        path.startswith("python.packages.")
        and (package := path.removeprefix("python.packages.")) in stem
        and len(package) > 3
        for path, _ in side.facts()
    )
