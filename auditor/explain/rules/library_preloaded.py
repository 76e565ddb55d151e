"""A library that is loaded before all others replaces functions.

What it means
    LD_PRELOAD names libraries whose functions take the place of everybody else's: another libm
    (AMD's libalm, Intel's libimf and SVML), another BLAS, or a library of one's own. It differs.

Why it matters
    exp, log, sin or matrix products come from another implementation, with other rounding:
    results differ in their last digits although every package is the same. A library that
    resets the processor's floating-point mode (flush to zero) changes all arithmetic.

How to confirm
    Run the program on both sides with `env -u LD_PRELOAD`; `LD_DEBUG=bindings` shows which
    library a function comes from.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..pair import Pair, as_mapping, first, shown
from ..rule import Hit, Remedy, Rule

# Pieces of file names: what replaces mathematics, and what other rules know.
MATHEMATICS = ("libm.", "libm-", "libimf", "libsvml", "libalm", "libamdlibm", "sleef", "libmvec",
               "blas", "lapack", "libmkl", "libblis", "libfftw", "libvml", "fastm", "armpl",
               "libamath")  # fmt: skip
KNOWN_OTHERS = (
    "jemalloc", "tcmalloc", "mimalloc", "hoard", "scudo", "malloc", "faketime", "eatmydata",
    "libstdc++", "libgcc_s", "asan", "tsan", "ubsan", "nss_wrapper", "fakeroot", "gvisor",
    "snoopy", "libsegfault", "libcuda", "nvidia", "libgomp", "libiomp", "libomp", "libgfortran",
)  # fmt: skip
FAMILIES = ("svml", "imf", "sleef", "amdlibm")

RULE = Rule(
    id="EA127",
    name="library-preloaded",
    effects=("numerics", "behaviour"),
    severity="high",
    reads=("env.LD_PRELOAD", "native.preload*", "native.loaded.*"),
    remedy=Remedy(
        image="remove `ENV LD_PRELOAD=...` from the Dockerfile and what writes "
        "/etc/ld.so.preload, or set the same in both",
        runtime="docker run -e LD_PRELOAD= ... (Kubernetes: env: [{name: LD_PRELOAD, value: ''}])",
    ),
    sources=(
        "https://moyix.blogspot.com/2022/09/someones-been-messing-with-my-subnormals.html",
        "https://docslib.org/doc/9125269/accuracy-of-mathematical-functions-in-single-double-extended-double-and-quadruple-precision-paul-zimmermann",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    paths = ("env.LD_PRELOAD", "native.preload.file", "native.preload")
    change = next((one for path in paths if (one := pair.change(path)) is not None), None)
    names = _entries(change.before) ^ _entries(change.after) if change else frozenset()
    loaded = [one for family in FAMILIES if (one := _brought_in(pair, family)) is not None]
    mathematics = [name for name in names if any(piece in name for piece in MATHEMATICS)]
    unknown = [
        name for name in names if not any(piece in name for piece in (*MATHEMATICS, *KNOWN_OTHERS))
    ]
    if change is not None and (mathematics or unknown):
        which = sorted(mathematics or unknown)
        yield Hit(
            message=f"{_SETTINGS.get(change.path, 'What is loaded before all others')} is "
            f"{shown(change.before)} in A, {shown(change.after)} in B: "
            f"{', '.join(which[:3])} takes the place of functions of the same name, so that "
            "their results come from another implementation.",
            changes=(change, *loaded),
            facts=first(path for path, _, _ in pair.facts("native.preload*")),
            confidence=0.85 if mathematics else 0.45,
        )
    elif loaded:
        yield Hit(
            message=f"The process has loaded another library of mathematical functions "
            f"({', '.join(one.key.removeprefix('loaded.') for one in loaded)}) on one side only, "
            "from outside the packages: exp, log and sin round differently in the last digit.",
            changes=tuple(loaded),
            confidence=0.75,
        )


_SETTINGS = {"env.LD_PRELOAD": "LD_PRELOAD", "native.preload.file": "/etc/ld.so.preload"}


def _entries(value: Value) -> frozenset[str]:
    """The files' names, in lower case."""
    if isinstance(value, (list, tuple)):
        words = [str(one) for one in value]
    else:
        words = str(value or "").replace(":", " ").split()
    return frozenset(word.rsplit("/", 1)[-1].lower() for word in words)


def _brought_in(pair: Pair, family: str) -> Change | None:
    """A library that is mapped on one side only, and not for a package that brings it."""
    change = pair.change(f"native.loaded.{family}")
    if change is None or None not in (change.before, change.after):
        return None
    there = change.after if change.before is None else change.before
    source = as_mapping(there).get("source")
    return change if source in ("preload", "LD_LIBRARY_PATH", "system", "other") else None
