"""A package brings another build of its numerical library, under the same version.

What it means
    Wheels carry the libraries that they compute with (numpy.libs, scipy.libs, torch/lib). The
    version of the Python distribution is the same on both sides, but the OpenBLAS, MKL, OpenMP
    or FFTW inside is another build or version.

Why it matters
    Another OpenBLAS has other kernels and thresholds: matrix products and what is computed from
    them differ in their last digits, although `pip freeze` shows the same versions.

How to confirm
    `python -m threadpoolctl -i numpy scipy` prints file and version of each library on both
    sides; then install the same wheel file in both and run again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..knowledge.blas import FAMILIES, same_platform
from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

# Families beside BLAS, and how likely another build changes numbers.
OTHERS = {"fftw": 0.6, "svml": 0.75, "sleef": 0.6, "dnnl": 0.75, "torch": 0.75, "mvec": 0.6,
          "gomp": 0.3, "iomp": 0.3, "omp": 0.3, "tbb": 0.3}  # fmt: skip

RULE = Rule(
    id="EA114",
    name="bundled-library-differs",
    effects=("numerics", "performance"),
    severity="high",
    reads=("native.wheel.*", "python.packages.*", "python.sources.*"),
    remedy=Remedy(
        image="install the same wheel file in both, pinned by hash: `RUN pip install "
        "--require-hashes --only-binary :all: -r requirements.txt`",
    ),
    sources=(
        "https://github.com/scipy/scipy/blob/main/doc/source/building/blas_lapack.rst",
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/random/compatibility.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    if not same_platform(pair):
        return
    for change in pair.changes("native.wheel.*"):
        distribution, _, family = change.key.removeprefix("wheel.").rpartition(".")
        package = f"python.packages.{distribution}"
        confidence = 0.85 if family in FAMILIES else OTHERS.get(family)
        same_version = pair.change(package) is None and pair.either(package) is not None
        if confidence is None or not same_version or None in (change.before, change.after):
            continue
        ours, theirs = _build(change.before), _build(change.after)
        if ours[1] == theirs[1] is not None:  # the same build in a file of another name
            continue
        yield Hit(
            message=f"{distribution} {pair.either(package)} brings {family} from "
            f"{ours[0]} in A and from {theirs[0]} in B, under the same version: another build of "
            "the library that computes changes the last digits of results.",
            changes=(change,),
            facts=(package,),
            confidence=confidence,
        )


def _build(value: Value) -> tuple[str, Value]:
    """(the file's name, its build id)."""
    entry = as_mapping(value[0] if isinstance(value, (list, tuple)) and value else value)
    return str(entry.get("path", "?")).rsplit("/", 1)[-1], entry.get("build_id")
