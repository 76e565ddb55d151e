"""SciPy: its own copy of a BLAS, its special functions, its transforms."""

from __future__ import annotations

from .numpy import array, bits
from .result import of_text, probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def functions() -> dict[str, Any]:
    import numpy as np
    from scipy import fft, linalg, sparse, special

    a, right = array("scipy", 53, 53), array("scipy right", 53)
    values = array("special", 400)
    positive = array("special positive", 400, signed=False)
    matrix = sparse.csr_matrix(np.where(array("sparse", 61, 61) > 0.5, 1.25, 0.0))
    vector = array("vector", 61)
    wide = array("scipy wide", _ROWS, _INNER)
    tall = array("scipy tall", _INNER, _COLUMNS)
    return {
        "scipy.gemm": probe(lambda: bits(linalg.blas.dgemm(1.0, wide, tall))),
        "scipy.solve": probe(lambda: bits(linalg.solve(a, right))),
        "scipy.svd": probe(lambda: bits(linalg.svdvals(a))),
        "scipy.erf": probe(lambda: bits(special.erf(values))),
        "scipy.gamma": probe(lambda: bits(special.gamma(positive))),
        "scipy.expit": probe(lambda: bits(special.expit(values))),
        "scipy.logsumexp": probe(lambda: bits(special.logsumexp(values))),
        "scipy.dct": probe(lambda: bits(fft.dct(values))),
        "scipy.sparse": probe(lambda: bits(matrix @ vector)),
        "scipy.mode": probe(lambda: of_text(_mode())),
    }


# As numpy's: odd shapes.
_ROWS, _INNER, _COLUMNS = 193, 211, 187


def _mode() -> str:
    """Whether a reduction keeps the dimension that it reduces, by default (since 1.11 no)."""
    from scipy import stats

    return repr(stats.mode([[1, 2, 2], [3, 3, 1]], axis=1))
