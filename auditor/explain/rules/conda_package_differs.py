"""A package of the conda environment is missing, or has another version or build.

The fallback for conda's packages that are no Python distributions: BLAS and what a Python
distribution tells of itself have rules of their own.

What it means
    The environments were solved at different times, from different channels or with different
    pins: libraries below Python have other versions, or come in another variant of the same
    version (built for CUDA or for the CPU, with OpenBLAS or with MKL), which only the build
    string tells.

Why it matters
    A solver chooses what fits today. Another variant of a framework computes on another device
    with other kernels; another OpenMP or C++ runtime behaves and performs otherwise, and code
    that was compiled against the newer one does not load with the older.

How to confirm
    `conda list --explicit` (micromamba list, pixi list) in both environments.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Weight
from ..pair import Pair, as_mapping, listed
from ..rule import Hit, Remedy, Rule

MOST_NAMED = 16

RULE = Rule(
    id="EA257",
    name="conda-package-differs",
    effects=("behaviour", "numerics", "crash", "performance"),
    severity="medium",
    fallback=True,
    reads=("conda.packages.*", "conda.sources.*"),
    remedy=Remedy(
        image="install from a lock file with builds in it: `conda-lock`, `pixi.lock`, or `conda "
        "list --explicit > packages.txt` and `conda create --file packages.txt`",
    ),
    sources=(
        "https://docs.conda.io/projects/conda/en/latest/user-guide/concepts/pkg-specs.html",
        "https://conda-forge.org/docs/maintainer/knowledge_base/#blas",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    found = [
        change
        for change in pair.left("conda.packages.*", "conda.sources.*")
        if change.folded_under is None and change.weight is not Weight.LOW
    ]
    if not found:
        return
    found.sort(key=lambda change: (-_likelihood(change), change.path))
    yield Hit(
        message=f"Packages of the conda environment differ: {listed(list(map(_told, found)))}: "
        "what is built on them can compute, behave or fail otherwise.",
        changes=tuple(found[:MOST_NAMED]),
        confidence=_likelihood(found[0]),
    )


def _told(change: Change) -> str:
    name = change.key.partition(".")[2]
    if change.key.startswith("packages."):
        ours, theirs = change.before or "missing", change.after or "missing"
        return f"{name} is {ours} in A, {theirs} in B"
    builds = [as_mapping(value).get("build") for value in (change.before, change.after)]
    return f"{name} is of build {builds[0]} in A, {builds[1]} in B"


def _likelihood(change: Change) -> float:
    if change.key.startswith("sources."):
        return 0.45 if change.weight is Weight.HIGH else 0.2
    if change.weight is Weight.HIGH:
        return 0.45
    return 0.3 if None in (change.before, change.after) else 0.25
