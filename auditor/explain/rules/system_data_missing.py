"""A file of the system that libraries read is missing on one side.

What it means
    Images are made small by leaving out or deleting what seems to be of no use: the table of MIME
    types, of protocols, the descriptions of terminals, fontconfig's configuration. Python's
    standard library and others read them where they are, and do with less or fail where not.

Why it matters
    Without /etc/mime.types mimetypes.guess_type knows fewer types (None instead of
    application/vnd...), so that uploads and attachments are labelled otherwise. Without
    /etc/protocols socket.getprotobyname fails ("protocol not found"), without terminfo curses
    ("could not find terminfo database"), without /etc/machine-id what names the machine by it,
    without fontconfig's file text is drawn in other fonts.

How to confirm
    `docker exec CONTAINER ls -l /etc/mime.types /etc/protocols /etc/machine-id
    /etc/fonts/fonts.conf /usr/share/terminfo` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

_WITHOUT = {
    "fonts.conf": "text is drawn in other fonts",
    "machine-id": "what names the machine by it fails",
    "mime.types": "mimetypes.guess_type knows fewer types",
    "protocols": "socket.getprotobyname fails ('protocol not found')",
    "terminfo": "curses fails ('could not find terminfo database')",
}

RULE = Rule(
    id="EA386",
    name="system-data-missing",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("os.data", "os.id"),
    remedy=Remedy(
        image="install what brings it in both: `RUN apt-get install -y --no-install-recommends "
        "media-types netbase ncurses-base fontconfig-config`, and no `rm -rf /usr/share/...` after",
    ),
    sources=(
        "https://docs.python.org/3/library/mimetypes.html#mimetypes.knownfiles",
        "https://man7.org/linux/man-pages/man5/protocols.5.html",
        "https://man7.org/linux/man-pages/man5/terminfo.5.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("os.data")
    if change is None:
        return
    ours, theirs = _names(change.before), _names(change.after)
    lacking = [*((one, "B") for one in sorted(ours - theirs)),
               *((one, "A") for one in sorted(theirs - ours))]  # fmt: skip
    told = "; ".join(
        f"{side} lacks {name}: {_WITHOUT.get(name, 'what reads it does without')}"
        for name, side in lacking
    )
    if told:
        yield Hit(
            message=f"Files of the system that libraries read are missing: {told}.",
            changes=(change,),
            confidence=0.3 if change.folded_under else 0.5,
        )


def _names(value: Value) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list) else set()
