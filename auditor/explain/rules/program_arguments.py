"""The program is started with other arguments.

What it means
    The command lines of the main processes differ: other options, another script, another
    wrapper in front of it.

Why it matters
    Options decide modes, workers, ports, paths and configuration files. A wrapper (a shell, an
    init, a tracer) changes signals, environment and exit codes.

How to confirm
    `docker top CONTAINER` or `docker inspect -f '{{.Path}} {{.Args}}' CONTAINER` on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA240",
    name="program-arguments",
    effects=("behaviour", "crash", "performance"),
    severity="medium",
    reads=("process.argv", "container.command", "container.entrypoint"),
    remedy=Remedy(
        image="the same `ENTRYPOINT [...]` and `CMD [...]` in both Dockerfiles",
        runtime="docker run IMAGE ARG... with the same arguments (Kubernetes: command and args)",
    ),
    sources=("https://github.com/docker/cli/blob/master/docs/reference/run.md",),
)


def check(pair: Pair) -> Iterator[Hit]:
    argv = pair.change("process.argv")
    stated = [
        change
        for path in ("container.entrypoint", "container.command")
        if (change := pair.change(path)) is not None
    ]
    change = argv or next(iter(stated), None)
    ran, runs = pair.values("process.argv")
    if argv is None and None not in (ran, runs):
        return  # another image states another command, but the same is run
    if change is None or None in (change.before, change.after):
        return
    if _told(change.before) == _told(change.after):
        return  # the same, by another interpreter
    what = "The command line" if change is argv else "The container's stated command"
    yield Hit(
        message=f"{what} is `{_words(change.before)}` in A, `{_words(change.after)}` in B: the "
        "program is told to do something else.",
        changes=(change, *(one for one in stated if one is not change)),
        confidence=0.5 if _same_program(change) else 0.4,
    )


def _words(value: object) -> str:
    words = [str(word) for word in value] if isinstance(value, list) else [shown(str(value))]
    line = " ".join(words)
    return line if len(line) <= 120 else line[:117] + "..."


def _told(value: object) -> object:
    """What an interpreter is told, whatever its path and version."""
    words = [str(word) for word in value] if isinstance(value, list) else [str(value)]
    is_python = re.fullmatch(r"python[\d.]*t?", words[0].rsplit("/", 1)[-1]) if words else None
    return ["python", *words[1:]] if is_python else words


def _same_program(change: Change) -> bool:
    ours, theirs = change.before, change.after
    return isinstance(ours, list) and isinstance(theirs, list) and ours[:1] == theirs[:1]
