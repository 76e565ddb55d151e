"""The system's linear algebra library is another version or build.

What it means
    Programs that link the system's OpenBLAS, MKL, BLIS or LAPACK (Debian's python3-numpy, conda,
    builds from source) compute with what the image has. Both sides have the same library, in
    another version, build or threading variant (pthread, openmp, serial).

Why it matters
    New versions bring other kernels, other thresholds for threads and fixes: matrix products,
    solvers and decompositions differ in their last digits.

How to confirm
    `python -m threadpoolctl -i numpy` on both sides shows file and version; install the same
    package version in both and run again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.blas import maker, users_of_the_systems
from ..pair import Pair, as_mapping, first
from ..rule import Hit, Remedy, Rule

PACKAGES = ("python.packages.mkl", "python.packages.scipy-openblas32",
            "python.packages.scipy-openblas64", "python.packages.openblas")  # fmt: skip

RULE = Rule(
    id="EA115",
    name="blas-version-differs",
    effects=("numerics", "performance"),
    severity="high",
    reads=("native.system.*", "native.conda.*", "python.packages.*", "os.packages.*"),
    remedy=Remedy(
        image="pin the package: `RUN apt-get install -y libopenblas0-pthread=VERSION`, or build "
        "both images from the same base image by digest",
    ),
    sources=(
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/faq.md",
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/random/compatibility.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = users_of_the_systems(pair)
    changes = [
        *pair.changes("native.system.lib*blas*", "native.system.liblapack*"),
        *pair.changes("native.system.libmkl_*", "native.system.libblis*"),
        *pair.changes("native.conda.lib*blas*", "native.conda.liblapack*"),
        *pair.changes("native.conda.libmkl_rt*", "native.conda.libblis*"),
    ]
    differing = tuple(
        change
        for change in changes
        if maker(change.before) == maker(change.after) is not None
        and _build(change.before) != _build(change.after)
    )
    packages = tuple(
        change for change in pair.changes(*PACKAGES) if None not in (change.before, change.after)
    )
    if packages or (differing and users):
        yield _hit(packages or differing, users)


def _build(value: object) -> tuple[object, object]:
    entry = as_mapping(value)  # type: ignore[arg-type]
    return entry.get("build_id"), entry.get("version") or entry.get("path")


def _hit(changes: tuple[Change, ...], users: list[str]) -> Hit:
    what = maker(changes[0].before) or changes[0].key
    ours, theirs = (
        value if isinstance(value, str) else as_mapping(value).get("path")
        for value in (changes[0].before, changes[0].after)
    )
    return Hit(
        message=f"{what} is {ours} in A and {theirs} in B, another version or build: linear "
        "algebra differs in its last digits.",
        changes=changes[:3],
        facts=first(users),
        confidence=0.75,
    )
