"""What a change of version says: how far it goes and in which direction.

- PEP 440 (https://peps.python.org/pep-0440/) by `packaging`;
- dpkg: deb-version(7), "Sorting algorithm";
- apk: apk-tools, src/version.c: `digit{.digit}...{letter}{_suf{#}}...{~hash}{-r#}`;
- rpm: rpm, rpmio/rpmvercmp.c, and `[epoch:]version-release`;
- conda: conda, conda/models/version.py, `VersionOrder`;
- release: anything else that counts upwards (kernels, libraries, drivers), as dpkg orders it.

Versions are untrusted text: nothing here converts digits of unbounded length to numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from itertools import zip_longest
from typing import TypeAlias

from packaging.version import InvalidVersion, Version

from ..model import Value
from .globs import PathTable

# Longer ones are no versions.
MAX_LENGTH = 256

Number: TypeAlias = "tuple[int, str]"


class Scheme(Enum):
    PEP440 = "pep440"
    DPKG = "dpkg"
    APK = "apk"
    RPM = "rpm"
    CONDA = "conda"
    RELEASE = "release"


_PYTHON = "python"
_OS = "os"
_CONDA = "conda"
_ANY = "release"

# Which facts are versions, and whose.
_VERSIONED = PathTable(
    [
        ("python.packages.*", _PYTHON),
        ("python.version", _PYTHON),
        ("frameworks.*.version", _PYTHON),
        ("os.packages.*", _OS),
        ("conda.packages.*", _CONDA),
        ("os.version_id", _ANY),
        ("os.debian_version", _ANY),
        ("os.libc.version", _ANY),
        ("kernel.release", _ANY),
        ("gpu.driver_version", _ANY),
        ("gpu.cuda_version", _ANY),
        ("time.tzdata.version", _ANY),
        ("python.series", _ANY),
        ("python.*.version", _ANY),
    ]
)

_BY_PACKAGE_MANAGER = {"dpkg": Scheme.DPKG, "apk": Scheme.APK, "rpm": Scheme.RPM}
# For fingerprints that do not tell the package manager: os-release's ID.
_BY_OS = {
    "debian": Scheme.DPKG,
    "ubuntu": Scheme.DPKG,
    "alpine": Scheme.APK,
    "wolfi": Scheme.APK,
    "fedora": Scheme.RPM,
    "rhel": Scheme.RPM,
    "centos": Scheme.RPM,
    "rocky": Scheme.RPM,
    "almalinux": Scheme.RPM,
    "amzn": Scheme.RPM,
    "sles": Scheme.RPM,
    "opensuse-leap": Scheme.RPM,
}


def os_scheme(package_manager: Value, os_id: Value) -> Scheme | None:
    """The order of one environment's OS packages."""
    if isinstance(package_manager, str) and package_manager in _BY_PACKAGE_MANAGER:
        return _BY_PACKAGE_MANAGER[package_manager]
    return _BY_OS.get(os_id) if isinstance(os_id, str) else None


def scheme_of(path: str, os_packages: Scheme | None) -> Scheme | None:
    """How the fact is versioned, None where it is no version or nobody's order applies."""
    whose = _VERSIONED.first(path)
    if whose == _PYTHON:
        return Scheme.PEP440
    if whose == _OS:
        return os_packages
    if whose == _CONDA:
        return Scheme.CONDA
    return Scheme.RELEASE if whose == _ANY else None


def equivalent(before: Value, after: Value, scheme: Scheme) -> bool:
    """Whether both spell one version (PEP 440: `1.0` is `1.0.0`). Two spellings of an OS
    package's version are two builds, whatever their order says.
    """
    if scheme is not Scheme.PEP440 or not (isinstance(before, str) and isinstance(after, str)):
        return False
    versions = pep440(before), pep440(after)
    return None not in versions and versions[0] == versions[1]


def describe(before: Value, after: Value, scheme: Scheme) -> Mapping[str, Value]:
    """`level` (epoch, major, minor, patch, build) and `direction` (up, down) of a change;
    empty where the values are no versions of the scheme.
    """
    if not (isinstance(before, str) and isinstance(after, str)):
        return {}
    if not (0 < len(before) <= MAX_LENGTH and 0 < len(after) <= MAX_LENGTH):
        return {}
    order = compare_versions(before, after, scheme)
    if order is None:
        return {}
    level = _level(_parts(before, scheme), _parts(after, scheme))
    direction = {-1: "up", 0: None, 1: "down"}[order]
    return {"level": level, **({"direction": direction} if direction else {})}


def compare_versions(one: str, other: str, scheme: Scheme) -> int | None:
    """-1, 0 or 1; None where either is no version of the scheme."""
    return _COMPARED_BY[scheme](one, other)


def _sign(one: object, other: object) -> int:
    return int(one > other) - int(one < other)  # type: ignore[operator]


def _number(digits: str) -> Number:
    """Orders digits as numbers: by length without leading zeros, then by the digits."""
    significant = digits.lstrip("0")
    return len(significant), significant


# --- how far a change goes


def _level(before: tuple[str, str], after: tuple[str, str]) -> str:
    """By the first part of the upstream version that differs; beyond the third it is a build."""
    if _number(before[0]) != _number(after[0]):
        return "epoch"
    pairs = zip_longest(_components(before[1]), _components(after[1]), fillvalue="0")
    for level, (one, other) in zip(("major", "minor", "patch"), pairs, strict=False):
        if one != other and not (
            one.isdigit() and other.isdigit() and _number(one) == _number(other)
        ):
            return level
    return "build"


def _parts(version: str, scheme: Scheme) -> tuple[str, str]:
    """The epoch and the upstream version, without what only tells builds and previews apart."""
    if scheme is Scheme.PEP440:
        parsed = pep440(version)
        return (
            ("0", "") if parsed is None else (str(parsed.epoch), parsed.base_version.split("!")[-1])
        )
    if scheme is Scheme.RELEASE:
        return "0", re.split(r"[-~+^_\s(]", _from_first_digit(version), maxsplit=1)[0]
    if scheme is Scheme.CONDA:
        epoch, rest = _split_epoch(version, "!")
        return epoch, rest.partition("+")[0]
    epoch, rest = ("0", version) if scheme is Scheme.APK else _split(version)[:2]
    return epoch, re.split(r"[-~+^_]", rest, maxsplit=1)[0]


def _split(version: str) -> tuple[str, str, str]:
    """Dpkg and rpm: `[epoch:]upstream[-revision]`; all but the first colon and the last hyphen
    belong to upstream.
    """
    epoch, rest = _split_epoch(version)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return epoch, upstream, revision


def _split_epoch(version: str, mark: str = ":") -> tuple[str, str]:
    epoch, colon, rest = version.partition(mark)
    return (epoch, rest) if colon and epoch.isascii() and epoch.isdigit() else ("0", version)


def _components(upstream: str) -> list[str]:
    return re.findall(r"[0-9]+|[a-zA-Z]+", upstream)


def _from_first_digit(text: str) -> str:
    """`OpenSSL 3.0.15 3 Sep 2024` -> `3.0.15 3 Sep 2024`."""
    digit = re.search(r"[0-9]", text)
    return text[digit.start() :] if digit else text


# --- PEP 440


@lru_cache(maxsize=4096)
def pep440(version: str) -> Version | None:
    """None for what is no version, and for one whose numbers are too long to be read."""
    if len(version) > MAX_LENGTH:
        return None
    try:
        return Version(version)
    except InvalidVersion:
        return None


def _compare_pep440(one: str, other: str) -> int | None:
    versions = pep440(one), pep440(other)
    if versions[0] is None or versions[1] is None:
        return None
    return _sign(versions[0], versions[1])


# --- dpkg, and whatever else counts upwards


def _compare_dpkg(one: str, other: str) -> int | None:
    return _sign(_dpkg_keys(one), _dpkg_keys(other)) if _begin_well(one, other) else None


def _compare_releases(one: str, other: str) -> int | None:
    if not (re.search(r"[0-9]", one) and re.search(r"[0-9]", other)):
        return None
    return _sign(_dpkg_key(_from_first_digit(one)), _dpkg_key(_from_first_digit(other)))


def _begin_well(*versions: str) -> bool:
    return all(version[:1].isascii() and version[:1].isalnum() for version in versions)


def _dpkg_keys(version: str) -> tuple[object, ...]:
    epoch, upstream, revision = _split(version)
    return _number(epoch), _dpkg_key(upstream), _dpkg_key(revision)


def _dpkg_key(text: str) -> list[tuple[tuple[int, ...], Number]]:
    """Runs of non-digits and of digits in turn. Within the former `~` comes before the end,
    the end before letters, and letters before everything else.
    """
    end = ((0,), _number(""))
    pairs = [
        ((*map(_dpkg_order, other), 0), _number(digits))
        for other, digits in re.findall(r"([^0-9]*)([0-9]*)", text)
        if other or digits
    ]
    return [*(pairs or [end]), end]  # no text orders as 0


def _dpkg_order(character: str) -> int:
    if character == "~":
        return -1
    letter = character.isascii() and character.isalpha()
    return ord(character) if letter else ord(character) + 256


# --- apk

# In the order that decides between versions of which one goes on and the other does not:
# what comes earlier is the greater.
_DIGITS, _LETTER, _SUFFIX, _SUFFIX_NUMBER, _HASH, _REVISION, _END, _INVALID = range(8)
_APK_TOKEN = re.compile(
    r"(?:\.?(?P<digits>[0-9]+))|(?P<letter>[a-z])|_(?P<suffix>[a-z]+)|~(?P<hash>[0-9a-fA-F]+)"
    r"|-r(?P<revision>[0-9]+)"
)
_PREVIEWS = ("alpha", "beta", "pre", "rc")
_APK_SUFFIXES = (*_PREVIEWS, "", "cvs", "svn", "git", "hg", "p")

ApkToken: TypeAlias = "tuple[int, str]"


def _compare_apk(one: str, other: str) -> int | None:
    if not _begin_well(one, other):
        return None
    ours, theirs = _apk_tokens(one), _apk_tokens(other)
    for place, (mine, its) in enumerate(zip(ours, theirs, strict=False)):
        if mine[0] != its[0]:
            return _longer_apk(mine, its)
        order = _compare_apk_token(mine, its, initial=place == 0)
        if order:
            return order
    return 0


def _longer_apk(mine: ApkToken, its: ApkToken) -> int:
    for token, order in ((mine, -1), (its, 1)):
        if token[0] == _SUFFIX and token[1] in _PREVIEWS:
            return order
    return _sign(its[0], mine[0])


def _compare_apk_token(mine: ApkToken, its: ApkToken, initial: bool) -> int:
    kind, text = mine
    if kind == _SUFFIX:
        return _sign(_APK_SUFFIXES.index(text), _APK_SUFFIXES.index(its[1]))
    fraction = kind == _DIGITS and not initial and "0" in (text[:1], its[1][:1])
    if kind in (_LETTER, _HASH) or fraction:  # 1.02 comes before 1.1
        return _sign(text, its[1])
    return _sign(_number(text), _number(its[1]))


def _apk_tokens(version: str) -> list[ApkToken]:
    tokens: list[ApkToken] = []
    position = 0
    while position < len(version):
        match = _APK_TOKEN.match(version, position)
        token = _apk_token(match, tokens[-1][0] if tokens else None)
        tokens.append(token)
        if match is None or token[0] == _INVALID:
            return tokens
        position = match.end()
    return [*tokens, (_END, "")]


def _apk_token(match: re.Match[str] | None, previous: int | None) -> ApkToken:
    """The token, or an invalid one where the grammar does not allow it after the previous."""
    if match is None:
        return _INVALID, ""
    name = str(match.lastgroup)
    text = match[name]
    kind = {"digits": _DIGITS, "letter": _LETTER, "suffix": _SUFFIX, "hash": _HASH}.get(
        name, _REVISION
    )
    if kind == _DIGITS and previous == _SUFFIX:
        kind = _SUFFIX_NUMBER
    last = -1 if previous is None else previous
    allowed = kind > last or (kind, last) in (
        (_DIGITS, _DIGITS),
        (_SUFFIX, _SUFFIX_NUMBER),
        (_SUFFIX, _SUFFIX),
    )
    if not allowed or (kind == _SUFFIX and text not in _APK_SUFFIXES):
        return _INVALID, text
    return kind, text


# --- rpm


def _compare_rpm(one: str, other: str) -> int | None:
    """Epoch, then version, then release."""
    if "," in one + other:  # several packages of one name
        return None
    ours, theirs = _split(one), _split(other)
    return (
        _sign(_number(ours[0]), _number(theirs[0]))
        or rpmvercmp(ours[1], theirs[1])
        or rpmvercmp(ours[2], theirs[2])
    )


def rpmvercmp(one: str, other: str) -> int:
    """Rpm's comparison of a version or a release: -1, 0 or 1.

    Runs of digits and of letters, separators ignored; a number is newer than letters; `~`
    sorts before the end, `^` after it but before anything that goes on.
    """
    for mine, its in zip_longest(_rpm_segments(one), _rpm_segments(other)):
        for mark, ending in (("~", -1), ("^", 1)):
            if mark in (mine, its) and mine != its:
                return _rpm_mark(mine, its, mark, ending)
        if mine is None or its is None:
            return -1 if mine is None else 1
        if mine.isdigit() != its.isdigit():
            return 1 if mine.isdigit() else -1
        order = _sign(_number(mine), _number(its)) if mine.isdigit() else _sign(mine, its)
        if order:
            return order
    return 0


def _rpm_mark(mine: str | None, its: str | None, mark: str, ending: int) -> int:
    """One side has the mark: before what the other side has (-1) or after (1)."""
    other = its if mine == mark else mine
    order = ending if other is None else -1
    return order if mine == mark else -order


def _rpm_segments(text: str) -> list[str]:
    return re.findall(r"[0-9]+|[a-zA-Z]+|[~^]", text)


# --- conda

# What comes first: `dev`, other words, numbers, `post`.
CondaPiece: TypeAlias = "tuple[int, Number | str]"
_NOTHING: CondaPiece = (2, _number("0"))


def _compare_conda(one: str, other: str) -> int | None:
    if not (_CONDA_VERSION.fullmatch(one) and _CONDA_VERSION.fullmatch(other)):
        return None
    (epoch, rest), (its_epoch, its_rest) = _split_epoch(one, "!"), _split_epoch(other, "!")
    ours, theirs = rest.lower().partition("+"), its_rest.lower().partition("+")
    return (
        _sign(_number(epoch), _number(its_epoch))
        or _compare_conda_parts(ours[0], theirs[0])
        or _compare_conda_parts(ours[2], theirs[2])
    )


_CONDA_VERSION = re.compile(r"(?:[0-9]+!)?[A-Za-z0-9_.*]+(?:\+[A-Za-z0-9_.*]+)?")


def _compare_conda_parts(one: str, other: str) -> int:
    """Part by part, piece by piece: what is not there counts as zero."""
    for mine, its in zip_longest(_conda_parts(one), _conda_parts(other), fillvalue=[_NOTHING]):
        for piece, its_piece in zip_longest(mine, its, fillvalue=_NOTHING):
            order = _sign(piece, its_piece)
            if order:
                return order
    return 0


def _conda_parts(version: str) -> list[list[CondaPiece]]:
    """`1.1rc2` is (1), (1, rc, 2), and `1.rc2` (1), (0, rc, 2)."""
    if not version:
        return []
    kept = version.rstrip("_")  # an underscore at the end belongs to the last part
    parts = re.split(r"[._]", kept)
    parts[-1] += version[len(kept) :]
    return [_conda_pieces(part) for part in parts]


def _conda_pieces(part: str) -> list[CondaPiece]:
    pieces: list[CondaPiece] = []
    for text in re.findall(r"[0-9]+|[^0-9]+", part):
        if text.isdigit():
            pieces.append((2, _number(text)))
        else:
            pieces.append({"dev": (0, ""), "post": (3, "")}.get(text, (1, text)))
    return pieces if part[:1].isdigit() else [_NOTHING, *pieces]


_COMPARED_BY: Mapping[Scheme, Callable[[str, str], int | None]] = {
    Scheme.PEP440: _compare_pep440,
    Scheme.DPKG: _compare_dpkg,
    Scheme.APK: _compare_apk,
    Scheme.RPM: _compare_rpm,
    Scheme.CONDA: _compare_conda,
    Scheme.RELEASE: _compare_releases,
}
