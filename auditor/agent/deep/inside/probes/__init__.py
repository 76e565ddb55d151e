"""Bit-exact digests of small fixed computations, one file a library.

Each probes one mechanism in a few milliseconds. Where two environments differ in one, the numbers
themselves differ; which one it is points to what computes them.
"""

from . import (
    bottleneck,
    cv2,
    interpreter,
    jax,
    libm,
    lightgbm,
    numexpr,
    numpy,
    pandas,
    pyarrow,
    scipy,
    sklearn,
    tensorflow,
    text,
    torch,
    xgboost,
)

# Module ("": none but the standard library) -> group -> a function that returns its probes. A
# group is what is lost where one of its computations ends the process.
PROBES = {
    "": {
        "libm": libm.functions,
        "interpreter": interpreter.arithmetic,
        "random": interpreter.random_streams,
        "hash": interpreter.hashes,
        "text": text.texts,
        "time": text.times,
    },
    "numpy": {
        "numpy.blas": numpy.blas,
        "numpy.loops": numpy.loops,
        "numpy.complex": numpy.complex_loops,
        "numpy.reductions": numpy.reductions,
        "numpy.linalg": numpy.linalg,
        "numpy.fft": numpy.fft,
        "numpy.sort": numpy.sorting,
        "numpy.random": numpy.random_streams,
        "numpy.casts": numpy.casts,
    },
    "scipy": {"scipy": scipy.functions},
    "pandas": {"pandas": pandas.frames},
    "bottleneck": {"bottleneck": bottleneck.sums},
    "numexpr": {"numexpr": numexpr.expressions},
    "sklearn": {"sklearn": sklearn.distances},
    "torch": {
        "torch.matmul": torch.matmul,
        "torch.layers": torch.layers,
        "torch.reductions": torch.reductions,
        "torch.random": torch.random_streams,
    },
    "tensorflow": {"tensorflow": tensorflow.computations},
    "jax": {"jax": jax.computations},
    "xgboost": {"xgboost": xgboost.trees},
    "lightgbm": {"lightgbm": lightgbm.trees},
    "cv2": {"cv2": cv2.transforms},
    "pyarrow": {"pyarrow": pyarrow.computations},
}

# Groups whose computing settles what the whole process computes on: none of a process that goes on
# to work.
SETTLING = ("tensorflow", "jax")
