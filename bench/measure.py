"""Measures whole commands in pairs: A B A B ..., and the ratio pair by pair.

Absolute times are for orientation: machines differ, and drift.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Command = Sequence[str]


@dataclass(frozen=True)
class Cost:
    """Of one run, in seconds: user and system time together, and wall time."""

    cpu: float
    wall: float


def cost(command: Command, environ: Mapping[str, str] | None = None) -> Cost:
    """Runs it once; 0 and 1 (differences) are good ends, any other ends the benchmark."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"bench: {' '.join(command)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, wall)


# The kernel counts what the parent had in memory when it started a process as that process's own
# (getrusage(2), ru_maxrss), so a small one has to start it.
_STARTER = """\
import os, sys
null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
number = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, status, usage = os.wait4(number, 0)
assert status == 0
print(usage.ru_maxrss)
"""


def peak_memory(command: Command, environ: Mapping[str, str] | None = None) -> float:
    """The most resident memory that a command had, in MiB; that of a bare interpreter at least."""
    words = [sys.executable, "-I", "-S", "-c", _STARTER, *command]
    ended = subprocess.run(words, env=environ, stdout=subprocess.PIPE, check=True)
    return int(ended.stdout) / 1024


def pairs(
    command: Command, other: Command, number: int, environ: Mapping[str, str] | None = None
) -> list[tuple[Cost, Cost]]:
    """`environ` is the first command's; the page cache is warm."""
    cost(command, environ), cost(other)
    return [(cost(command, environ), cost(other)) for _ in range(number)]


def row(
    name: str,
    command: Command,
    other: Command,
    number: int,
    *,
    figure: str = "cpu",
    environ: Mapping[str, str] | None = None,
) -> None:
    """Print the median ratio of a figure, its range, and the medians of both sides."""
    measured = [
        (getattr(ours, figure), getattr(theirs, figure))
        for ours, theirs in pairs(command, other, number, environ)
    ]
    ratios = sorted(a / b for a, b in measured)
    ours, theirs = (statistics.median(side) * 1000 for side in zip(*measured, strict=True))
    print(
        f"{name:<66} {statistics.median(ratios):6.2f} x"
        f"   ({ratios[0]:.2f} to {ratios[-1]:.2f}; {ours:.0f} ms over {theirs:.0f} ms)",
        flush=True,
    )
