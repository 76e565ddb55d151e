"""The process runs with a library whose file is another one by now, or none.

What it means
    On one side a library was deleted, replaced or written to after the running process had mapped
    it: by an upgrade inside the running container, a copied file, a cleaned directory. The process
    keeps what it has until it is started anew; what lies on the disk, and with it the list of
    installed packages, says nothing of what runs.

Why it matters
    The program computes with the old library, or with a mixture of both: libraries that it loads
    from now on are the new ones. A file that is written to in place changes code that runs, which
    crashes (Segmentation fault, Bus error) sooner or later. Security updates have no effect yet.

How to confirm
    `grep -E 'NAME|deleted' /proc/PID/maps` and `stat FILE` on that side; start the container anew
    and compare once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, listed, shown
from ..rule import Hit, Remedy, Rule

# What became of the file -> how likely that is the cause. A file can be written to with what it
# held before.
LIKELIHOODS = {"replaced": 0.6, "deleted": 0.45, "rewritten": 0.45}

RULE = Rule(
    id="EA383",
    name="library-changed-under-process",
    effects=("behaviour", "crash", "numerics", "security"),
    severity="high",
    reads=("native.loaded.*",),
    remedy=Remedy(
        image="`RUN pip install ...` or `RUN apt-get install ...` in the Dockerfile, and no "
        "installation into a running container",
        runtime="docker restart CONTAINER, or better a new container of a new image",
    ),
    sources=(
        "https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html",
        "https://manpages.debian.org/bookworm/needrestart/needrestart.1.en.html",
        "https://stackoverflow.com/questions/16764946/what-generates-the-text-file-busy-message-in-unix",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [change for fate in LIKELIHOODS if (change := pair.change(f"native.loaded.{fate}"))]
    if not changes:
        return
    fates = [change.key.removeprefix("loaded.") for change in changes]
    told = listed(
        [
            f"{fate} in {place}: {listed([shown(name) for name in names], 3)}"
            for change, fate in zip(changes, fates, strict=True)
            for place, names in (("A", _more(change.before, change.after)),
                                 ("B", _more(change.after, change.before)))
            if names
        ]
    )  # fmt: skip
    marked = [
        change
        for change in pair.changes("native.loaded.*")
        if change not in changes and any(_is_marked(v) for v in (change.before, change.after))
    ]
    yield Hit(
        message="The running process has mapped libraries whose files are no longer those that it "
        f"runs with ({told}): it goes on with what it has loaded, whatever is installed, until it "
        "is started anew.",
        changes=(*changes, *marked),
        confidence=max(LIKELIHOODS[fate] for fate in fates),
        effects=("crash", "behaviour") if fates == ["rewritten"] else (),
    )


def _more(value: Value, other: Value) -> list[Value]:
    """What the one side names and the other does not."""
    known = other if isinstance(other, (list, tuple)) else []
    return [name for name in value if name not in known] if isinstance(value, (list, tuple)) else []


def _is_marked(value: Value) -> bool:
    copies = value if isinstance(value, (list, tuple)) else [value]
    return any(isinstance(copy, dict) and LIKELIHOODS.keys() & copy.keys() for copy in copies)
