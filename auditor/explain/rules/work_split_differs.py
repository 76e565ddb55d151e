"""The work is divided among another number of processes.

What it means
    Programs that compute in several processes or on several machines ask how many there are:
    WORLD_SIZE (torchrun, DeepSpeed), LOKY_MAX_CPU_COUNT (joblib), PYTHON_CPU_COUNT (Python 3.13),
    DASK_NUM_WORKERS, MODIN_CPUS, SLURM_CPUS_PER_TASK. One of these differs.

Why it matters
    Data are cut into other pieces: partial sums are added in another order, each rank of a
    training sees other batches and the effective batch size changes, random streams that are
    seeded by worker change. Results differ from the last digit to another model.

How to confirm
    Run the program on B with A's setting of the variable.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

# Variable -> (distributions that read it, how likely results differ).
SETTINGS: dict[str, tuple[tuple[str, ...], float]] = {
    "WORLD_SIZE": (("torch", "accelerate", "deepspeed", "lightning", "horovod"), 0.75),
    "LOCAL_WORLD_SIZE": (("torch", "accelerate", "deepspeed", "lightning"), 0.45),
    "LOKY_MAX_CPU_COUNT": (("joblib", "loky", "scikit-learn"), 0.6),
    "PYTHON_CPU_COUNT": (("joblib", "dask", "scikit-learn", "numpy"), 0.45),
    "DASK_NUM_WORKERS": (("dask",), 0.6),
    "MODIN_CPUS": (("modin",), 0.6),
    "SLURM_CPUS_PER_TASK": (("torch", "joblib", "dask"), 0.45),
    "RAYON_NUM_THREADS": (("tokenizers", "polars"), 0.3),
}

RULE = Rule(
    id="EA119",
    name="work-split-differs",
    effects=("numerics", "behaviour", "performance"),
    severity="medium",
    reads=(*(f"env.{name}" for name in SETTINGS), "python.packages.*", "python.series"),
    remedy=variable_remedy("LOKY_MAX_CPU_COUNT", "4"),
    sources=(
        "https://github.com/joblib/loky/blob/master/loky/backend/context.py",
        "https://github.com/scikit-learn/scikit-learn/blob/main/doc/computing/parallelism.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for name, (distributions, confidence) in SETTINGS.items():
        change = pair.change(f"env.{name}")
        users = pair.installed(*distributions)
        if change is None or not acts(change) or not users:
            continue
        if name == "PYTHON_CPU_COUNT" and not _reads_cpu_count(pair):
            continue
        value = next(str(v) for v in (change.before, change.after) if v is not None)
        yield Hit(
            message=f"{name} is {sides(change)}: the work is divided among another number of "
            "processes, which cuts the data into other pieces and changes results that are put "
            "together from them.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
            remedy=variable_remedy(name, value),
        )


def _reads_cpu_count(pair: Pair) -> bool:
    """Python 3.13 and later."""
    return all(series >= (3, 13) for series in pair.series_numbers() if series is not None)
