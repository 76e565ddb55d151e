"""Python compiles its modules at every start on one side.

What it means
    Python keeps compiled modules in __pycache__. PYTHONDONTWRITEBYTECODE (-B) forbids that. Where
    the image brings no bytecode and none may be written, each start compiles every module again.

Why it matters
    Starts take longer, by seconds with large libraries: commands that run for a moment,
    serverless functions, worker processes and health checks with short time-outs feel it;
    long-running programs do not.

How to confirm
    `python -X importtime -c 'import MODULE'` twice on both sides: without bytecode the second is
    as slow as the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA422",
    name="bytecode-not-kept",
    effects=("performance",),
    severity="low",
    reads=(
        "env.PYTHONDONTWRITEBYTECODE",
        "python.flags.dont_write_bytecode",
        "filesystem.root.read_only",
    ),
    remedy=Remedy(
        image="RUN python -m compileall -q /usr/local/lib/python3.12/site-packages /app (then "
        "nothing needs to be written)",
        runtime="docker run -e PYTHONDONTWRITEBYTECODE= ... on both sides",
    ),
    sources=("https://docs.python.org/3.11/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, "PYTHONDONTWRITEBYTECODE")
    flag = pair.change("python.flags.dont_write_bytecode")
    if not changes and flag is not None and None not in (flag.before, flag.after):
        changes = (flag,)
    if not changes:
        return
    locked = True in pair.values("filesystem.root.read_only")
    yield Hit(
        message=f"{told(changes)}: compiled modules are not kept on one side, so that "
        "starting the program can take longer.",
        changes=changes,
        facts=("filesystem.root.read_only",) if locked else (),
        confidence=0.25,
    )
