"""An init process runs in front of the program on one side only.

What it means
    With `--init` (tini) the program is a child of a small init process; without, it is process
    1 of the container itself. The kernel treats process 1 specially.

Why it matters
    Process 1 gets no default action for signals: SIGTERM does nothing unless the program
    handles it, so that stopping takes ten seconds and ends in SIGKILL (exit code 137), with
    data unsaved. It also inherits orphaned processes; where nobody waits for them, zombies
    fill the process limit until "Resource temporarily unavailable".

How to confirm
    `docker exec CONTAINER ps -ef` (who is process 1, `<defunct>` entries) and
    `time docker stop CONTAINER` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA330",
    name="init-process",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("container.init",),
    remedy=Remedy(
        runtime="docker run --init ... on both sides (Compose: init: true)",
        image='ENTRYPOINT ["tini", "--", "python", "app.py"]',
    ),
    sources=(
        "https://github.com/krallin/tini",
        "https://github.com/krallin/tini/issues/8",
        "https://github.com/dstackai/dstack/issues/3302",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    init = pair.change("container.init")
    if init is not None:
        yield Hit(
            message=f"An init process runs in front of the program: {sides(init)}; without one, "
            "the program may ignore SIGTERM and nobody collects the processes it leaves behind.",
            changes=(init,),
            confidence=0.5,
        )
