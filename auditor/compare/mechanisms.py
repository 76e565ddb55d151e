"""What numeric probes point to, and what acts on them.

A probe's digest differs because what computes it differs: a kernel, a library, a number of
threads. The table says which facts, when they change, can change which probes; it is read both
ways, to fold a probe under what it follows from, and to hold an explanation against the probes
that would have to differ if it were right. How it was found: docs/deep.md.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import translate
from functools import cache, lru_cache
from typing import NamedTuple

from ..model import Value

PREFIX = "probes."

_BLAS = (
    "numpy.gemm*", "numpy.gemv*", "numpy.dot*", "numpy.syrk*", "numpy.solve", "numpy.inv",
    "numpy.svd", "numpy.eigh", "numpy.qr", "numpy.cholesky", "numpy.lstsq", "scipy.gemm",
    "scipy.solve", "scipy.svd", "sklearn.*", "pandas.*",
)  # fmt: skip
_TORCH_BLAS = ("torch.mm*", "torch.mv*", "torch.linear")
_VECTORS = (
    "libm.*", "numpy.*", "scipy.*", "pandas.*", "sklearn.*", "torch.*", "cv2.*", "numexpr.*",
    "bottleneck.*", "pyarrow.*", "tensorflow.*", "jax.*", "xgboost.*", "lightgbm.*",
)  # fmt: skip


# Distribution, its module where that is asked (--deep), and the probes that change with it.
_LIBRARIES = (
    ("numpy", "numpy", ("numpy.*", "scipy.*", "pandas.*", "sklearn.*", "numexpr.*", "bottleneck.*",
                        "cv2.*")),
    ("scipy", "scipy", ("scipy.*", "sklearn.*")),
    ("pandas", "pandas", ("pandas.*",)),
    ("bottleneck", "bottleneck", ("bottleneck.*", "pandas.sum*", "pandas.mean", "pandas.var")),
    ("numexpr", "numexpr", ("numexpr.*", "pandas.*")),
    ("scikit-learn", "sklearn", ("sklearn.*",)),
    ("torch", "torch", ("torch.*",)),
    ("tensorflow*", "tensorflow", ("tensorflow.*",)),
    ("jax*", "jax", ("jax.*",)),
    ("xgboost*", "xgboost", ("xgboost.*",)),
    ("lightgbm", "lightgbm", ("lightgbm.*",)),
    ("pyarrow", "pyarrow", ("pyarrow.*", "pandas.dtypes", "pandas.csv.*")),
    ("opencv-*", "cv2", ("cv2.*",)),
    ("mkl*", "", (*_BLAS, *_TORCH_BLAS)),
)  # fmt: skip


class Mechanism(NamedTuple):
    """`name` in words; `facts`: globs of what decides it; `probes`: globs of what it changes."""

    name: str
    facts: tuple[str, ...]
    probes: tuple[str, ...]


# The most particular first: a probe is folded under the first that has changed.
MECHANISMS = (
    Mechanism(
        "the kernels that OpenBLAS computes with",
        ("env.OPENBLAS_CORETYPE", "env.OPENBLAS_*", "env.GOTO*"),
        _BLAS,
    ),
    Mechanism("the code path of MKL", ("env.MKL_*",), (*_BLAS, *_TORCH_BLAS)),
    Mechanism("NumPy's dispatch to vector instructions", ("env.NPY_*",), ("numpy.*", "pandas.*")),
    Mechanism(
        "PyTorch's and oneDNN's dispatch to vector instructions",
        ("env.ATEN_CPU_CAPABILITY", "env.ONEDNN_*", "env.DNNL_*", "env.TORCH*", "env.PYTORCH_*"),
        ("torch.*",),
    ),
    Mechanism(
        "TensorFlow's and oneDNN's switches",
        (
            "env.TF_*",
            "env.ONEDNN_*",
            "env.DNNL_*",
            "frameworks.tensorflow.onednn",
            "frameworks.tensorflow.deterministic",
            "frameworks.tensorflow.xla_jit",
            "frameworks.tensorflow.optimizer",
        ),
        ("tensorflow.*",),
    ),
    Mechanism(
        "JAX's and XLA's switches",
        ("env.JAX_*", "env.XLA_*", "frameworks.jax.config.*"),
        ("jax.*",),
    ),
    Mechanism("pandas' options", ("env.PANDAS_*", "frameworks.pandas.options.*"), ("pandas.*",)),
    Mechanism("OpenCV's switches", ("env.OPENCV_*",), ("cv2.*",)),
    Mechanism("numexpr's switches", ("env.NUMEXPR_*",), ("numexpr.*", "pandas.*")),
    Mechanism(
        "the seed of Python's hashes",
        ("env.PYTHONHASHSEED", "python.flags.hash_*"),
        ("python.hash.*",),
    ),
    Mechanism("the time zone", ("env.TZ", "time.timezone", "time.utc_offset*"), ("time.local",)),
    Mechanism(
        "the time zone database",
        (
            "time.tzdata*",
            "python.packages.tzdata",
            "os.packages.tzdata*",
            "conda.packages.tzdata",
            "env.*TZ*",
        ),
        ("time.zones", "time.local"),
    ),
    Mechanism(
        "the locale",
        ("env.LC_*", "env.LANG", "env.LANGUAGE", "locale.*"),
        ("text.collation", "time.strftime"),
    ),
    *(
        Mechanism(
            "the version of a library that computes",
            tuple(f"python.{section}.{name}" for section in ("packages", "integrity", "sources")),
            probes,
        )
        for name, _, probes in _LIBRARIES
    ),
    # Where another one is imported than is installed: from a user's own packages, by PYTHONPATH.
    *(
        Mechanism("the library that is imported", (f"frameworks.{module}.version",), probes)
        for _, module, probes in _LIBRARIES
        if module
    ),
    Mechanism(
        "a library that replaces others' functions",
        ("env.LD_PRELOAD", "native.preload*", "env.LD_LIBRARY_PATH"),
        _VECTORS,
    ),
    # Code that was built with -ffast-math switches denormals off when it is loaded.
    Mechanism(
        "a library that was built otherwise",
        ("python.sources.*", "python.integrity.*", "env.LD_PRELOAD", "native.preload*"),
        ("python.denormals", "python.float.parse"),
    ),
    Mechanism(
        "the BLAS that is loaded",
        (
            "native.*blas*",
            "native.*lapack*",
            "native.*mkl*",
            "os.packages.*blas*",
            "os.packages.*lapack*",
            "conda.*blas*",
            "conda.*lapack*",
            "conda.*mkl*",
            "frameworks.*.blas.*",
            "env.FLEXIBLAS*",
            "env.BLIS_*",
            "threads.*blas*",
            "threads.*mkl*",
            "threads.*blis*",
        ),
        (*_BLAS, *_TORCH_BLAS),
    ),
    Mechanism(
        "the number of threads among which sums are split",
        (
            "env.*_NUM_THREADS",
            "env.*_MAX_THREADS",
            "env.OMP_*",
            "threads.*",
            "frameworks.*threads*",
            "limits.cpu.quota",
            "limits.cpuset",
            "limits.affinity*",
            "cpu.logical_count",
        ),
        (*_BLAS, "torch.*", "numexpr.*", "tensorflow.*", "jax.*"),
    ),
    Mechanism(
        "the C library's mathematics",
        ("os.libc.*", "env.GLIBC_TUNABLES", "os.packages.libc6", "os.packages.musl"),
        (*_VECTORS, "python.float.*", "text.collation", "time.strftime"),
    ),
    Mechanism(
        "the interpreter's own algorithms",
        ("python.version", "python.series", "python.implementation"),
        ("python.*", "text.*", "time.*"),
    ),
    Mechanism("Unicode's tables", ("python.unicode.version",), ("text.unicode",)),
    Mechanism(
        "the processor",
        ("os.arch", "cpu.*"),
        (*_VECTORS, "python.float.*"),
    ),
)


# Probes of something else than numbers: an order, a type, a text, a time. The first that matches.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("time", ("time.*",)),
    ("text", ("text.*", "numpy.text", "pandas.csv.written", "python.float.repr",
              "python.float.format")),
    ("behaviour", ("python.hash.*", "numpy.promotion", "numpy.fft.single", "numpy.arg*",
                   "numpy.unique", "pandas.dtypes", "scipy.mode")),
)  # fmt: skip


class Acting:
    """Some facts that have changed, by the mechanisms that they decide."""

    def __init__(self, changed: Iterable[str]) -> None:
        self._paths: list[list[str]] = [[] for _ in MECHANISMS]
        for path in sorted(changed):
            if not path.startswith(PREFIX):
                for number in _decided_by(path):
                    self._paths[number].append(path)

    def on(self, probe: str) -> Iterator[str]:
        """Those that can be why a probe (`probes.numpy.svd`) differs, the most particular
        first; one may come twice."""
        for number in _behind(probe.removeprefix(PREFIX)):
            yield from self._paths[number]


def acts_on(path: str) -> tuple[str, ...]:
    """Globs of the probes (without their section) that a change of this fact can change."""
    found: dict[str, None] = {}
    for number in _decided_by(path):
        found.update(dict.fromkeys(MECHANISMS[number].probes))
    return tuple(found)


def kind_of(probe: str) -> str:
    """The effect that a probe stands for: `numerics`, where its numbers are what differs."""
    name = probe.removeprefix(PREFIX)
    return next((kind for kind, globs in _KINDS if _any_of(globs).match(name)), "numerics")


def points_to(probe: str) -> list[str]:
    """The mechanisms that a probe depends on, in words, the most particular first."""
    numbers = _behind(probe.removeprefix(PREFIX))
    return list(dict.fromkeys(MECHANISMS[number].name for number in numbers))


def _decided_by(path: str) -> tuple[int, ...]:
    return _matching(path, tuple(mechanism.facts for mechanism in MECHANISMS))


@lru_cache(maxsize=1024)
def _behind(probe: str) -> tuple[int, ...]:
    return _matching(probe, tuple(mechanism.probes for mechanism in MECHANISMS))


def _matching(name: str, tables: tuple[tuple[str, ...], ...]) -> tuple[int, ...]:
    return tuple(number for number, globs in enumerate(tables) if _any_of(globs).match(name))


@cache
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Compiled when it is first needed: most comparisons have no probes."""
    return re.compile("|".join(map(translate, globs)))


def units_apart(before: Mapping[str, Value], after: Mapping[str, Value]) -> int | None:
    """The largest distance of the kept values, in units in the last place; None where none are
    kept, or where a side has other ones."""
    kind = before.get("type")
    if not isinstance(kind, str) or kind != after.get("type") or kind not in _FORMS:
        return None
    form, integer = _FORMS[kind]
    sides = []
    for side in (before, after):
        values = side.get("values")
        try:
            numbers = [float.fromhex(word) for word in str(values).split()]
            bits = struct.pack(f"<{len(numbers)}{form}", *numbers)
        except (ValueError, OverflowError, struct.error):
            return None
        sides.append(struct.unpack(f"<{len(numbers)}{integer}", bits))
    if len(sides[0]) != len(sides[1]) or not sides[0]:
        return None
    width = 8 * struct.calcsize(form)
    return max(abs(_ordered(x, width) - _ordered(y, width)) for x, y in zip(*sides, strict=True))


_FORMS = {"float64": ("d", "q"), "float32": ("f", "i")}


def _ordered(bits: int, width: int) -> int:
    """The bit patterns of floats in the order of their values (IEEE 754: sign and magnitude)."""
    return bits if bits >= 0 else -(bits & (2 ** (width - 1) - 1))
