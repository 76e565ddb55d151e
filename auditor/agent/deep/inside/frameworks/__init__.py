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

# Module -> what it is asked: a function that returns its facts, without the module's name.
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
