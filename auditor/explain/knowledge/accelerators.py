"""Optional Python distributions that others use where they are installed, and take another way
where they are not: without an error, but with other results, text or speed."""

from __future__ import annotations

from typing import NamedTuple

from ..pair import Pair
from ..rule import Effect

# Rules of their own.
HTML_PARSERS = ("lxml", "html5lib")
ENCODING_DETECTORS = ("chardet", "cchardet", "faust-cchardet", "charset-normalizer")
_OTHERS = ("bottleneck",)


class Accelerator(NamedTuple):
    """`users`: distributions that look for `names`; `what`: what differs without it, a clause."""

    names: tuple[str, ...]
    users: tuple[str, ...]
    effects: tuple[Effect, ...]
    what: str
    likelihood: float
    source: str


_GITHUB = "https://github.com/"
ACCELERATORS = (
    Accelerator(
        ("python-levenshtein", "levenshtein"),
        ("fuzzywuzzy",),
        ("behaviour", "numerics", "performance"),
        "ratios are computed by Levenshtein's distance with it and by difflib without, which "
        "scores the same texts otherwise",
        0.75,
        _GITHUB + "seatgeek/fuzzywuzzy/blob/master/fuzzywuzzy/fuzz.py",
    ),
    Accelerator(
        ("numexpr",),
        ("pandas",),
        ("behaviour", "numerics", "performance"),
        "query(), eval() and arithmetic on large frames run in it, on several threads, with other "
        "rules for types and precedence",
        0.5,
        _GITHUB + "pandas-dev/pandas/blob/main/doc/source/getting_started/install.rst",
    ),
    Accelerator(
        ("pyarrow",),
        ("pandas",),
        ("behaviour", "crash", "performance"),
        "text columns are stored by it, Parquet and Feather files are read by it, and invalid "
        "Unicode raises only with it",
        0.65,
        _GITHUB + "pandas-dev/pandas/blob/main/doc/source/user_guide/migration-3-strings.rst",
    ),
    Accelerator(
        ("simplejson",),
        ("requests",),
        ("behaviour", "crash"),
        "response.json() parses by it instead of Python's json: other number types, other "
        "exceptions",
        0.6,
        _GITHUB + "psf/requests/blob/main/src/requests/compat.py",
    ),
    Accelerator(
        ("brotli", "brotlicffi", "zstandard"),
        ("requests", "urllib3", "httpx", "aiohttp"),
        ("behaviour", "performance"),
        "the client asks servers for this compression only where it is installed, so that "
        "servers and caches answer otherwise",
        0.4,
        _GITHUB + "encode/httpx/blob/master/docs/index.md",
    ),
    Accelerator(
        ("uvloop", "httptools"),
        ("uvicorn",),
        ("performance", "behaviour"),
        "the server takes this event loop or parser by itself where it is installed: other speed, "
        "other treatment of malformed requests",
        0.5,
        _GITHUB + "encode/uvicorn/blob/master/docs/settings.md",
    ),
    Accelerator(
        ("scipy",),
        ("networkx",),
        ("crash", "numerics"),
        "pagerank and other algorithms need it",
        0.45,
        _GITHUB + "networkx/networkx/blob/main/doc/release/migration_guide_from_2.x_to_3.0.rst",
    ),
    Accelerator(
        ("orjson", "ujson"),
        ("fastapi", "starlette", "flask", "django", "sanic"),
        ("behaviour", "performance"),
        "JSON written by it differs from Python's json: no blanks, bytes instead of text, other "
        "treatment of NaN and subclasses",
        0.45,
        _GITHUB + "ijl/orjson/blob/master/README.md",
    ),
)


def decided_elsewhere(pair: Pair, name: str) -> bool:
    """Whether a rule of its own tells what the absence of this distribution does here."""
    if name in HTML_PARSERS:
        return bool(pair.installed("beautifulsoup4"))
    if name in ENCODING_DETECTORS:
        return bool(pair.installed("requests", "beautifulsoup4"))
    if name in _OTHERS:
        return bool(pair.installed("pandas"))
    return any(name in one.names and pair.installed(*one.users) for one in ACCELERATORS)
