"""Requirements files, with hashes or without
(https://pip.pypa.io/en/stable/reference/requirements-file-format/).

Where every requirement is pinned the file is taken for complete: whatever it does not name must
not be there. Otherwise what it does not name may be a dependency, and only warns.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from .lock import (
    MAX_PACKAGES,
    Locked,
    MarkerEnvironment,
    Selection,
    grouped,
    holds,
    is_bounded,
    refuse,
)

MAX_FILES = 50  # that `-r` and `-c` lead to, in all
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")  # of the space before it one character: linear
_EGG = re.compile(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)")
_COMMIT = re.compile(r"@([0-9a-f]{40})(?:#|$)")
_FRAGMENT_HASH = re.compile(r"#(?:.*&)?(sha256|sha384|sha512)=([0-9a-f]+)")
_INCLUDES = ("-r", "--requirement", "-c", "--constraint")
_EDITABLE = ("-e", "--editable")
# Options that say where or how to install, which nothing installed tells.
_WITH_VALUE = (
    *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-binary"),
    *("--only-binary", "--trusted-host", "--use-feature"),
)
_SWITCHES = ("--no-index", "--prefer-binary", "--require-hashes", "--pre")

# Reads the file that `-r` names, given the file that names it: (name, content).
Include = Callable[[str, str], "tuple[str, str]"]


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    source: str
    requirements: tuple[tuple[Requirement, Locked], ...]
    constraints: tuple[tuple[Requirement, Locked], ...]
    unnamed: bool
    format: str = "requirements.txt"

    def select(self, environment: MarkerEnvironment) -> Selection:
        here = [one for one in self.requirements if holds(one[0].marker, environment)]
        names = {locked.name for _, locked in here}
        limited = [one for one in self.constraints if holds(one[0].marker, environment)]
        limits = [one for one in limited if one[1].name in names]
        return Selection(
            required=_all_of([*here, *limits]),
            allowed=grouped([locked for _, locked in limited if locked.name not in names]),
            elsewhere=frozenset(locked.name for _, locked in self.requirements) - names,
            complete=all(locked.pinned for _, locked in here),
            unnamed=self.unnamed,
        )


def _all_of(requirements: list[tuple[Requirement, Locked]]) -> dict[str, tuple[Locked, ...]]:
    """What is named several times (constraints too) must meet all of it."""
    found: dict[str, Locked] = {}
    for _, locked in requirements:
        earlier = found.get(locked.name)
        if earlier is None:
            found[locked.name] = locked
            continue
        both = [one.specifier for one in (earlier, locked) if one.specifier is not None]
        found[locked.name] = replace(
            earlier,
            specifier=both[0] & both[1] if len(both) == 2 else next(iter(both), None),
            pinned=earlier.pinned or locked.pinned,
            hashes=earlier.hashes or locked.hashes,
        )
    return {name: (locked,) for name, locked in found.items()}


@dataclass
class _Reading:
    include: Include
    requirements: list[tuple[Requirement, Locked]] = field(default_factory=list)
    constraints: list[tuple[Requirement, Locked]] = field(default_factory=list)
    unnamed: bool = False
    seen: set[str] = field(default_factory=set)

    def file(self, text: str, source: str, constraint: bool) -> None:
        """One file and, in turn, those that it leads to."""
        waiting = [(text, source, constraint)]
        self.seen.add(source)
        while waiting:
            content, name, limits = waiting.pop(0)
            for number, line in _logical_lines(content):
                where = f"{name}:{number}"
                option, value = _option(line)
                if option in _INCLUDES:
                    target, included = self._include(value, name, where)
                    if target not in self.seen:
                        self.seen.add(target)
                        waiting.append((included, target, limits or "c" in option[:3]))
                else:
                    self._line(line, where, limits)

    def _include(self, name: str, of: str, where: str) -> tuple[str, str]:
        if not name or "://" in name:
            refuse(where, "only files can be included")
        if len(self.seen) > MAX_FILES:
            refuse(where, f"more than {MAX_FILES} files are included")
        return self.include(name, of)

    def _line(self, line: str, where: str, constraint: bool) -> None:
        words = _words(line, where)
        option = words[0].partition("=")[0]
        if option in _EDITABLE or (line[:2] == "-e" and option not in _SWITCHES):
            self._direct(words[-1].removeprefix("-e"), where)
        elif option.startswith("-"):
            if option not in (*_WITH_VALUE, *_SWITCHES) and option[:2] not in ("-i", "-f"):
                named = re.match(r"-{1,2}[a-z-]{1,40}", option)  # no address, with its password
                refuse(where, f"{named[0] if named else '-'} is no option of a requirements file")
        else:
            self._requirement(line, where, constraint)

    def _requirement(self, line: str, where: str, constraint: bool) -> None:
        text, hashes = _without_options(line)
        if not is_bounded(text):
            refuse(where, "a requirement, or a number in it, is longer than can be meant")
        if _is_path(text):
            self._direct(text, where)
            return
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            told = str(error).splitlines()[0]
            # An address may hold a password: it is not quoted.
            refuse(where, "is no requirement" + ("" if "://" in told else f": {told[:200]}"))
        found = self.constraints if constraint else self.requirements
        if len(found) >= MAX_PACKAGES:
            refuse(where, f"more than {MAX_PACKAGES:,} requirements")
        found.append((requirement, _locked(requirement, hashes, where)))

    def _direct(self, text: str, where: str) -> None:
        """A path or an address without a name before it."""
        path = text.partition("#")[0].partition("?")[0]
        egg = _EGG.search(text)
        name = egg[1] if egg else None
        if name is None and path.endswith(".whl"):
            try:
                name = parse_wheel_filename(PurePosixPath(path).name)[0]
            except InvalidWheelFilename:
                refuse(where, "is no name of a wheel")
        if name is None:
            self.unnamed = True
            return
        try:
            requirement = Requirement(f"{name} @ {text}")
        except InvalidRequirement:
            requirement = Requirement(name)
        source = _source(text)
        locked = Locked(canonicalize_name(name), place=where, source=source, commit=_commit(text))
        self.requirements.append((requirement, locked))


def parse(text: str, source: str, include: Include) -> RequirementsFile:
    """Raises `InvalidInput` with the line for what pip would not take either."""
    reading = _Reading(include)
    reading.file(text, source, constraint=False)
    return RequirementsFile(
        source, tuple(reading.requirements), tuple(reading.constraints), reading.unnamed
    )


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, those that end in a backslash joined, with the first's number."""
    parts: list[str] = []
    begun = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        begun = begun if parts else number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            parts.append(raw[:-1])
            continue
        line = _COMMENT.sub("", " ".join([*parts, raw])).strip()
        parts = []
        if line:
            yield begun, line
    if rest := _COMMENT.sub("", " ".join(parts)).strip():
        yield begun, rest


def _option(line: str) -> tuple[str, str]:
    """`-r FILE`, `-rFILE`, `--requirement FILE` and `--requirement=FILE` in two parts."""
    if line[:2] in _INCLUDES:
        return line[:2], line[2:].strip()
    option, _, value = line.replace("=", " ", 1).partition(" ")
    return option, value.strip()


def _words(line: str, where: str) -> list[str]:
    try:
        return shlex.split(line, posix=True) or [line]
    except ValueError:
        return line.split()[:1] or refuse(where, "is no requirement")


def _without_options(line: str) -> tuple[str, bool]:
    """The requirement before `--hash=...` and its like, and whether there is a hash."""
    before, *options = re.split(r"\s--(?=[a-z])", line)
    return before.strip(), any(option.startswith("hash") for option in options)


def _is_path(text: str) -> bool:
    head = text.partition(" ")[0]
    return (
        head.startswith((".", "/", "file:", "http:", "https:", "git+", "hg+", "svn+", "bzr+"))
        or ("/" in head and "@" not in head and "[" not in head)
        or head.endswith((".whl", ".tar.gz", ".zip"))
    )


def _locked(requirement: Requirement, hashes: bool, where: str) -> Locked:
    name = canonicalize_name(requirement.name)
    url = requirement.url
    if url is not None:
        digest = _FRAGMENT_HASH.search(url)
        return Locked(
            name,
            place=where,
            source=_source(url),
            commit=_commit(url),
            archive_hashes=frozenset([f"{digest[1]}={digest[2]}"] if digest else []),
        )
    pins = [one.version for one in requirement.specifier if one.operator in ("==", "===")]
    pinned = len(pins) == 1 and not pins[0].endswith(".*")
    return Locked(
        name,
        # `==1.0` takes `1.0+local` as well (PEP 440): the specifier decides, not the version.
        specifier=requirement.specifier,
        place=where,
        hashes=hashes,
        pinned=pinned,
    )


def _source(url: str) -> str:
    if url.startswith(("git+", "hg+", "svn+", "bzr+")):
        return "vcs"
    path = url.partition("#")[0].partition("?")[0]
    return "archive" if path.endswith((".whl", ".tar.gz", ".zip", ".tar.bz2")) else "directory"


def _commit(url: str) -> str | None:
    commit = _COMMIT.search(url)
    return commit[1] if commit and url.startswith("git+") else None
