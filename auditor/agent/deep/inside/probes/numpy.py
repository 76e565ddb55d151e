"""NumPy: its BLAS, its SIMD loops, and its own algorithms."""

from __future__ import annotations

from .inputs import doubles, floats
from .result import of_text, probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Odd shapes: with even ones, kernels and thread counts often agree to the last digit.
_ROWS, _INNER, _COLUMNS = 193, 211, 187
_LOOP = 4001  # elements: whole vectors, and a rest


def bits(values: Any) -> tuple[str, bytes]:
    """An array of doubles or floats as a probe's content."""
    import numpy as np

    values = np.ascontiguousarray(values)
    if values.dtype.kind == "c":
        values = values.view(values.real.dtype)
    return ("f" if values.dtype.itemsize == 4 else "d"), values.tobytes()


def array(seed: str, *shape: int, single: bool = False, signed: bool = True) -> Any:
    import numpy as np

    count = 1
    for length in shape:
        count *= length
    content = (floats if single else doubles)(seed, count, signed)
    return np.frombuffer(content, "<f4" if single else "<f8").reshape(shape)


def blas() -> dict[str, Any]:
    found = {}
    for name, single in (("float64", False), ("float32", True)):
        a = array("a", _ROWS, _INNER, single=single)
        b = array("b", _INNER, _COLUMNS, single=single)
        x = array("x", _INNER, single=single)
        long = array("long", 10007, single=single)
        other = array("other", 10007, single=single)
        found["numpy.gemm." + name] = probe(lambda a, b: bits(a @ b), a, b)
        found["numpy.gemv." + name] = probe(lambda a, x: bits(a @ x), a, x)
        found["numpy.dot." + name] = probe(lambda x, y: bits(x @ y), long, other)
        found["numpy.syrk." + name] = probe(lambda a: bits(a @ a.T), a)
    # Large enough to be split among threads by every BLAS.
    wide, tall = array("wide", 401, 509), array("tall", 509, 397)
    found["numpy.gemm.large"] = probe(lambda: bits(wide @ tall))
    return found


def loops() -> dict[str, Any]:
    import numpy as np

    found = {}
    for name, single in (("float64", False), ("float32", True)):
        values = array("loops", _LOOP, single=single)
        positive = array("positive", _LOOP, single=single, signed=False)
        half = values * np.asarray(0.5, values.dtype)
        for function, inputs in (
            ("exp", values), ("expm1", values), ("log", positive), ("log1p", positive),
            ("sin", values), ("cos", values), ("tan", values), ("arcsin", half),
            ("arctan", values), ("tanh", values), ("sqrt", positive), ("cbrt", values),
        ):  # fmt: skip
            compute = getattr(np, function)
            found["numpy.%s.%s" % (function, name)] = probe(
                lambda compute, inputs: bits(compute(inputs)), compute, inputs
            )
        found["numpy.power." + name] = probe(lambda x, y: bits(np.power(x, y)), positive, values)
        # No vector code of NumPy's own: the C library's functions, one element at a time.
        found["numpy.arctan2." + name] = probe(
            lambda x, y: bits(np.arctan2(x, y)), values, positive
        )
        found["numpy.hypot." + name] = probe(lambda x, y: bits(np.hypot(x, y)), values, positive)
        found["numpy.logaddexp." + name] = probe(
            lambda x, y: bits(np.logaddexp(x, y)), values, positive
        )
    return found


def complex_loops() -> dict[str, Any]:
    """Products: with fused multiply-add or without. Functions: the C library's, whose single
    precision changed where double precision did not."""
    import numpy as np

    found = {}
    for name, single in (("complex128", False), ("complex64", True)):
        kind = "<c8" if single else "<c16"
        x = array("complex x", 2 * 1001, single=single).view(kind)
        y = array("complex y", 2 * 1001, single=single).view(kind)
        found["numpy.multiply." + name] = probe(lambda x, y: bits(x * y), x, y)
        for function in ("exp", "log", "sin", "tanh"):
            compute = getattr(np, function)
            found["numpy.%s.%s" % (function, name)] = probe(
                lambda compute, x: bits(compute(x)), compute, x
            )
    return found


def reductions() -> dict[str, Any]:
    import numpy as np

    found = {}
    for name, single in (("float64", False), ("float32", True)):
        values = array("sums", 20011, single=single)
        grid = array("grid", 67, 71, single=single)
        found["numpy.sum." + name] = probe(lambda x: bits(x.sum()), values)
        found["numpy.sum.axis0." + name] = probe(lambda x: bits(x.sum(axis=0)), grid)
        found["numpy.cumsum." + name] = probe(lambda x: bits(x.cumsum()[-1:]), values)
        found["numpy.mean." + name] = probe(lambda x: bits(x.mean()), values)
        found["numpy.std." + name] = probe(lambda x: bits(x.std()), values)
        found["numpy.nansum." + name] = probe(lambda x: bits(np.nansum(x)), values)
        found["numpy.einsum." + name] = probe(lambda x: bits(np.einsum("ij,ij->i", x, x)), grid)
    return found


def linalg() -> dict[str, Any]:
    """LAPACK; signs and order of vectors are the implementation's."""
    import numpy as np

    a = array("linalg", 47, 47)
    symmetric = a + a.T
    positive = a @ a.T + 50 * np.eye(47)
    right = array("right", 47)
    return {
        "numpy.solve": probe(lambda: bits(np.linalg.solve(a, right))),
        "numpy.inv": probe(lambda: bits(np.linalg.inv(a))),
        "numpy.svd": probe(lambda: bits(np.linalg.svd(a, compute_uv=False))),
        "numpy.eigh": probe(lambda: bits(np.linalg.eigvalsh(symmetric))),
        "numpy.qr": probe(lambda: bits(np.linalg.qr(a)[1])),
        "numpy.cholesky": probe(lambda: bits(np.linalg.cholesky(positive))),
        "numpy.lstsq": probe(lambda: bits(np.linalg.lstsq(a[:, :20], right, rcond=None)[0])),
    }


def fft() -> dict[str, Any]:
    import numpy as np

    values = array("fft", 1009)  # a prime length: Bluestein's algorithm
    even = array("fft even", 1024)
    return {
        "numpy.fft": probe(lambda: bits(np.fft.fft(values))),
        "numpy.rfft": probe(lambda: bits(np.fft.rfft(even))),
        "numpy.fft.single": probe(lambda: of_text(str(np.fft.fft(even.astype("f4")).dtype))),
    }


def sorting() -> dict[str, Any]:
    """Ties: which of equal elements comes first is the algorithm's."""
    import numpy as np

    keys = (array("keys", 3001, signed=False) * 40).astype("i8")
    return {
        "numpy.argsort.ties": probe(lambda: np.argsort(keys).tobytes()),
        "numpy.argsort.ties.float32": probe(lambda: np.argsort(keys.astype("f4")).tobytes()),
        "numpy.argpartition": probe(lambda: np.argpartition(keys, 100).tobytes()),
        "numpy.unique": probe(lambda: np.unique(keys).tobytes()),
    }


def random_streams() -> dict[str, Any]:
    import numpy as np

    def legacy() -> tuple[str, bytes]:
        state = np.random.RandomState(20240229)
        drawn = [state.standard_normal(50), state.rand(50), state.permutation(50).astype("f8")]
        drawn += [state.gamma(2.0, size=20), state.randint(0, 1000, 50).astype("f8")]
        return bits(np.concatenate(drawn))

    def generator() -> tuple[str, bytes]:
        state = np.random.default_rng(20240229)
        drawn = [state.standard_normal(50), state.random(50), state.permutation(50).astype("f8")]
        drawn += [state.gamma(2.0, size=20), state.integers(0, 1000, 50).astype("f8")]
        drawn += [state.choice(100, 10, replace=False).astype("f8")]
        return bits(np.concatenate(drawn))

    return {
        "numpy.random.legacy": probe(legacy),
        "numpy.random.generator": probe(generator),
    }


def casts() -> dict[str, Any]:
    """Out of range the result is the processor's; what a scalar is promoted to is NumPy's."""
    import numpy as np

    values = array("casts", 200)
    wide = np.concatenate([values * 1e3, values * 1e10, values * 1e20, [np.nan, np.inf]])

    def cast(kind: str) -> bytes:
        with np.errstate(all="ignore"):
            content: bytes = wide.astype(kind).tobytes()
        return content

    def promoted() -> bytes:
        one = np.float32(1)
        kinds = [one + 1.5, np.ones(2, "f4") + np.float64(1), np.uint8(1) + 1]
        kinds += [np.ones(2, "i4").sum(), np.ones(2, "f4").mean()]
        return of_text(" ".join(str(np.asarray(kind).dtype) for kind in kinds))

    return {
        "numpy.cast.uint64": probe(lambda: cast("u8")),
        "numpy.cast.uint32": probe(lambda: cast("u4")),
        "numpy.cast.int32": probe(lambda: cast("i4")),
        "numpy.cast.int64": probe(lambda: cast("i8")),
        "numpy.cast.float16": probe(lambda: cast("f2")),
        "numpy.promotion": probe(promoted),
        "numpy.text": probe(lambda: of_text(str(values[:20]) + repr(np.float32(0.1)))),
    }
