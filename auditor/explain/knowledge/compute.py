"""Python distributions whose code computes the numbers of a program."""

from __future__ import annotations

COMPUTING = frozenset(
    """
    numpy scipy pandas polars pyarrow numexpr bottleneck numba llvmlite scikit-learn scikit-image
    statsmodels xgboost lightgbm catboost torch torchvision torchaudio tensorflow tensorflow-cpu
    keras jax jaxlib flax onnxruntime onnxruntime-gpu opencv-python opencv-python-headless
    opencv-contrib-python pillow h5py tables blis spacy thinc gensim sentencepiece tokenizers
    transformers cupy-cuda11x cupy-cuda12x faiss-cpu faiss-gpu pywavelets shapely pyproj rasterio
    cvxpy osqp ecos scs ortools highspy pymc pytensor arviz emcee sympy mpmath gmpy2
    igraph umap-learn hdbscan implicit surprise prophet cmdstanpy pystan dask xarray netcdf4
    cartopy astropy biopython pysam rdkit pyfftw cython fastparquet duckdb soundfile librosa
    numpy-financial quantlib ta-lib sktime tslearn featuretools category-encoders imbalanced-learn
    """.split()
)
