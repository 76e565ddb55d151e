"""The thread pools of libraries that compute: who reads which variable, and what decides else.

`size` is what a pool's number of threads is on one side, as far as it can be told from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...model import Fingerprint, whole_number
from ..pair import Pair

_OPENMP = (
    "torch", "scikit-learn", "xgboost", "lightgbm", "catboost", "faiss-cpu", "implicit",
    "llama-cpp-python", "opencv-python", "opencv-python-headless", "sentencepiece", "pymc",
)  # fmt: skip
_TENSORFLOW = ("tensorflow", "tensorflow-cpu", "tensorflow-intel")


class Pool(NamedTuple):
    """`variables`: the first that is set counts; `caps` bound it. `sums`: how likely another
    number of threads changes sums (for a rule's confidence)."""

    library: str
    users: Callable[[Pair], list[str]]
    variables: tuple[str, ...]
    sums: float
    caps: tuple[str, ...] = ()
    default: str = "cpus"


def _blis(pair: Pair) -> list[str]:
    return pair.native("blis")


def _openmp(pair: Pair) -> list[str]:
    return [*pair.loaded("gomp", "iomp", "omp"), *pair.installed(*_OPENMP)]


def _of(*names: str) -> Callable[[Pair], list[str]]:
    return lambda pair: pair.installed(*names)


POOLS = (
    Pool(
        "OpenBLAS",
        Pair.openblas,
        (
            "OPENBLAS_NUM_THREADS",
            "GOTO_NUM_THREADS",
            "OMP_NUM_THREADS",
            "OPENBLAS_DEFAULT_NUM_THREADS",
        ),
        0.75,
    ),
    Pool(
        "MKL",
        Pair.mkl,
        ("MKL_DOMAIN_NUM_THREADS", "MKL_BLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"),
        0.75,
    ),
    Pool("BLIS", _blis, ("BLIS_NUM_THREADS", "OMP_NUM_THREADS"), 0.6, default="1"),
    Pool("OpenMP code", _openmp, ("OMP_NUM_THREADS",), 0.75, ("OMP_THREAD_LIMIT",)),
    Pool("TensorFlow", _of(*_TENSORFLOW), ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"), 0.6),
    Pool("Numba", _of("numba"), ("NUMBA_NUM_THREADS",), 0.6),
    Pool("Polars", _of("polars"), ("POLARS_MAX_THREADS",), 0.6),
    Pool(
        "NumExpr",
        _of("numexpr"),
        ("NUMEXPR_NUM_THREADS", "OMP_NUM_THREADS"),
        0.3,
        ("NUMEXPR_MAX_THREADS",),
    ),
    Pool("Arrow", _of("pyarrow"), ("OMP_NUM_THREADS",), 0.3, ("OMP_THREAD_LIMIT",)),
)


def size(side: Fingerprint, pool: Pool) -> int | str | None:
    """A number; the text of a setting that is no plain number; None where it follows the
    machine and that is not known."""
    chosen: int | str | None = None
    for name in pool.variables:
        value = _set(side, name)
        if value is not None:
            chosen = value
            break
    if chosen is None:
        fixed = whole_number(pool.default)
        chosen = cpus(side) if fixed is None else fixed
    for name in pool.caps:
        cap = _set(side, name)
        if isinstance(cap, int) and (chosen is None or (isinstance(chosen, int) and cap < chosen)):
            chosen = cap
    return chosen


def is_set(side: Fingerprint, pool: Pool) -> bool:
    """Whether a variable decides the size."""
    return any(_set(side, name) is not None for name in pool.variables)


def cpus(side: Fingerprint) -> int | None:
    """The CPUs that a library counts that looks at its affinity, as nearly all do."""
    for path in ("limits.affinity.count", "cpu.logical_count"):
        value = side.get(path)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _set(side: Fingerprint, name: str) -> int | str | None:
    """OMP_NUM_THREADS may be a list, a number for each level of nesting; zero is ignored."""
    value = side.get(f"env.{name}")
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    number = whole_number(text.split(",")[0].strip())
    if number is not None:
        return number or None
    return text or None
