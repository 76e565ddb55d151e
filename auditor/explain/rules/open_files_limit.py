"""The number of files that a process may have open differs.

What it means
    RLIMIT_NOFILE (`ulimit -n`) bounds a process's open files, sockets and pipes. The sides
    have different limits; what counts is the soft limit.

Why it matters
    The next file beyond the limit fails: "OSError: [Errno 24] Too many open files", also shown
    as failed imports, refused connections or "received 0 items of ancdata" from PyTorch's data
    loaders. The limits of engines and distributions reach from 1024 to over a million, so what
    works on one machine fails on another. A very high limit in turn makes programs slow that
    close or poll every possible descriptor.

How to confirm
    Compare `ls /proc/PID/fd | wc -l` with `grep "open files" /proc/PID/limits` while it runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_numbers, lower, sides_in
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

# They open many files or sockets, or pass descriptors between processes.
USERS = (
    "torch", "dask", "distributed", "ray", "aiohttp", "uvicorn", "gunicorn", "celery", "xarray",
    "netcdf4", "h5py", "zarr", "rasterio", "lmdb", "kafka-python", "confluent-kafka", "pyspark",
    "chromadb", "elasticsearch", "scrapy", "fastapi", "tornado", "gevent", "redis", "pyarrow",
)  # fmt: skip

RULE = Rule(
    id="EA312",
    name="open-files-limit",
    effects=("crash", "behaviour", "performance"),
    severity="high",
    reads=("limits.rlimit.nofile.*", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run --ulimit nofile=65536:65536 ... on both sides (Kubernetes: the "
        "limit is that of the node's container runtime)",
        host="/etc/docker/daemon.json: "
        '{"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 65536, "Hard": 65536}}}',
    ),
    sources=(
        "https://github.com/pytorch/pytorch/issues/165532",
        "https://github.com/pytorch/pytorch/issues/973",
        "https://github.com/lightly-ai/lightly/issues/487",
        "https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    soft = pair.change("limits.rlimit.nofile.soft")
    hard = pair.change("limits.rlimit.nofile.hard")
    if soft is not None:
        least = lower(soft)
        if least < 1024:
            confidence = 0.7
        elif least < 65536:
            confidence = 0.58 if pair.installed(*USERS) else 0.5
        else:
            confidence = 0.2
        yield Hit(
            message="The number of files that a process may have open is "
            f"{sides_in(soft, in_numbers)} (ulimit -n): "
            "the next file or connection beyond that fails with 'Too many open files'.",
            changes=(soft,) if hard is None else (soft, hard),
            facts=first(pair.installed(*USERS)) if least >= 1024 else (),
            confidence=confidence,
        )
    elif hard is not None:
        yield Hit(
            message="A process may raise its limit of open files up to "
            f"{sides_in(hard, in_numbers)}: a program that raises it by itself fails, or gets "
            "fewer files, where the bound is lower.",
            changes=(hard,),
            confidence=0.45 if lower(hard) < 65536 else 0.2,
        )
