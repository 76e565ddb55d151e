"""Versions at which common distributions are known to change results, defaults or interfaces.

A data table. A step lies between two versions if the lower one is below `at` and the higher
one is not (PEP 440). What is said of a step holds from `at` on. Only steps whose source was
read are listed; a missing one is no promise that nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.version import Version

from ..rule import EFFECTS, Effect, Severity


class Step(NamedTuple):
    """`name`: the distribution, normalised; `what`: a sentence, without its full stop, that a
    user understands; `likelihood`: that a program that uses it meets this (ranking's scale)."""

    name: str
    at: Version
    effects: tuple[Effect, ...]
    what: str
    severity: Severity
    likelihood: float
    source: str

    def between(self, one: Version, other: Version) -> bool:
        return min(one, other) < self.at <= max(one, other)


def steps_between(name: str, one: Version, other: Version) -> list[Step]:
    """The steps of a distribution between two versions, the likeliest first."""
    found = [step for step in _BY_NAME.get(name, ()) if step.between(one, other)]
    return sorted(found, key=lambda step: -step.likelihood)


_GITHUB = "https://github.com/"
_NUMPY = _GITHUB + "numpy/numpy/blob/main/doc/source/release/%s-notes.rst"
_SCIPY = _GITHUB + "scipy/scipy/blob/main/doc/source/release/%s-notes.rst"
_PANDAS = _GITHUB + "pandas-dev/pandas/blob/main/doc/source/whatsnew/v%s.rst"
_SKLEARN = _GITHUB + "scikit-learn/scikit-learn/blob/main/doc/whats_new/v%s.rst"
_XGBOOST = _GITHUB + "dmlc/xgboost/blob/master/NEWS.md"
_XGBOOST_3 = _GITHUB + "dmlc/xgboost/blob/master/doc/changes/v%s.rst"
_POLARS = _GITHUB + "pola-rs/polars/blob/main/docs/source/releases/upgrade/%s.md"
_FLASK = _GITHUB + "pallets/flask/blob/main/CHANGES.rst"
_WERKZEUG = _GITHUB + "pallets/werkzeug/blob/main/CHANGES.rst"
_CLICK = _GITHUB + "pallets/click/blob/main/CHANGES.md"
_PYDANTIC = _GITHUB + "pydantic/pydantic/blob/main/docs/migration.md"
_HTTPX = _GITHUB + "encode/httpx/blob/master/CHANGELOG.md"
_REQUESTS = _GITHUB + "psf/requests/blob/main/HISTORY.md"
_URLLIB3 = _GITHUB + "urllib3/urllib3/blob/main/CHANGES.rst"
_SETUPTOOLS = _GITHUB + "pypa/setuptools/blob/main/NEWS.rst"
_PYOPENSSL = _GITHUB + "pyca/pyopenssl/blob/main/CHANGELOG.rst"
_CRYPTOGRAPHY = _GITHUB + "pyca/cryptography/blob/main/CHANGELOG.rst"
_PYJWT = _GITHUB + "jpadilla/pyjwt/blob/master/CHANGELOG.rst"
_PROTOBUF = _GITHUB + "protocolbuffers/protocolbuffers.github.io/blob/main/content/"
_FASTAPI = _GITHUB + "fastapi/fastapi/blob/master/docs/en/docs/release-notes.md"
_DASK = _GITHUB + "dask/dask/blob/main/docs/source/changelog.rst"
_TRANSFORMERS_5 = _GITHUB + "huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
_KERAS_3 = _GITHUB + "CCSI-Toolset/FOQUS/issues/1202"
_S3_CHECKSUMS = _GITHUB + "boto/boto3/issues/4392"
_PANDAS_STRINGS = (
    _GITHUB + "pandas-dev/pandas/blob/main/doc/source/user_guide/migration-3-strings.rst"
)

# name, version, effects, what, severity, likelihood, source
_Row = tuple[str, str, str, str, Severity, float, str]
_ROWS: tuple[_Row, ...] = (
    # --- arrays and science
    ("numpy", "1.17", "numerics",
     "np.fft is another implementation (pocketfft), with other last digits",
     "medium", 0.45, _NUMPY % "1.17.0"),
    ("numpy", "1.22", "crash behaviour",
     ("percentile and quantile take method= instead of interpolation=, and // of complex numbers "
     "raises TypeError"), "low", 0.3, _NUMPY % "1.22.0"),
    ("numpy", "1.23", "behaviour numerics",
     ("a list of lists as an index no longer means several dimensions, and norm() of float32 "
     "vectors stays float32"), "medium", 0.45, _NUMPY % "1.23.0"),
    ("numpy", "1.24", "crash",
     ("np.int, np.float, np.bool, np.object and np.str are gone (AttributeError), and lists of "
     "unequal lengths raise ValueError"), "high", 0.7, _NUMPY % "1.24.0"),
    ("numpy", "2.0", "numerics behaviour",
     ("a Python number no longer widens an array or scalar (NEP 50): float32 stays float32, small "
     "integers overflow"), "high", 0.8, _NUMPY % "2.0.0"),
    ("numpy", "2.0", "behaviour text",
     ("repr() of a scalar is `np.float64(3.0)` instead of `3.0`, which gets into logs, files and "
     "comparisons"), "medium", 0.75, _NUMPY % "2.0.0"),
    ("numpy", "2.0", "behaviour",
     "argsort, argpartition and sort put equal elements in another order (vectorised, unstable)",
     "medium", 0.5, _NUMPY % "2.0.0"),
    ("numpy", "2.0", "crash",
     ("names such as np.float_, np.NINF, np.cast and np.msort are gone, and extension modules that "
     "were compiled for NumPy 1 cannot be imported"), "high", 0.65, _NUMPY % "2.0.0"),
    ("numpy", "2.1", "behaviour",
     "floor, ceil and trunc of integers stay integers, and nonzero of a scalar raises",
     "low", 0.3, _NUMPY % "2.1.0"),
    ("numpy", "2.2", "behaviour text",
     ("the truth value of an empty array raises, cov of a single row has another shape, and repr "
     "of large arrays shows the shape"), "medium", 0.45, _NUMPY % "2.2.0"),
    ("numpy", "2.3", "numerics behaviour",
     ("buffered sums are split otherwise, which changes their last digits, and unique_values may "
     "be unsorted"), "medium", 0.45, _NUMPY % "2.3.0"),
    ("numpy", "2.3", "crash",
     "np.tostring is gone; shape=None, bad data in fromfile and inexact `mode` names raise",
     "medium", 0.4, _NUMPY % "2.3.0"),
    ("numpy", "2.4", "crash",
     ("np.in1d and percentile(interpolation=) are gone, and float() of an array of one dimension "
     "raises TypeError"), "high", 0.6, _NUMPY % "2.4.0"),
    ("scipy", "1.9", "behaviour",
     "stats.mode drops the axis that it reduces", "medium", 0.6, _SCIPY % "1.9.0"),
    ("scipy", "1.9", "crash",
     ("stats.itemfreq, stats.median_absolute_deviation, signal.windows.hanning and n_jobs of "
     "KDTree.query are gone"), "medium", 0.45, _SCIPY % "1.9.0"),
    ("scipy", "1.11", "behaviour",
     ("stats.mode returns scalars (keepdims=False), and special.comb no longer rounds in the old "
     "way"), "high", 0.7, _SCIPY % "1.11.0"),
    ("scipy", "1.11", "crash",
     "linalg.solve(sym_pos=), stats.gilbrat and stats.mode of strings are gone", "medium", 0.45,
     _SCIPY % "1.11.0"),
    ("scipy", "1.12", "crash",
     "stats.binom_test and NumPy's functions in scipy's namespace are gone", "medium", 0.5,
     _SCIPY % "1.12.0"),
    ("scipy", "1.13", "crash",
     ("window functions cannot be imported from scipy.signal, and linalg.tri, triu, tril, "
     "signal.bspline and lsim2 are gone"), "high", 0.55, _SCIPY % "1.13.0"),
    ("scipy", "1.14", "crash",
     ("integrate.simps, trapz and cumtrapz, tol= of the iterative solvers and .A of sparse arrays "
     "are gone"), "high", 0.65, _SCIPY % "1.14.0"),
    ("scipy", "1.14", "numerics",
     "the iterative sparse solvers (cg, gmres, ...) stop by another tolerance (atol=0)",
     "medium", 0.5, _SCIPY % "1.14.0"),
    ("scipy", "1.15", "numerics behaviour",
     ("L-BFGS-B, MINPACK (curve_fit, leastsq, fsolve) and QUADPACK (quad) are new translations, "
     "and linalg.solve chooses its method by the matrix: other last digits, other iterations"),
     "medium", 0.6, _SCIPY % "1.15.0"),
    ("scipy", "1.15", "crash",
     ("scipy.misc's functions, signal's wavelets (cwt, ricker, morlet) and integrate.romberg are "
     "gone"), "high", 0.55, _SCIPY % "1.15.0"),
    ("scipy", "1.16", "numerics behaviour",
     "minimize with COBYLA and SLSQP, and nnls, are other implementations that take other steps",
     "medium", 0.5, _SCIPY % "1.16.0"),
    ("scipy", "1.16", "crash",
     "stats.linregress with one argument and stats.trapz are gone", "medium", 0.4,
     _SCIPY % "1.16.0"),
    ("scipy", "1.17", "crash",
     ("special.sph_harm, lpn and lpmn, stats.find_repeats, linalg.kron and "
     "ttest_ind(permutations=) are gone"), "high", 0.5, _SCIPY % "1.17.0"),
    ("scikit-image", "0.20", "crash",
     "skimage.viewer and peak_local_max(indices=) are gone", "medium", 0.45,
     _GITHUB + "scikit-image/scikit-image/blob/main/doc/source/release_notes/release_0.20.rst"),
    ("networkx", "3.0", "crash behaviour",
     "read_gpickle, read_yaml and to_numpy_matrix are gone, and pagerank is computed by SciPy",
     "medium", 0.45,
     _GITHUB + "networkx/networkx/blob/main/doc/release/migration_guide_from_2.x_to_3.0.rst"),
    ("shapely", "2.0", "crash",
     "geometries cannot be changed, and a MultiPolygon can no longer be iterated or indexed",
     "high", 0.7, _GITHUB + "shapely/shapely/blob/main/docs/migration.rst"),
    ("h5py", "3.0", "behaviour crash",
     "strings are read as bytes, and File(name) opens for reading only", "high", 0.75,
     _GITHUB + "h5py/h5py/blob/master/docs/whatsnew/3.0.rst"),
    ("zarr", "3.0", "behaviour crash",
     "new arrays are written in format 3, and create_dataset and several stores are gone",
     "high", 0.65,
     _GITHUB + "zarr-developers/zarr-python/blob/main/docs/user-guide/v3_migration.md"),
    ("xarray", "2025.11", "behaviour",
     "operations keep attributes by default", "medium", 0.6,
     _GITHUB + "pydata/xarray/blob/main/doc/whats-new.rst"),
    ("numba", "0.59", "crash performance",
     "@jit no longer falls back to Python objects: what cannot be compiled raises", "high", 0.6,
     _GITHUB + "numba/numba/blob/main/docs/source/release/0.59.0-notes.rst"),
    # --- tables
    ("pandas", "2.0", "behaviour time",
     ("to_datetime and read_csv parse a whole column by the format of its first value, where each "
     "value was guessed before"), "high", 0.7, _PANDAS % "2.0.0"),
    ("pandas", "2.0", "behaviour",
     ("value_counts names its result `count`, get_dummies returns booleans, groupby.nth filters, "
     "`None` in a CSV file is missing, and datetimes keep their resolution"), "high", 0.7,
     _PANDAS % "2.0.0"),
    ("pandas", "2.0", "crash",
     ("DataFrame.append and iteritems, Int64Index, line_terminator=, squeeze= and many positional "
     "arguments are gone"), "high", 0.75, _PANDAS % "2.0.0"),
    ("pandas", "2.1", "behaviour",
     ("mean and median of columns of numbers in strings raise, and applymap, swapaxes and "
     "groupby(axis=1) warn"), "medium", 0.45, _PANDAS % "2.1.0"),
    ("pandas", "2.2", "behaviour",
     ("from_dict no longer sorts rows, bins of resample by month or business day changed, and bad "
     "lines of read_csv become warnings"), "medium", 0.45, _PANDAS % "2.2.0"),
    ("pandas", "3.0", "behaviour",
     ("text is read as dtype `str`, no longer `object`, with NaN for None, and dtype checks on "
     "`object` fail"), "high", 0.85, _PANDAS_STRINGS),
    ("pandas", "3.0", "behaviour",
     "every selection behaves as a copy (copy-on-write): changing it no longer changes the frame",
     "high", 0.75, _PANDAS % "3.0.0"),
    ("pandas", "3.0", "behaviour time",
     ("datetimes are no longer always in nanoseconds, so that their integers differ by powers of "
     "1000, and time zones are zoneinfo's"), "high", 0.75, _PANDAS % "3.0.0"),
    ("pandas", "3.0", "crash",
     "the frequencies M, Q and Y, delim_whitespace= and integer positions in Series[...] are gone",
     "high", 0.65, _PANDAS % "3.0.0"),
    ("polars", "0.19", "behaviour crash",
     ("groupby and apply have other names, sum and max of several columns are vertical, and "
     "sampling has a seed of its own"), "high", 0.65, _POLARS % "0.19"),
    ("polars", "0.20", "behaviour",
     "joins no longer match nulls, count() leaves nulls out, and NaN equals NaN", "high", 0.75,
     _POLARS % "0.20"),
    ("polars", "1.0", "behaviour crash",
     ("rows are inferred otherwise, clip and ewm_mean treat nulls otherwise, dynamic windows start "
     "elsewhere, and replace() is split in two"), "high", 0.7, _POLARS % "1"),
    ("polars", "2.0", "behaviour",
     "lazy queries run on the streaming engine, which does not keep the order of rows", "high",
     0.65, _POLARS % "2"),
    ("dask", "2023.7.1", "behaviour",
     "text columns become Arrow strings", "medium", 0.55, _DASK),
    ("dask", "2025.1", "behaviour crash",
     ("the old DataFrame implementation is gone: queries are planned anew, private parts are "
     "missing"), "medium", 0.55, _DASK),
    # --- machine learning
    ("scikit-learn", "1.1", "numerics behaviour",
     ("KMeans runs Lloyd's algorithm by default, spectral clustering starts from other vectors, "
     "and load_diabetes differs slightly"), "medium", 0.5, _SKLEARN % "1.1"),
    ("scikit-learn", "1.2", "numerics behaviour",
     ("Ridge iterates to a tolerance ten times smaller, SGD stops early by another condition, and "
     "FastICA may flip signs"), "medium", 0.6, _SKLEARN % "1.2"),
    ("scikit-learn", "1.3", "crash",
     ("max_features=\"auto\" of forests is gone, and pickled trees of older versions cannot be "
     "loaded"), "high", 0.65, _SKLEARN % "1.1"),
    ("scikit-learn", "1.3", "numerics behaviour",
     "FastICA scales to unit variance by default", "medium", 0.45, _SKLEARN % "1.1"),
    ("scikit-learn", "1.4", "numerics behaviour",
     "KMeans starts once instead of ten times by default (n_init=\"auto\"): other clusters",
     "high", 0.75, _SKLEARN % "1.2"),
    ("scikit-learn", "1.4", "crash",
     "OneHotEncoder(sparse=), base_estimator= and penalty=\"none\" are gone", "high", 0.7,
     _SKLEARN % "1.2"),
    ("scikit-learn", "1.6", "numerics behaviour",
     "KNNImputer leaves samples without a distance out of its mean", "low", 0.35,
     _SKLEARN % "1.6"),
    ("xgboost", "1.3", "behaviour",
     "classifiers are evaluated by logloss instead of the error rate, which moves early stopping",
     "medium", 0.5, _XGBOOST),
    ("xgboost", "1.6", "behaviour",
     "pickles hold UBJSON, and max_leaves and max_depth act together", "medium", 0.45, _XGBOOST),
    ("xgboost", "2.0", "numerics behaviour",
     ("trees are built by histograms by default (tree_method=\"hist\"), and base_score is "
     "estimated from the labels: other models from the same data"), "high", 0.8, _XGBOOST),
    ("xgboost", "2.1", "behaviour",
     "models are saved as UBJSON by default", "medium", 0.5, _XGBOOST_3 % "2.1.0"),
    ("xgboost", "3.0", "crash",
     "DeviceQuantileDMatrix, feval= and the oldest model format are gone, and CUDA 12 is needed",
     "high", 0.5, _XGBOOST_3 % "3.0.0"),
    ("xgboost", "3.1", "crash",
     "models in the old binary format cannot be loaded", "high", 0.6, _XGBOOST_3 % "3.1.0"),
    ("xgboost", "3.1", "numerics behaviour",
     "each class or target has an intercept of its own", "medium", 0.5, _XGBOOST_3 % "3.1.0"),
    ("lightgbm", "4.0", "crash",
     "fit and train no longer take early_stopping_rounds= and verbose_eval= (TypeError)", "high",
     0.7, _GITHUB + "deepchem/deepchem/issues/3559"),
    ("torch", "2.6", "crash",
     ("torch.load accepts plain tensors only (weights_only=True): other checkpoints raise "
     "UnpicklingError"), "high", 0.75, _GITHUB + "pytorch/torchchat/issues/1356"),
    ("transformers", "4.36", "numerics crash",
     ("attention is computed by scaled_dot_product_attention by default: slightly other numbers, "
     "and output_attentions=True fails with it"), "medium", 0.6,
     _GITHUB + "huggingface/trl/pull/1080"),
    ("transformers", "5.0", "behaviour crash",
     ("decode() of a batch returns a list, apply_chat_template returns a dictionary, slow "
     "tokenizers give way to others, and TensorFlow and JAX models are gone"), "high", 0.75,
     _TRANSFORMERS_5),
    ("huggingface-hub", "1.0", "crash behaviour",
     ("requests go by httpx: errors are no longer requests' errors, and configure_http_backend is "
     "gone"), "medium", 0.5,
     _GITHUB + "huggingface/huggingface_hub/blob/main/docs/source/en/concepts/migration.md"),
    ("tensorflow", "2.16", "crash behaviour",
     "tf.keras is Keras 3: SavedModel directories and old weights cannot be loaded", "high", 0.75,
     _KERAS_3),
    ("keras", "3.0", "crash behaviour",
     "the SavedModel format cannot be loaded, and saving, backends and layers changed", "high",
     0.75, _KERAS_3),
    ("jax", "0.5", "numerics behaviour",
     "the same key gives other random numbers (partitionable threefry)", "high", 0.8,
     _GITHUB + "jax-ml/jax/blob/main/CHANGELOG.md"),
    ("gensim", "4.0", "crash",
     "wv.vocab, size=, iter=, summarization and several wrappers are gone", "high", 0.65,
     _GITHUB + "piskvorky/gensim/blob/develop/CHANGELOG.md"),
    ("nltk", "3.8.2", "crash",
     "tokenizers need the data `punkt_tab` in place of `punkt` (LookupError)", "high", 0.7,
     _GITHUB + "nltk/nltk/issues/3293"),
    ("spacy", "3.0", "crash behaviour",
     "models of version 2, short names such as `en` and components as functions no longer work",
     "high", 0.65, _GITHUB + "explosion/spaCy/blob/master/website/docs/usage/v3.mdx"),
    ("openai", "1.0", "crash",
     "openai.ChatCompletion and the other module functions are gone", "high", 0.8,
     _GITHUB + "openai/openai-python/issues/2172"),
    ("pillow", "10.0", "crash",
     "Image.ANTIALIAS and ImageDraw.textsize are gone", "high", 0.7,
     _GITHUB + "python-pillow/Pillow/blob/main/docs/releasenotes/10.0.0.rst"),
    ("matplotlib", "3.9", "crash",
     "matplotlib.cm.get_cmap and register_cmap are gone", "high", 0.6,
     _GITHUB + "matplotlib/matplotlib/blob/main/doc/api/prev_api_changes/api_changes_3.9.0/"
     "removals.rst"),
    # --- data models and databases
    ("pydantic", "2.0", "behaviour",
     ("numbers are no longer taken for strings, Optional fields without a default are required, "
     "unions choose by fit, and JSON is written compactly"), "high", 0.75, _PYDANTIC),
    ("pydantic", "2.0", "crash",
     "regex=, class Config's options, validators' arguments and BaseSettings changed or are gone",
     "high", 0.8, _PYDANTIC),
    ("sqlalchemy", "2.0", "crash behaviour",
     ("nothing is committed by itself, engine.execute and plain SQL strings are gone, and select() "
     "takes no list"), "high", 0.8,
     _GITHUB + "sqlalchemy/sqlalchemy/blob/main/doc/build/changelog/migration_20.rst"),
    ("marshmallow", "3.0", "behaviour crash",
     "unknown fields raise ValidationError, and load and dump return data instead of pairs",
     "high", 0.7, _GITHUB + "marshmallow-code/marshmallow/blob/dev/docs/upgrading.rst"),
    ("pymongo", "4.0", "crash",
     "Collection.insert, update, save and count are gone, and UUIDs need a representation",
     "high", 0.65, _GITHUB + "mongodb/mongo-python-driver/blob/master/doc/changelog.rst"),
    ("xlrd", "2.0", "crash",
     "only .xls files can be read, .xlsx no longer", "high", 0.75,
     _GITHUB + "python-excel/xlrd/blob/master/CHANGELOG.rst"),
    # --- the web
    ("requests", "2.26", "text behaviour",
     "the encoding of a response is guessed by charset_normalizer instead of chardet", "medium",
     0.55, _REQUESTS),
    ("requests", "2.32", "behaviour crash",
     "one SSL context is shared by all sessions", "medium", 0.4, _REQUESTS),
    ("urllib3", "2.0", "crash",
     ("OpenSSL below 1.1.1 and certificates without subjectAltName are refused, and "
     "Retry(method_whitelist=) is gone"), "high", 0.6, _URLLIB3),
    ("charset-normalizer", "3.0", "text behaviour",
     "detection is stricter (no UTF-7 without a mark), and names such as normalize are gone",
     "medium", 0.5, _GITHUB + "jawah/charset_normalizer/blob/master/CHANGELOG.md"),
    ("httpx", "0.20", "behaviour",
     "redirects are no longer followed", "high", 0.7, _HTTPX),
    ("httpx", "0.28", "crash behaviour",
     "proxies= and app= are gone (TypeError), and JSON bodies are written without blanks", "high",
     0.7, _HTTPX),
    ("flask", "2.2", "crash",
     "send_file(attachment_filename=, cache_timeout=) are gone", "high", 0.55, _FLASK),
    ("flask", "2.3", "crash behaviour",
     "before_first_request, json_encoder, FLASK_ENV and JSON_SORT_KEYS are gone", "high", 0.65,
     _FLASK),
    ("flask", "3.0", "crash",
     "what 2.3 deprecated is gone", "medium", 0.45, _FLASK),
    ("werkzeug", "2.3", "behaviour",
     ("a request without a JSON content type gets 415 instead of 400, and URLs are quoted by other "
     "rules"), "medium", 0.5, _WERKZEUG),
    ("werkzeug", "3.0", "crash behaviour",
     "werkzeug.urls' functions (url_quote, ...) are gone, and passwords are hashed by scrypt",
     "high", 0.65, _WERKZEUG),
    ("werkzeug", "3.1", "behaviour crash",
     "form fields above 500 kB are refused (413)", "medium", 0.55, _WERKZEUG),
    ("jinja2", "3.1", "crash",
     "contextfilter, Markup and escape can no longer be imported from jinja2", "high", 0.7,
     _GITHUB + "pallets/jinja/blob/main/CHANGES.rst"),
    ("markupsafe", "2.1", "crash",
     "soft_unicode is gone, which old Jinja2 and Flask import", "high", 0.7,
     _GITHUB + "pallets/markupsafe/blob/main/CHANGES.rst"),
    ("fastapi", "0.126", "crash",
     "Pydantic 1 is no longer supported", "high", 0.6, _FASTAPI),
    ("fastapi", "0.132", "behaviour",
     "JSON requests without a JSON content type are refused", "medium", 0.55, _FASTAPI),
    ("starlette", "0.40", "behaviour crash",
     "the parts of a multipart form are limited in size", "medium", 0.4,
     _GITHUB + "encode/starlette/blob/master/docs/release-notes.md"),
    # --- secrets and the cloud
    ("pyjwt", "2.0", "crash behaviour",
     ("encode() returns a string instead of bytes, and decode() needs algorithms= and has no "
     "verify="), "high", 0.7, _PYJWT),
    ("pyjwt", "2.10", "crash",
     "the claims `sub` and `jti` are checked: a number as subject is refused", "high", 0.6,
     _PYJWT),
    ("cryptography", "42.0", "crash",
     "loading PKCS7 without content raises", "low", 0.35, _CRYPTOGRAPHY),
    ("cryptography", "43.0", "crash",
     "OpenSSL below 1.1.1e and RSA keys below 1024 bits are refused", "medium", 0.4,
     _CRYPTOGRAPHY),
    ("pyopenssl", "23.3", "crash",
     "crypto.load_pkcs12 and load_pkcs7 are gone", "high", 0.55, _PYOPENSSL),
    ("pyopenssl", "24.3", "crash",
     "crypto.sign, verify and CRL are gone", "high", 0.5, _PYOPENSSL),
    ("boto3", "1.36", "crash",
     "S3 requests carry CRC checksums by default, which storage by other vendors refuses", "high",
     0.65, _S3_CHECKSUMS),
    ("botocore", "1.36", "crash",
     "S3 requests carry CRC checksums by default, which storage by other vendors refuses", "high",
     0.65, _S3_CHECKSUMS),
    # --- formats and tools
    ("pyyaml", "6.0", "crash",
     "yaml.load needs Loader= (TypeError)", "high", 0.7,
     _GITHUB + "yaml/pyyaml/blob/main/CHANGES"),
    ("lxml", "5.0", "behaviour",
     "external entities are no longer expanded, and HTML tags with a prefix have other names",
     "medium", 0.55, _GITHUB + "lxml/lxml/blob/master/CHANGES.txt"),
    ("protobuf", "4.21", "crash behaviour",
     ("code generated by protoc before 3.19 can no longer be imported (\"Descriptors cannot be "
     "created directly\"), and messages are upb's"), "high", 0.75,
     _PROTOBUF + "news/2022-05-06.md"),
    ("protobuf", "5.26", "text behaviour",
     "str() of a message escapes invalid UTF-8", "low", 0.3, _PROTOBUF + "news/2023-12-27.md"),
    ("protobuf", "6.30", "crash",
     "reflection.MakeClass, ParseMessage and service.RpcException are gone", "high", 0.5,
     _PROTOBUF + "support/migration.md"),
    ("celery", "5.0", "crash",
     "the command line has another order, and celery.task and the AMQP result backend are gone",
     "high", 0.65, _GITHUB + "celery/celery/blob/main/docs/history/whatsnew-5.0.rst"),
    ("click", "8.2", "behaviour",
     ("a command that shows its help for want of arguments exits with 2, and commands' names lose "
     "suffixes such as _command"), "medium", 0.5, _CLICK),
    ("click", "8.3", "behaviour",
     "a flag's default is passed on as it stands", "medium", 0.5, _CLICK),
    ("setuptools", "60.0", "behaviour",
     "its own copy of distutils takes the place of Python's", "low", 0.3, _SETUPTOOLS),
    ("setuptools", "72.0", "crash",
     "`setup.py test` is gone", "low", 0.3, _SETUPTOOLS),
    ("setuptools", "82.0", "crash",
     "pkg_resources is gone (ModuleNotFoundError)", "high", 0.8, _SETUPTOOLS),
)  # fmt: skip


def _steps() -> Iterator[Step]:
    effect: dict[str, Effect] = {word: word for word in EFFECTS}
    for name, at, effects, what, severity, likelihood, source in _ROWS:
        kinds = tuple(effect[word] for word in effects.split())
        yield Step(name, Version(at), kinds, what, severity, likelihood, source)


STEPS: tuple[Step, ...] = tuple(_steps())
_BY_NAME: dict[str, list[Step]] = {}
for _step in STEPS:
    _BY_NAME.setdefault(_step.name, []).append(_step)
