"""Thread pools, as threadpoolctl finds them in this process (BLAS, OpenMP), by what brought them.

`<owner>.<library>` -> `version`, `architecture` (the kernel that was chosen), `layer` (pthreads,
openmp, ...), `threads`. The owner is the distribution or framework whose files the library lies
among, or `system`. https://github.com/joblib/threadpoolctl
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_SET_BY_IT = "KMP_DUPLICATE_LIB_OK"


def pools() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pool in _information():
        path = str(pool.get("filepath") or "")
        known = {
            "version": pool.get("version"),
            "architecture": pool.get("architecture"),
            "layer": pool.get("threading_layer"),
            "threads": pool.get("num_threads"),
        }
        key = "%s.%s" % (owner(path), library(pool))
        number = 1
        while (key if number == 1 else "%s.%d" % (key, number)) in found:
            number += 1
        found[key if number == 1 else "%s.%d" % (key, number)] = {
            name: value for name, value in known.items() if isinstance(value, (str, int))
        }
    return found


def _information() -> list[dict[str, Any]]:
    """By a threadpoolctl that leaves no trace: it sets a variable when it is imported, for the
    program that imports it and for all that this starts."""
    known = "threadpoolctl" in sys.modules
    before = os.environ.get(_SET_BY_IT)
    try:
        import threadpoolctl

        found: list[dict[str, Any]] = threadpoolctl.threadpool_info()
        return found
    finally:
        if not known:
            sys.modules.pop("threadpoolctl", None)
            if before is None:
                os.environ.pop(_SET_BY_IT, None)


def owner(path: str) -> str:
    """`/.../site-packages/numpy.libs/libgomp.so` is numpy's."""
    for marker in ("/site-packages/", "/dist-packages/"):
        _, found, rest = path.rpartition(marker)
        if found and "/" in rest:
            name = rest.split("/", 1)[0]
            return (name[:-5] if name.endswith(".libs") else name).lower()
    return "system"


def library(pool: dict[str, Any]) -> str:
    """openblas, mkl, blis, flexiblas; of OpenMP which runtime: gomp, iomp, omp, vcomp."""
    prefix = str(pool.get("prefix") or pool.get("internal_api") or "unknown")
    if str(pool.get("internal_api")) == "openmp":
        return prefix[3:].rstrip("5") if prefix.startswith("lib") else prefix
    return str(pool.get("internal_api"))
