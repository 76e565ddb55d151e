"""Another number of worker processes is started.

What it means
    Servers and job runners read from the environment how many worker processes they start
    (WEB_CONCURRENCY for gunicorn, uvicorn and hypercorn; WORKERS, GUNICORN_WORKERS and the like
    in entrypoint scripts; LOKY_MAX_CPU_COUNT for joblib). The sides differ in such a variable.

Why it matters
    Fewer workers answer fewer requests at a time. More workers than CPUs compete, above all where
    each of them has a thread pool of its own: workers times threads is what the machine has to
    run. Each worker also needs its own memory: more of them reach a memory limit sooner.

How to confirm
    Count the processes on both sides: `ps -eLf | wc -l` (processes and threads) under load, and
    compare with `nproc` and the CPU quota.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA404",
    name="worker-count",
    effects=(
        "performance",
        "crash",
    ),
    severity="medium",
    reads=(
        "env.*",
        "python.packages.*",
        "process.argv",
        "limits.cpu.quota",
        "limits.affinity.count",
    ),
    remedy=Remedy(
        image="ENV WEB_CONCURRENCY=4 in the Dockerfile of both",
        runtime="docker run -e WEB_CONCURRENCY=4 -e OMP_NUM_THREADS=1 ... on both sides "
        "(Kubernetes: env: [{name: WEB_CONCURRENCY, value: '4'}])",
    ),
    sources=(
        "https://github.com/benoitc/gunicorn/blob/master/docs/content/reference/settings.md",
        "https://github.com/benoitc/gunicorn/blob/master/docs/content/guides/docker.md",
        "https://github.com/joblib/joblib/blob/main/joblib/externals/loky/backend/context.py",
    ),
)


SERVERS = ("gunicorn", "uvicorn", "hypercorn", "uwsgi", "granian", "waitress", "celery", "rq")
JOBLIB = ("joblib", "loky", "scikit-learn")
# Variable -> who reads it; the others are read by entrypoint scripts, if at all.
READERS = {
    "WEB_CONCURRENCY": SERVERS,
    "GUNICORN_WORKERS": SERVERS,
    "UVICORN_WORKERS": SERVERS,
    "CELERYD_CONCURRENCY": ("celery",),
    "DASK_NUM_WORKERS": ("dask",),
    "MODIN_CPUS": ("modin",),
    "LOKY_MAX_CPU_COUNT": JOBLIB,
}
GENERAL = ("WORKERS", "NUM_WORKERS", "MAX_WORKERS", "WORKERS_PER_CORE", "THREADS")


def check(pair: Pair) -> Iterator[Hit]:
    for name in (*READERS, *GENERAL):
        change = pair.change(f"env.{name}")
        if change is None:
            continue
        readers = pair.installed_anywhere(*READERS.get(name, SERVERS))
        if name in READERS and not readers:
            continue
        # In Python 3.13 and before, and in libraries, the quota is not counted.
        limits = ("limits.cpu.quota", "limits.affinity.count")
        yield Hit(
            message=f"{name} is {sides(change)}: another number of worker processes shares the "
            "CPUs and the memory, which changes how much runs at a time and when limits are "
            "reached.",
            changes=(change,),
            facts=first([*readers, *(p for p in limits if pair.either(p) is not None)], 4),
            confidence=0.6 if name in READERS else 0.45 if readers else 0.3,
        )
