"""Files are created with other permissions (umask).

What it means
    The umask takes permissions away from every file and directory that the process creates.
    The sides have different masks: 022 lets everybody read, 077 only the owner, 002 lets the
    group write.

Why it matters
    Artefacts, sockets, logs and caches that another user, another container or a web server
    reads cannot be opened ("PermissionError: [Errno 13]"), or are open to everybody. SSH,
    PostgreSQL and others refuse files that are too open.

How to confirm
    `docker exec CONTAINER grep Umask /proc/1/status` and `ls -l` of what the program has
    written, on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA348",
    name="file-mode-mask",
    effects=("behaviour", "crash", "security"),
    severity="medium",
    reads=("process.umask",),
    remedy=Remedy(
        image="`umask 022` in the entrypoint script of both images, or explicit modes in the "
        "program (os.umask, os.chmod)",
        runtime='docker run ... sh -c "umask 022; exec python app.py" on both sides',
    ),
    sources=(
        "https://gitlab.com/postmarketOS/pmbootstrap/-/merge_requests/908",
        "https://github.com/experimaestro/experimaestro-python/releases/tag/v2.0.0b30",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("process.umask")
    if change is not None and None not in (change.before, change.after):
        yield Hit(
            message=f"The umask is {sides(change)}: files that the program creates can be read "
            "or written by others on one side and not on the other.",
            changes=(change,),
            confidence=0.65,
        )
