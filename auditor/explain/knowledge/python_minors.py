"""What changed in Python from one minor version to the next, as far as programs can see it.

A data table: series -> (what holds since then, source).
"""

from __future__ import annotations

from typing import NamedTuple


class Minor(NamedTuple):
    number: tuple[int, int]
    what: str
    source: str


MINORS = (
    Minor(
        (3, 9),
        "several old aliases are gone",
        "https://docs.python.org/3/whatsnew/3.9.html",
    ),
    Minor(
        (3, 10),
        "names such as collections.Mapping are gone, and OpenSSL 1.1.1 is needed",
        "https://docs.python.org/3/whatsnew/3.10.html",
    ),
    Minor(
        (3, 11),
        "format() of an Enum with a mixed-in type gives `Color.RED` instead of the value, and long "
        "integers (above 4,300 digits) are no longer converted to text",
        "https://docs.python.org/3/whatsnew/3.11.html",
    ),
    Minor(
        (3, 12),
        "sum() of floats is compensated (other last digits), Unicode is 15.0, and distutils, imp, "
        "asyncore and asynchat are gone",
        "https://docs.python.org/3/whatsnew/3.12.html",
    ),
    Minor(
        (3, 13),
        "cgi, crypt, telnetlib, imghdr, pipes and other old modules are gone (PEP 594), and "
        "locals() returns snapshots",
        "https://github.com/python/peps/blob/main/peps/pep-0594.rst",
    ),
    Minor(
        (3, 14),
        "worker processes start by forkserver instead of fork, and annotations are evaluated "
        "lazily",
        "https://github.com/python/cpython/pull/125750",
    ),
    Minor(
        (3, 15),
        "UTF-8 is the default encoding of files",
        "https://github.com/python/peps/blob/main/peps/pep-0686.rst",
    ),
)


def minors_between(one: tuple[int, int], other: tuple[int, int]) -> list[Minor]:
    return [minor for minor in MINORS if min(one, other) < minor.number <= max(one, other)]
