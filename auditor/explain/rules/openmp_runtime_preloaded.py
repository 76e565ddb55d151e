"""Another OpenMP runtime is put in place of the packages' own by LD_PRELOAD.

What it means
    LD_PRELOAD names an OpenMP runtime (libiomp5, libomp or libgomp) on one side. It is loaded
    first and then serves all code that was compiled for OpenMP.

Why it matters
    The runtimes differ where programs notice it. After a `fork` (multiprocessing, gunicorn
    --preload) GNU's runtime hangs in its next parallel region, Intel's and LLVM's start new
    threads. They place and keep threads by other rules and variables, spin for other times, and
    combine partial sums in another order, so that speed and last digits differ, too.

How to confirm
    Run the program on B with A's LD_PRELOAD. `python -m threadpoolctl -i numpy sklearn` shows
    which runtime is used; of a process that hangs, `py-spy dump --native --pid PID` shows
    gomp_team_barrier_wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RUNTIMES = ("libiomp5", "libomp", "libgomp", "libkmp")

RULE = Rule(
    id="EA336",
    name="openmp-runtime-preloaded",
    effects=("behaviour", "crash", "performance", "numerics"),
    severity="high",
    reads=(
        "env.LD_PRELOAD",
        "native.*",
        "python.packages.*",
        "python.multiprocessing.start_method",
    ),
    remedy=Remedy(
        image="ENV LD_PRELOAD=... the same in both Dockerfiles, or in neither",
        runtime="docker run -e LD_PRELOAD=/path/libiomp5.so ... on both sides; against hangs "
        'after fork: multiprocessing.set_start_method("spawn"), or OMP_NUM_THREADS=1 in workers',
    ),
    sources=(
        "https://github.com/dmlc/xgboost/issues/7044",
        "https://github.com/scikit-learn/scikit-learn/issues/7650",
        "https://github.com/joblib/loky/issues/248",
        "https://github.com/joblib/threadpoolctl/blob/master/multiple_openmp.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.LD_PRELOAD")
    users = pair.openmp()
    if change is None or not users or not _switches(change):
        return
    preload = pair.change("native.preload")
    yield Hit(
        message=f"LD_PRELOAD is {sides(change)}: another OpenMP runtime runs the threads of the "
        "numerical libraries; worker processes made by fork hang with GNU's and not with Intel's "
        "or LLVM's, and speed and rounding differ.",
        changes=(change, *([preload] if preload is not None else [])),
        facts=first(users),
        confidence=0.82,
    )


def _switches(change: Change) -> bool:
    return _runtimes(change.before) != _runtimes(change.after)


def _runtimes(value: object) -> set[str]:
    text = str(value or "")
    return {name for name in RUNTIMES if name in text}
