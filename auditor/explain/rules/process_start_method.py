"""Worker processes are started in another way (fork or forkserver).

What it means
    multiprocessing and ProcessPoolExecutor start their workers by fork up to Python 3.13 on
    Linux, and by forkserver from 3.14 on. The sides differ in it.

Why it matters
    A forked worker inherits everything: globals, open files, random state, loaded models. With
    forkserver a worker imports the program anew and gets pickled arguments: globals have their
    first values, lambdas and local functions fail (PicklingError), unguarded programs start
    themselves again, and starting takes longer.

How to confirm
    `python -c "import multiprocessing as m; print(m.get_start_method())"` on both sides; call
    multiprocessing.set_start_method("fork") at the start of the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA225",
    name="process-start-method",
    effects=("behaviour", "crash", "performance"),
    severity="high",
    reads=("python.multiprocessing.start_method", "python.version", "python.series"),
    remedy=Remedy(
        image="the same Python in both images (`FROM python:3.13-slim`), or "
        'multiprocessing.set_start_method("forkserver") in the program',
    ),
    sources=(
        "https://github.com/python/cpython/pull/125750",
        "https://docs.python.org/3/library/multiprocessing.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("python.multiprocessing.start_method")
    if change is None or None in (change.before, change.after):
        return
    yield Hit(
        message=f"Worker processes start by {sides(change)}: forked workers inherit globals and "
        "loaded data, others import the program anew and need picklable arguments.",
        changes=(change,),
        facts=first(path for path, _, _ in pair.facts("python.version", "python.series")),
        confidence=0.6,
    )
