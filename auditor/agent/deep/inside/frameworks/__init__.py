"""How each framework was built and is set, one file a framework."""

from . import (
    bottleneck,
    cv2,
    jax,
    lightgbm,
    numba,
    numexpr,
    numpy,
    pandas,
    polars,
    pyarrow,
    scipy,
    sklearn,
    tensorflow,
    torch,
    xgboost,
)

# Module -> what asks it; the facts have no module's name.
FRAMEWORKS = {
    "numpy": numpy.ask,
    "scipy": scipy.ask,
    "pandas": pandas.ask,
    "bottleneck": bottleneck.ask,
    "numexpr": numexpr.ask,
    "sklearn": sklearn.ask,
    "torch": torch.ask,
    "tensorflow": tensorflow.ask,
    "jax": jax.ask,
    "xgboost": xgboost.ask,
    "lightgbm": lightgbm.ask,
    "numba": numba.ask,
    "cv2": cv2.ask,
    "pyarrow": pyarrow.ask,
    "polars": polars.ask,
}
