"""Thread pools, as threadpoolctl finds them in this process (BLAS, OpenMP), by what brought them.

`<owner>.<library>` -> `version`, `architecture` (the kernel that was chosen), `layer` (pthreads,
openmp, ...), `threads`. The owner is the distribution or framework whose files the library lies
among, or `system`. https://github.com/joblib/threadpoolctl
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pools() -> dict[str, Any]:
    import threadpoolctl

    found: dict[str, Any] = {}
    for pool in threadpoolctl.threadpool_info():
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
