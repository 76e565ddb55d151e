"""Commands are looked for in other directories (PATH).

What it means
    A program that is started by its name is the first one found along PATH. The sides have other
    directories there, or another order.

Why it matters
    `python`, `git`, `java`, `ffmpeg` and every other child process can be another file of
    another version, or not be found at all (FileNotFoundError).

How to confirm
    `docker exec CONTAINER sh -c 'echo $PATH; command -v NAME'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA253",
    name="command-search-path",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("env.PATH", "python.executable"),
    remedy=Remedy(
        image="the same `ENV PATH=/venv/bin:$PATH` in both Dockerfiles, or absolute names of "
        "commands in the program",
        runtime="docker run without -e PATH=... (Kubernetes: no PATH under env)",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man7/environ.7",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PATH")
    if change is None:
        return
    ours, theirs = (str(value or "").split(":") for value in (change.before, change.after))
    only = [
        f"{', '.join(entries[:3])} in {side} only"
        for side, entries in (
            ("A", [entry for entry in ours if entry not in theirs]),
            ("B", [entry for entry in theirs if entry not in ours]),
        )
        if entries
    ]
    python = pair.change("python.executable")
    yield Hit(
        message=f"PATH differs ({'; '.join(only) or 'another order'}): a command that is started "
        f"by its name may be another file{_also(python is not None)}.",
        changes=(change, python) if python is not None else (change,),
        confidence=0.45 if python is not None else 0.35,
    )


def _also(python: bool) -> str:
    return ", and so is the interpreter" if python else ""
