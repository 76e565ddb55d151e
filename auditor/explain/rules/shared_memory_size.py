"""Shared memory (/dev/shm) is of another size.

What it means
    /dev/shm is a memory file system through which processes share data. Docker makes it 64 MiB
    unless told otherwise; on a machine it is half of the memory. The sides differ in its size.

Why it matters
    PyTorch's data loaders, multiprocessing.shared_memory, Ray, joblib, databases and browsers
    put their buffers there. When it is full, the next access to a page that cannot be had ends
    the process with SIGBUS ("Bus error", "DataLoader worker is killed by signal: Bus error"),
    or a write fails with "No space left on device".

How to confirm
    Watch it fill while the program runs: `docker exec CONTAINER df -h /dev/shm`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_bytes, lower, sides_in
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

MIB = 1 << 20
# They pass data between processes by shared memory.
USERS = (
    "torch", "ray", "tensorflow", "joblib", "scikit-learn", "playwright", "selenium", "pyppeteer",
    "pyarrow", "vllm", "posix-ipc", "pandarallel", "paddlepaddle", "mxnet", "jax",
)  # fmt: skip
CERTAIN = ("torch", "ray", "vllm", "playwright", "selenium", "pyppeteer", "pandarallel")

RULE = Rule(
    id="EA308",
    name="shared-memory-size",
    effects=("crash", "performance"),
    severity="high",
    reads=("limits.shm_size", "container.ipc_mode", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run --shm-size=2g ... (or --ipc=host); Kubernetes: an emptyDir volume "
        "with `medium: Memory` mounted at /dev/shm",
    ),
    sources=(
        "https://github.com/pytorch/pytorch/issues/5040",
        "https://github.com/open-mmlab/mmdetection/issues/1997",
        "https://github.com/joblib/joblib/issues/168",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.shm_size")
    if change is None or None in (change.before, change.after):
        return
    users = pair.installed(*USERS)
    mode = pair.change("container.ipc_mode")
    if pair.installed(*CERTAIN):
        confidence = 0.7
    else:
        confidence = 0.6 if users or lower(change) < 64 * MIB else 0.5
    yield Hit(
        message=f"Shared memory (/dev/shm) is {sides_in(change, in_bytes)}: a program that "
        "passes data between processes (data loaders, worker pools) dies with a bus error, or "
        "fails with 'No space left on device', where it does not fit.",
        changes=(change,) if mode is None else (change, mode),
        facts=first(users),
        confidence=confidence,
    )
