r"""/bin/sh is another shell.

What it means
    What `sh` is, the distribution or its administrator decides: dash, bash, BusyBox's ash, ksh.
    Each has what POSIX asks for, and more of its own.

Why it matters
    `os.system`, `subprocess.run(..., shell=True)`, `RUN` in Dockerfiles and scripts that begin with
    `#!/bin/sh` run in it. `[[ ... ]]`, `source`, arrays, `{1..3}`, `echo -e` and `local` work in
    bash alone or mean something else: dash prints `-e`, does not expand braces and ends with
    "Syntax error" or "not found".

How to confirm
    `docker exec CONTAINER ls -l /bin/sh` on both sides, and `docker exec CONTAINER sh -c
    'echo {1..3}; echo -e "a\tb"'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA387",
    name="shell-differs",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("os.shell",),
    remedy=Remedy(
        image='name the shell that is meant: `SHELL ["/bin/bash", "-c"]` in the Dockerfile, '
        "`#!/bin/bash` in scripts, subprocess.run(..., shell=True, executable='/bin/bash')",
    ),
    sources=(
        "https://wiki.ubuntu.com/DashAsBinSh",
        "https://docs.python.org/3/library/subprocess.html#subprocess.Popen",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.shell")
    if change is None or None in (change.before, change.after):
        return
    yield Hit(
        message=f"/bin/sh is {sides(change)}: commands and scripts that use more than POSIX's "
        "shell has fail or do something else on one side.",
        changes=(change,),
        confidence=0.25 if change.folded_under else 0.5,
    )
