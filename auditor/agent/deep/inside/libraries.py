"""The libraries that are asked, in the order in which they are imported.

Those that load a BLAS, an OpenMP runtime or a thread pool of their own, and those whose results
are probed.
"""

from __future__ import annotations

# Module -> its distributions, any of which brings it.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "pandas": ("pandas",),
    "bottleneck": ("bottleneck",),
    "numexpr": ("numexpr",),
    "sklearn": ("scikit-learn",),
    "torch": ("torch",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-intel"),
    "jax": ("jax",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "lightgbm": ("lightgbm",),
    "numba": ("numba",),
    "cv2": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "pyarrow": ("pyarrow",),
    "polars": ("polars", "polars-lts-cpu"),
}
