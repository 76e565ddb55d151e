"""Fingerprint and baseline files: read strictly, written whole or not at all."""

from .canonical import canonical, digest
from .decode import load, load_baseline, parse, parse_baseline
from .encode import document, dumps, sealed
from .places import places
from .reading import read, stream_number
from .writing import write

__all__ = [
    "canonical",
    "digest",
    "document",
    "dumps",
    "load",
    "load_baseline",
    "parse",
    "parse_baseline",
    "places",
    "read",
    "sealed",
    "stream_number",
    "write",
]
