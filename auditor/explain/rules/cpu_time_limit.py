"""The processor time of a process is limited.

What it means
    RLIMIT_CPU (`ulimit -t`) bounds the seconds that a process may compute, all its threads
    together. The sides have different limits.

Why it matters
    At the soft limit the process gets SIGXCPU, which ends it; at the hard limit it is killed.
    A long computation so stops in the middle, earlier on a slower machine or with more threads.

How to confirm
    `docker exec CONTAINER sh -c 'grep "cpu time" /proc/1/limits'` on both sides; the exit code
    of a process that reached it is 152 (SIGXCPU) or 137.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_numbers, sides_in
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA317",
    name="cpu-time-limit",
    effects=("crash",),
    severity="high",
    reads=("limits.rlimit.cpu.*", "limits.rlimit.rttime.*"),
    remedy=Remedy(
        runtime="docker run --ulimit cpu=-1 ... on both sides",
        image="remove `ulimit -t ...` from the entrypoint script",
    ),
    sources=("https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.rlimit.cpu.soft")
    if change is not None:
        yield Hit(
            message=f"The limit of a process's processor time is {sides_in(change, in_numbers)} "
            "(seconds, ulimit -t): after that it is ended by a signal (SIGXCPU).",
            changes=(change,),
            confidence=0.68,
        )
