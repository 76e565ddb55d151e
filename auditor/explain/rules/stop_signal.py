"""The container is stopped by another signal.

What it means
    `docker stop`, Compose and Kubernetes send the signal that the image or the run command names
    (STOPSIGNAL, `--stop-signal`), SIGTERM if none does, and after the grace period SIGKILL.

Why it matters
    Python turns SIGINT into KeyboardInterrupt, so that `finally` blocks run; SIGTERM ends it at
    once unless the program handles it; servers take SIGQUIT or SIGHUP for other things. A program
    that waits for the one signal is killed without cleaning up by the other.

How to confirm
    `docker inspect -f '{{.Config.StopSignal}}' CONTAINER` on both sides, and `docker stop` with
    the program's log in view.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..rule import Hit, Remedy, Rule

_DEFAULT = "SIGTERM (the default)"

RULE = Rule(
    id="EA384",
    name="stop-signal",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=("container.stop_signal",),
    remedy=Remedy(
        image="STOPSIGNAL SIGTERM in both Dockerfiles, or the one that the program handles",
        runtime="docker run --stop-signal SIGTERM ... on both sides (Compose: stop_signal)",
    ),
    sources=(
        "https://docs.docker.com/reference/dockerfile/#stopsignal",
        "https://docs.python.org/3/library/signal.html#signal.SIGINT",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("container.stop_signal")
    if change is not None:
        ours, theirs = (value or _DEFAULT for value in (change.before, change.after))
        yield Hit(
            message=f"The container is stopped by {ours} in A, by {theirs} in B: a program that "
            "handles only one of them is killed without cleaning up on the other side.",
            changes=(change,),
            confidence=0.4,
        )
