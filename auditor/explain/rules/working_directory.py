"""The program starts in another directory.

What it means
    Relative names of files, the working directory of child processes, and for `python -m` and
    `-c` the first place where modules are looked for, depend on the directory in which the
    process was started. It differs.

Why it matters
    Files are not found, or others of the same name are read; outputs land elsewhere; modules are
    imported from another place.

How to confirm
    `docker exec CONTAINER readlink /proc/1/cwd` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA239",
    name="working-directory",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("process.cwd", "container.working_dir", "python.path.script_directory"),
    remedy=Remedy(
        image="the same `WORKDIR /app` in both Dockerfiles",
        runtime="docker run -w /app ... (Kubernetes: workingDir: /app)",
    ),
    sources=("https://github.com/docker/cli/blob/master/docs/reference/run.md",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("process.cwd") or pair.change("container.working_dir")
    if change is None or None in (change.before, change.after):
        return
    script = pair.change("python.path.script_directory")
    yield Hit(
        message=f"The working directory is {sides(change)}: relative file names and, with python "
        "-m, modules are looked for in another place.",
        changes=(change, script) if script is not None else (change,),
        confidence=0.5,
    )
