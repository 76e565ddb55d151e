"""What is known of Python distributions by name (normalised): which are noise, which weigh."""

from __future__ import annotations

# Installers, test and lint tools, typing, progress bars and small helpers: programs do not
# compute with them, and their versions hardly ever change what a program does.
HARMLESS = frozenset(
    """
    pip setuptools wheel uv poetry poetry-core hatchling flit-core build installer pipenv pipx
    virtualenv distlib platformdirs filelock packaging pyproject-hooks pip-tools
    pytest pluggy iniconfig coverage pytest-cov pytest-xdist execnet tox nox hypothesis mock
    mypy mypy-extensions pyright ruff black isort flake8 pylint pycodestyle pyflakes bandit
    pre-commit cfgv nodeenv identify autopep8 yapf
    typing-extensions typing-inspect typing-inspection annotated-types six future idna toml tomli
    tomli-w tomlkit exceptiongroup importlib-metadata importlib-resources zipp backports-zoneinfo
    tqdm colorama termcolor tabulate humanize art pyfiglet wcwidth prompt-toolkit
    fsspec networkx mpmath more-itertools toolz cytoolz decorator wrapt deprecated cachetools
    sniffio h11 hpack hyperframe pycparser pyparsing sortedcontainers attrs
    docutils sphinx alabaster babel-glade imagesize snowballstemmer mkdocs
    ipython ipykernel jedi parso traitlets jupyter-core jupyter-client notebook nbformat nbconvert
    debugpy pudb ipdb icecream rich-argparse
    """.split()
)

# Distributions that decide what a program computes or how it talks to the world: even a small
# version difference is worth a look.
WEIGHTY = frozenset(
    """
    numpy scipy pandas polars pyarrow scikit-learn statsmodels torch torchvision torchaudio
    tensorflow keras jax jaxlib flax xgboost lightgbm catboost transformers tokenizers
    sentence-transformers diffusers accelerate datasets onnx onnxruntime openvino numba llvmlite
    numexpr bottleneck dask ray pyspark duckdb scikit-image opencv-python opencv-python-headless
    pillow h5py zarr xarray geopandas shapely pyproj spacy nltk gensim
    sqlalchemy psycopg2 psycopg2-binary psycopg pymysql mysqlclient pymongo redis
    pydantic pydantic-core protobuf grpcio requests urllib3 httpx aiohttp cryptography
    django flask fastapi starlette celery
    """.split()
)

# Distribution -> those that import it where it is installed, for a part of what they do.
IMPORTED_BY = {
    "pyarrow": ("pandas", "polars", "dask", "datasets", "pyspark"),
    "fastparquet": ("pandas", "dask"),
    "openpyxl": ("pandas", "polars"),
    "xlrd": ("pandas",),
    "xlsxwriter": ("pandas", "polars"),
    "tables": ("pandas",),
    "lxml": ("pandas", "beautifulsoup4", "python-docx", "openpyxl"),
    "html5lib": ("pandas", "beautifulsoup4"),
    "beautifulsoup4": ("pandas",),
    "jinja2": ("pandas", "flask", "fastapi", "starlette", "torch", "transformers"),
    "matplotlib": ("pandas", "scikit-learn", "seaborn", "networkx", "shap", "statsmodels"),
    "scipy": ("pandas", "scikit-learn", "statsmodels", "networkx", "seaborn", "xgboost"),
    "sqlalchemy": ("pandas", "alembic", "flask-sqlalchemy"),
    "psycopg2": ("sqlalchemy", "django"),
    "psycopg2-binary": ("sqlalchemy", "django"),
    "psycopg": ("sqlalchemy", "django"),
    "pymysql": ("sqlalchemy", "django"),
    "mysqlclient": ("sqlalchemy", "django"),
    "asyncpg": ("sqlalchemy",),
    "greenlet": ("sqlalchemy", "gevent"),
    "tzdata": ("pandas", "django"),
    "pytz": ("pandas", "django", "celery"),
    "numba": ("pandas", "shap", "umap-learn", "librosa"),
    "sentencepiece": ("transformers",),
    "tiktoken": ("transformers", "openai", "langchain"),
    "tokenizers": ("transformers",),
    "safetensors": ("transformers", "diffusers", "accelerate"),
    "accelerate": ("transformers", "diffusers"),
    "bitsandbytes": ("transformers",),
    "flash-attn": ("transformers",),
    "xformers": ("diffusers",),
    "torch": ("transformers", "sentence-transformers", "accelerate", "spacy"),
    "pysocks": ("requests", "urllib3", "httpx"),
    "h2": ("httpx",),
    "brotli": ("requests", "urllib3", "httpx", "aiohttp"),
    "zstandard": ("urllib3", "httpx", "pandas"),
    "python-multipart": ("fastapi", "starlette"),
    "itsdangerous": ("flask", "starlette"),
    "email-validator": ("pydantic", "wtforms"),
    "python-dotenv": ("flask", "pydantic-settings", "uvicorn"),
    "aiohttp": ("gcsfs", "s3fs", "fsspec"),
    "s3fs": ("pandas", "fsspec", "dask"),
    "gcsfs": ("pandas", "fsspec", "dask"),
    "pillow": ("matplotlib", "torchvision", "keras", "transformers", "scikit-image"),
    "setuptools": ("numba", "torch", "triton"),
    "redis": ("celery", "django-redis", "rq"),
    "pyzmq": ("ipykernel",),
    "gevent": ("gunicorn", "celery"),
    "cryptography": ("pyjwt", "pyopenssl", "paramiko", "pymysql"),
    "graphviz": ("xgboost", "lightgbm", "keras"),
    "pydot": ("keras", "networkx"),
    "tensorboard": ("torch", "tensorflow"),
    "tf-keras": ("tensorflow", "transformers"),
    "threadpoolctl": ("scikit-learn",),
    "joblib": ("scikit-learn", "nltk"),
}
