"""The same seed gives other random numbers in another version.

What it means
    NumPy's Generator (default_rng) may change its streams with every minor version, PyTorch and
    TensorFlow promise nothing across releases, and scikit-learn, SciPy and pandas draw in
    another order when an algorithm changes. The versions differ.

Why it matters
    Shuffles, samples, initial weights and simulations differ although the seed is the same, and
    with them everything that is computed from them. (NumPy's RandomState, np.random.seed, is
    frozen.)

How to confirm
    `python -c "import numpy as np; g = np.random.default_rng(0); print(g.random(2), g.normal(),
    g.choice(9, 3, replace=False), g.permutation(5))"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA141",
    name="random-stream-version",
    effects=("numerics", "behaviour"),
    severity="medium",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="pin the version: `RUN pip install numpy==1.26.4`; or draw with "
        "numpy.random.RandomState, whose streams are frozen",
    ),
    sources=(
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/random/compatibility.rst",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/randomness.rst",
    ),
)
# Distribution -> how many parts of the version may change without another stream.
STABLE_PARTS = {"numpy": 2, "torch": 2, "tensorflow": 2, "scikit-learn": 2, "scipy": 2}


def check(pair: Pair) -> Iterator[Hit]:
    for name, parts in STABLE_PARTS.items():
        change = pair.change(f"python.packages.{name}")
        ours, theirs = pair.version(name)
        if change is None or ours is None or theirs is None:
            continue
        if _series(ours, parts) == _series(theirs, parts):
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: random numbers for the same seed are promised "
            "within a version only, so that samples, shuffles and initial weights can differ.",
            changes=(change,),
            confidence=0.45 if name in ("numpy", "torch") else 0.3,
        )


def _series(version: Version, parts: int) -> tuple[int, ...]:
    return version.release[:parts]
