"""Matrix products are computed by another library.

What it means
    NumPy, SciPy, R and others compute linear algebra with whatever library is behind the names
    libblas and liblapack: the reference implementation, OpenBLAS, MKL, BLIS or ATLAS. The
    system's choice (update-alternatives, FlexiBLAS, conda's variants) or the library that the
    process has loaded differs.

Why it matters
    Each adds in its own order, blocks its own way and uses other instructions. Matrix products
    differ in their last digits; signs and order of eigenvectors, and solutions of nearly
    singular systems, differ visibly. The reference implementation is also 10 to 100 times
    slower.

How to confirm
    `python -m threadpoolctl -i numpy` or `python -c "import numpy; numpy.show_config()"` on both
    sides; `update-alternatives --display libblas.so.3-x86_64-linux-gnu` on Debian, `conda list
    blas` in a conda environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change
from ..knowledge.blas import FAMILIES, bundled, maker, users_of_the_systems
from ..knowledge.switches import settings, told
from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA113",
    name="blas-provider-differs",
    effects=("numerics", "performance"),
    severity="high",
    reads=(
        "native.*blas*",
        "native.*lapack*",
        "native.*mkl*",
        "native.*blis*",
        "native.*atlas*",
        "native.*armpl*",
        "conda.sources.*blas*",
        "conda.sources.*lapack*",
        "env.FLEXIBLAS",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="install the same one in both: `RUN apt-get install -y libopenblas0-pthread` "
        "(Debian), `conda install 'libblas=*=*openblas'` (conda), or the wheels from PyPI, which "
        "bring their own OpenBLAS",
    ),
    sources=(
        "https://github.com/scipy/scipy/blob/main/doc/source/building/blas_lapack.rst",
        "https://github.com/OpenMathLib/OpenBLAS/blob/develop/docs/faq.md",
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/random/compatibility.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = users_of_the_systems(pair)
    loaded = _loaded(pair)
    if loaded:
        yield _hit(loaded, 0.85, users)
        return
    systems = _systems(pair)
    if systems:
        yield _hit(systems, 0.85 if users else 0.3, users or [*pair.blas(), *bundled(pair)])
    flexiblas = settings(pair, "FLEXIBLAS")
    if flexiblas and pair.native("flexiblas"):
        yield Hit(
            message=f"{told(flexiblas)}: FlexiBLAS hands linear algebra to another library, "
            "which changes the last digits of matrix products and the speed.",
            changes=flexiblas,
            facts=first([*pair.native("flexiblas"), *users]),
            confidence=0.9,
        )


def _loaded(pair: Pair) -> tuple[Change, ...]:
    """Libraries that the process has mapped on one side only, where each side has some."""
    changes = [
        change
        for family in FAMILIES
        if (change := pair.change(f"native.loaded.{family}")) is not None
        and None in (change.before, change.after)
    ]
    sides = (any(c.before is not None for c in changes), any(c.after is not None for c in changes))
    return tuple(changes) if all(sides) else ()


def _systems(pair: Pair) -> tuple[Change, ...]:
    """What the loader would take, or the conda environment holds, where another made it."""
    places = ("native.system.", "native.conda.", "conda.sources.")
    names = ("lib*blas*", "liblapack*", "blas")
    return tuple(
        change
        for change in pair.changes(*(place + name for place in places for name in names))
        if None not in (maker(change.before), maker(change.after))
        and maker(change.before) != maker(change.after)
    )


def _hit(changes: tuple[Change, ...], confidence: float, users: list[str]) -> Hit:
    who = [
        " and ".join(sorted({maker(value) or shown(value) for value in values if value}))
        for values in ([c.before for c in changes], [c.after for c in changes])
    ]
    return Hit(
        message=f"Linear algebra is computed by {who[0]} in A and by {who[1]} in B: they add in "
        "another order, so matrix products, solutions and eigenvectors differ from the last "
        "digits on.",
        changes=changes,
        facts=first(users),
        confidence=confidence,
    )
