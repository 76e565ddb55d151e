"""Whose BLAS a program computes with."""

from __future__ import annotations

from ...model import Value
from ..pair import Pair, as_mapping

# A piece of the library's real path -> who made it; the first counts.
_MAKERS = (
    ("openblas", "OpenBLAS"),
    ("mkl", "MKL"),
    ("blis", "BLIS"),
    ("flexiblas", "FlexiBLAS"),
    ("atlas", "ATLAS"),
    ("armpl", "Arm Performance Libraries"),
    ("nvpl", "NVPL"),
)
FAMILIES = ("openblas", "mkl", "blis", "atlas", "armpl", "flexiblas", "blas", "lapack")
# Distributions that link a BLAS, of their own (in wheels) or the system's.
_LINKED = ("numpy", "scipy", "scikit-learn", "cvxopt", "scikit-sparse", "torch")


_REFERENCE = "the reference BLAS"


def maker(value: Value) -> str | None:
    """Who made a library, by its real path; what the reference implementation's is called else.
    Of a conda package by the variant in its build string: `31_h59b9bed_openblas`."""
    entry = as_mapping(value[0] if isinstance(value, (list, tuple)) and value else value)
    path, build = entry.get("path"), entry.get("build")
    if isinstance(path, str):
        return _maker_in(path) or _REFERENCE
    if isinstance(build, str):
        return _maker_in(build) or (_REFERENCE if "netlib" in build else None)
    return None


def _maker_in(text: str) -> str | None:
    return next((who for piece, who in _MAKERS if piece in text.lower()), None)


def bundled(pair: Pair) -> list[str]:
    """Paths of BLAS libraries that Python distributions bring along."""
    return [
        path
        for path in pair.native(*FAMILIES)
        if path.startswith("native.wheel.") and path.rsplit(".", 1)[1] in FAMILIES
    ]


def users_of_the_systems(pair: Pair) -> list[str]:
    """Distributions that need a BLAS and bring none: those that Debian, conda or a build from
    source link with the system's."""
    return [
        path
        for path in pair.installed(*_LINKED[:-1])
        if not any(
            brought.startswith(f"native.wheel.{path.rsplit('.', 1)[1]}.")
            for brought in bundled(pair)
        )
    ]


def same_platform(pair: Pair) -> bool:
    """Whether wheels for one side fit the other: else every compiled distribution differs, and
    that is not the cause."""
    return not any(
        pair.change(path)
        for path in ("python.series", "python.implementation", "os.arch", "os.libc.family")
    )
