"""Two fingerprints and their comparison, as rules look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from packaging.utils import canonicalize_name
from packaging.version import Version

from ..compare.globs import FiledPaths
from ..compare.mechanisms import PREFIX
from ..compare.versions import pep440
from ..model import Change, Comparison, Fingerprint, Value, whole_number

# Distributions that compute on a BLAS, or on thread pools of their own.
BLAS_USERS = ("numpy", "scipy", "torch", "scikit-learn", "jax", "jaxlib", "tensorflow")
_OPENMP_USERS = (
    "torch", "scikit-learn", "xgboost", "lightgbm", "catboost", "faiss-cpu", "numexpr", "scipy",
    "numpy", "opencv-python", "opencv-python-headless", "spacy", "llama-cpp-python", "onnxruntime",
)  # fmt: skip
# Variables that fix the size of thread pools; the first that a library reads counts.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "GOTO_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS", "NUMBA_NUM_THREADS",
    "TORCH_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "ARROW_NUM_THREADS",
)  # fmt: skip


class Pair:
    """`a` and `b`, and what differs between them.

    A rule asks for changes by glob and for facts by path. `before` and `after` of a change are
    A's and B's values; neither side is the right one.
    """

    def __init__(self, a: Fingerprint, b: Fingerprint, comparison: Comparison) -> None:
        self.a = a
        self.b = b
        self.comparison = comparison
        self._by_path = {change.path: change for change in comparison.changes}
        self._changed = FiledPaths(self._by_path)
        # Paths that rules of something in particular have named, once they have run.
        self.explained: frozenset[str] = frozenset()

    def change(self, path: str) -> Change | None:
        return self._by_path.get(path)

    def changes(self, *globs: str) -> list[Change]:
        """Changes whose path matches one of the globs (`*` crosses dots), folded ones too."""
        return [self._by_path[path] for path in self._changed.matching(globs)]

    def left(self, *globs: str) -> list[Change]:
        """As `changes`, without those that a rule of something in particular names: for
        fallbacks, which tell of what nothing in particular is known of."""
        return [change for change in self.changes(*globs) if change.path not in self.explained]

    @cached_property
    def probes(self) -> Mapping[str, bool]:
        """Of each numeric probe that both sides have (`numpy.svd`) whether it differs."""
        ours, theirs = (
            section.facts if (section := side.sections.get("probes")) is not None else {}
            for side in (self.a, self.b)
        )
        return {
            name: f"{PREFIX}{name}" in self._by_path for name in sorted(ours.keys() & theirs.keys())
        }

    def values(self, path: str) -> tuple[Value, Value]:
        """A's and B's value of a fact, None where a side has none."""
        return self.a.get(path), self.b.get(path)

    def either(self, path: str) -> Value:
        """A fact's value on A, or else on B."""
        before, after = self.values(path)
        return after if before is None else before

    def env(self, name: str) -> tuple[str | None, str | None]:
        """A variable's value on both sides; None where it is not set or its value is hidden."""
        before, after = self.values(f"env.{name}")
        return (
            before if isinstance(before, str) else None,
            after if isinstance(after, str) else None,
        )

    def facts(self, *globs: str) -> Iterator[tuple[str, Value, Value]]:
        """(path, A's value, B's value) of the facts on either side that match, changed or not."""
        for path in self._paths.matching(globs):
            yield path, self.a.get(path), self.b.get(path)

    def installed(self, *names: str) -> list[str]:
        """Of these Python distributions, the paths of those that both sides have."""
        paths = [f"python.packages.{canonicalize_name(name)}" for name in names]
        return [path for path in paths if None not in self.values(path)]

    def installed_anywhere(self, *names: str) -> list[str]:
        """Of these Python distributions, the paths of those that either side has."""
        paths = [f"python.packages.{canonicalize_name(name)}" for name in names]
        return [path for path in paths if self.values(path) != (None, None)]

    def version(self, name: str) -> tuple[Version | None, Version | None]:
        """A distribution's version on both sides; None where it is missing or no version."""
        before, after = self.values(f"python.packages.{canonicalize_name(name)}")
        return _version(before), _version(after)

    def series(self) -> tuple[str | None, str | None]:
        """Python's `3.11` on both sides."""
        before, after = self.values("python.series")
        return (
            before if isinstance(before, str) else None,
            after if isinstance(after, str) else None,
        )

    def series_numbers(self) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """`(3, 11)` on both sides, of a free-threaded build (`3.13t`), too."""
        before, after = self.series()
        return _series_number(before), _series_number(after)

    def native(self, *families: str) -> list[str]:
        """Paths of facts about native libraries of these families (`openblas`, `gomp`, ...):
        mapped by the process, brought by a wheel, or found by the loader."""
        found = []
        for path in self._paths.matching(("native.*",)):
            by_soname = path.startswith(("native.system.", "native.conda."))
            name = path.split(".", 2)[2] if by_soname else path.rsplit(".", 1)[-1]
            if any(name == family or name.startswith(f"lib{family}") for family in families):
                found.append(path)
        return found

    def loaded(self, *families: str) -> list[str]:
        """As `native`, of those that the main process of either side has really mapped."""
        return [path for path in self.native(*families) if path.startswith("native.loaded.")]

    def blas(self) -> list[str]:
        """Paths that show that the application computes on a BLAS."""
        return [
            *self.loaded("openblas", "mkl", "blis", "blas", "lapack", "atlas", "armpl"),
            *self.installed(*BLAS_USERS),
        ]

    def openblas(self) -> list[str]:
        """Paths that show that the BLAS is OpenBLAS (numpy's and scipy's wheels bring it)."""
        found = self.native("openblas", "scipy_openblas")
        return found or self.installed("numpy", "scipy")

    def mkl(self) -> list[str]:
        """Paths that show MKL: its libraries, conda's or Intel's packages, or PyTorch for
        x86-64, which is linked with it."""
        arm = any(str(value).startswith(("aarch64", "arm")) for value in self.values("os.arch"))
        torch = [] if arm else self.installed("torch")
        return [*self.native("mkl"), *self.installed("mkl", "mkl-service"), *torch]

    def openmp(self) -> list[str]:
        """Paths that show libraries with OpenMP thread pools."""
        return [*self.loaded("gomp", "iomp", "omp"), *self.installed(*_OPENMP_USERS)]

    def pinned_threads(self) -> list[str]:
        """Paths of thread-count variables that are set alike on both sides."""
        paths = [f"env.{name}" for name in THREAD_VARIABLES]
        return [path for path in paths if self.a.get(path) == self.b.get(path) is not None]

    def cpus(self) -> tuple[float | None, float | None]:
        """How many CPUs each side may use at a time: affinity, and the quota where smaller."""
        return _cpus(self.a), _cpus(self.b)

    @cached_property
    def _paths(self) -> FiledPaths:
        return FiledPaths(dict.fromkeys([path for s in (self.a, self.b) for path, _ in s.facts()]))


def as_mapping(value: Value) -> Mapping[str, Value]:
    """A small object, or an empty one."""
    return value if isinstance(value, dict) else {}


def wheel_tags(source: Value) -> list[str]:
    """The tags of a `python.sources` fact: `cp312-cp312-manylinux_2_28_x86_64`."""
    tags = as_mapping(source).get("tags")
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def built_locally(source: Value) -> bool:
    """Whether pip compiled it on some machine: an index takes manylinux and musllinux only."""
    return any("-linux_" in tag for tag in wheel_tags(source))


def shown(value: Value) -> str:
    """A value in a sentence."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(item) for item in value) or "none"
    if isinstance(value, dict):
        if value == {"set": True}:
            return "set (value withheld)"
        return ", ".join(f"{key} {shown(item)}" for key, item in value.items())
    if isinstance(value, str) and value.startswith("hmac-sha256:"):
        return "set (value hidden)"
    return str(value) if value != "" else "empty"


def sides(change: Change) -> str:
    """`1 in A, not set in B`: for messages."""
    return f"{shown(change.before)} in A, {shown(change.after)} in B"


def listed(texts: Sequence[str], most: int = 4) -> str:
    """The first few, and how many more there are: for messages."""
    more = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return "; ".join([*texts[:most], *more])


def where(values: tuple[Value, Value], holds: Callable[[Value], bool]) -> str:
    """The sides whose value is such: `A`, `B`, `A and B` or nothing."""
    return " and ".join(name for name, value in zip("AB", values, strict=True) if holds(value))


def first(paths: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The first few paths, as evidence."""
    return tuple(dict.fromkeys(paths))[:most]


def _series_number(series: str | None) -> tuple[int, int] | None:
    major, _, minor = (series or "").rstrip("t").partition(".")
    numbers = whole_number(major), whole_number(minor)
    return None if numbers[0] is None or numbers[1] is None else (numbers[0], numbers[1])


def _version(value: Value) -> Version | None:
    return pep440(value) if isinstance(value, str) else None


def _cpus(side: Fingerprint) -> float | None:
    counts = [
        float(value)
        for value in (side.get("limits.affinity.count"), side.get("limits.cpu.quota"))
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    return min(counts, default=None)
