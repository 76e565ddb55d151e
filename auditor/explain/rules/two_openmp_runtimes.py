"""One process holds two OpenMP runtimes on one side.

What it means
    GNU's libgomp, LLVM's libomp and Intel's libiomp5 each run the threads of code that was
    compiled for them. Packages bring different ones, and on one side more of them are loaded,
    or KMP_DUPLICATE_LIB_OK, which silences the check, is set differently.

Why it matters
    Intel's and LLVM's runtimes refuse to share a process ("OMP: Error #15: Initializing
    libiomp5.so, but found libomp.so already initialized") and abort; with the check silenced
    they may crash, hang or compute wrongly. Two pools of threads also compete for the
    processors.

How to confirm
    `python -m threadpoolctl -i numpy torch sklearn` lists the runtimes of the process (those
    with "user_api": "openmp").
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Fingerprint
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

LOADED = {
    "native.loaded.gomp": "libgomp",
    "native.loaded.iomp": "libiomp5",
    "native.loaded.omp": "libomp",
}

RULE = Rule(
    id="EA335",
    name="two-openmp-runtimes",
    effects=("crash", "performance", "numerics"),
    severity="high",
    reads=("native.loaded.*", "threads.*", "env.KMP_DUPLICATE_LIB_OK", "python.packages.*"),
    remedy=Remedy(
        image="packages that use one runtime (all from PyPI, or all from conda-forge with one "
        "`_openmp_mutex`); ENV MKL_THREADING_LAYER=GNU where MKL is one of them",
        runtime="docker run -e KMP_DUPLICATE_LIB_OK=... the same on both sides, better on neither",
    ),
    sources=(
        "https://github.com/joblib/threadpoolctl/blob/master/multiple_openmp.md",
        "https://github.com/rotemtzaban/STIT/issues/22",
        "https://github.com/peterwittek/somoclu/issues/135",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [change for path in LOADED if (change := pair.change(path)) is not None]
    changes += [one for one in pair.changes("threads.*") if _runtime_of(one.path) is not None]
    counts = [_runtimes(side) for side in (pair.a, pair.b)]
    if changes and counts[0] != counts[1] and max(map(len, counts)) > 1:
        clash = any({"libiomp5", "libomp"} <= names for names in counts)
        yield Hit(
            message=f"The process has loaded {_named(counts[0])} in A, {_named(counts[1])} in B: "
            "several OpenMP runtimes in one process can abort it (OMP: Error #15), hang it or "
            "oversubscribe the processors.",
            changes=tuple(changes),
            confidence=0.75 if clash else 0.4,
        )
    variable = pair.change("env.KMP_DUPLICATE_LIB_OK")
    users = pair.openmp()
    if variable is not None and users:
        yield Hit(
            message=f"KMP_DUPLICATE_LIB_OK is {sides(variable)}: where it is set, a second "
            "OpenMP runtime is tolerated, at the risk of crashes and wrong results; elsewhere "
            "the program stops with OMP: Error #15.",
            changes=(variable,),
            facts=tuple(users[:3]),
            confidence=0.65,
        )


def _runtimes(side: Fingerprint) -> set[str]:
    """Those that the process has mapped, and those that its libraries bring into one (--deep)."""
    mapped = {name for path, name in LOADED.items() if side.get(path) is not None}
    section = side.sections.get("threads")
    pools = section.facts if section is not None else {}
    return mapped | {name for key in pools if (name := _runtime_of(f"threads.{key}"))}


def _runtime_of(path: str) -> str | None:
    """`threads.scikit_learn.gomp` is libgomp."""
    return LOADED.get(f"native.loaded.{path.split('.')[2]}") if path.count(".") >= 2 else None


def _named(names: set[str]) -> str:
    return " and ".join(sorted(names)) or "no OpenMP runtime"
