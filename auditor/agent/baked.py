"""What is fixed in an image, read once while the image is built (`envaudit snapshot --bake`).

A start reuses the sections that were baked when nothing they were read from has changed since,
and otherwise reads them again, so the fingerprint is the same either way.

It need not look at each file. Containers run on overlayfs, which copies a file and each directory
above it up to the layer that is written to before anything is changed, made, removed or replaced
(https://docs.kernel.org/filesystems/overlayfs.html). The copies are younger than the baked state:
so a directory whose change time is older than that holds nothing that was touched in a later layer
or in the container, however deep.

In a younger directory each name and each file's kind, size and modification time (in whole
seconds: image layers keep no more) are compared, and so are they where another file system is
mounted, and on anything but overlayfs. What keeps all of these is found by `--integrity full`,
which reads everything and reuses nothing. What the layer of the state itself changes after the
state was written is not younger: baking has to be the last step of its layer, and is best a layer
of its own.

The state is as trustworthy as the image that it lies in. Its checksums tell damage, not malice.
"""

from __future__ import annotations

import marshal
import os
import time
from binascii import crc32

from . import __version__
from .digests import sha256_hex
from .files import write_file
from .mounts import read_mounts
from .process import Process
from .root import MAX_OFFSET, MIB, LiveRoot, OutOfTime
from .run import interruptible
from .section import SectionAbsent, Unreadable, why
from .subject import Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .mounts import Mount
    from .observe import Directory, State
    from .redact import Redactor

DEFAULT_PATH = "/var/lib/envaudit/baked"
PATH_VARIABLE = "ENVAUDIT_BAKED"  # another path, or empty: none
SECTIONS = (
    "os",
    "os.packages",
    "python",
    "python.packages",
    "python.sources",
    "python.integrity",
    "native",
)
_MAGIC = b"envaudit-baked-1"
_MAX_LINE = 256
_MAX_PART = 256 * MIB
# Seconds: a file that is written to in the second in which it was looked at keeps its time.
_MOMENT = 1.0


def state_path() -> str | None:
    return os.environ.get(PATH_VARIABLE, DEFAULT_PATH) or None


def destination(target: str, integrity: str) -> str:
    """Where the baked state goes; raises `NotBaked` where there is nothing to bake."""
    path = state_path()
    if target != ".":
        raise NotBaked("--bake is for the environment that it runs in, not for %r" % target)
    if integrity == "full":
        raise NotBaked("--integrity full reads everything at each start: bake with fast or off")
    if path is None:
        raise NotBaked("%s is empty: no baked state is wanted here" % PATH_VARIABLE)
    return path


class NotBaked(Exception):
    """Why there is no baked state, as one line."""


class NotReusable(Exception):
    """Why the baked sections are read again, as one line."""


# -- while the image is built -------------------------------------------------------------


def subject_to_bake(redactor: Redactor, python: str | None, integrity: str) -> Subject:
    """This environment as its start will find it: nothing of the application runs yet."""
    from .observe import ObservingRoot

    root = ObservingRoot()
    process = Process(root, "/proc/self")
    return Subject(root, process, redactor, started=False, python=python, integrity=integrity)


def bake(subject: Subject, path: str) -> str:
    """Read the image's sections of a `subject_to_bake` and write the baked state.

    Returns a summary of one line. Raises `NotBaked` where no start could reuse it, and where it
    cannot be written.
    """
    from .collectors import load
    from .observe import ObservingRoot
    from .run import run

    root = subject.root
    assert isinstance(root, ObservingRoot)
    conditions = _conditions(subject)
    consulted = Consulted(subject.environ)
    subject.process.use_environ(consulted)
    sections = run(subject, [load(name) for name in SECTIONS])
    if consulted.enumerated:
        raise NotBaked("the sections depend on the whole environment")
    failed = [section.name for section in sections if section.status == "error"]
    if failed:
        raise NotBaked("nothing is baked: %s could not be read" % " and ".join(failed))
    conditions["environ"] = _digests(consulted, consulted.names)
    directories = _with_ancestors(root.directories)
    details = _Details()
    for directory in directories.values():
        details.add(directory.listing, directory.entries)
    head = {
        "conditions": conditions,
        "sections": {section.name: section.document() for section in sections},
        "private": root.private,
        "denied": list(root.denied),
        "directories": list(directories),
        "ends": _subtree_ends(list(directories)),
        "details": details.places,
    }
    _let_the_moment_pass(root.newest)
    try:
        os.makedirs(os.path.dirname(path) or ".", 0o755, exist_ok=True)
        write_file(path, _pack(marshal.dumps(head, 2)) + bytes(details.content))
    except OSError as error:
        raise NotBaked("%s: %s" % (path, why(error))) from None
    return "baked %d facts in %d sections, read from %d directories -> %s" % (
        sum(len(section.facts.values) for section in sections),
        len(sections),
        len(directories),
        path,
    )


def _with_ancestors(directories: dict[str, Directory]) -> dict[str, Directory]:
    """In an order in which each is followed by all that lie in it."""
    from .observe import Directory

    known = {"/": Directory(), **directories}
    for path in directories:
        above = path.rpartition("/")[0]
        while above and above not in known:
            known[above] = Directory()
            above = above.rpartition("/")[0]
    return {path: known[path] for path in sorted(known, key=_as_prefix)}


def _subtree_ends(ordered: list[str]) -> list[int]:
    """Of each directory the number of the first that follows it and does not lie in it."""
    ends = [len(ordered)] * len(ordered)
    open_ones: list[int] = []
    for number, path in enumerate(ordered):
        while open_ones and not path.startswith(_as_prefix(ordered[open_ones[-1]])):
            ends[open_ones.pop()] = number
        open_ones.append(number)
    return ends


def _as_prefix(directory: str) -> str:
    return directory.rstrip("/") + "/"


class _Details:
    """What was seen of the directories, one by one: few of them are ever looked at again."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.places: list[tuple[int, int, int]] = []  # offset, size, checksum

    def add(self, listing: list[str] | None, entries: dict[str, State | None]) -> None:
        piece = marshal.dumps((listing, entries), 2)
        self.places.append((len(self.content), len(piece), crc32(piece)))
        self.content += piece


class Consulted(dict):  # type: ignore[type-arg]  # subscripting it needs Python 3.9
    """An environment that notes which variables are asked for."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(environ)
        self.names: dict[str, None] = {}
        self.enumerated = False

    def __getitem__(self, name: str) -> Any:
        self.names[name] = None
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.names[name] = None
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.names[str(name)] = None
        return super().__contains__(name)

    def __iter__(self) -> Iterator[Any]:
        self.enumerated = True
        return super().__iter__()

    def keys(self) -> Any:
        self.enumerated = True
        return super().keys()

    def values(self) -> Any:
        self.enumerated = True
        return super().values()

    def items(self) -> Any:
        self.enumerated = True
        return super().items()


def _let_the_moment_pass(newest: int) -> None:
    """Until whatever is changed from now on gets a later modification time. A file dated in the
    future needs no waiting: changing it takes it back to the present."""
    while newest <= time.time() < newest + _MOMENT:
        time.sleep(0.05)


def _pack(head: bytes) -> bytes:
    return b"%s %d %d\n" % (_MAGIC, len(head), crc32(head)) + head


# -- at the start -------------------------------------------------------------------------


def reuse(subject: Subject, until: float | None = None) -> tuple[dict[str, Any], str | None]:
    """(section name -> document, why none where a baked state exists but says nothing here).

    Only of the environment that this process was started in: what is audited from outside is
    read in full. `until`: monotonic seconds.
    """
    path = state_path()
    if path is None or subject.started or not subject.root.live or subject.integrity == "full":
        return {}, None
    interruptible.until = until
    try:
        interruptible.on = True
        state = _State(path)
        state.require(subject)
        return state.sections(subject), None
    except FileNotFoundError:
        return {}, None
    except NotReusable as error:
        return {}, str(error)
    except OutOfTime:
        return {}, "time budget spent"
    except (OSError, ValueError, LookupError, TypeError, EOFError):
        return {}, "it is damaged or cannot be read"
    finally:
        interruptible.on = False


class _State:
    """The file: a line that says what follows, the head, and the details of each directory."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._root = LiveRoot()
        self._written = os.stat(path).st_ctime_ns
        line = self._root.head(path, _MAX_LINE).split(b"\n", 1)[0]
        magic, size, checksum = line.split(b" ")
        if magic != _MAGIC:
            raise NotReusable("it was made by another version of envaudit")
        self._details_at = len(line) + 1 + int(size)
        self._head: dict[str, Any] = self._part(len(line) + 1, int(size), int(checksum))

    def _part(self, offset: int, size: int, checksum: int) -> Any:
        content = self._root.head(self._path, min(size, _MAX_PART), offset)
        if crc32(content) != checksum:
            raise Unreadable("damaged")
        return marshal.loads(content)  # noqa: S302 - see above: part of the image, as our code is

    def require(self, subject: Subject) -> None:
        """Raise `NotReusable` unless everything is as it was."""
        baked = self._head["conditions"]
        environ = baked.pop("environ")
        for name, now in _conditions(subject).items():
            if baked[name] != now:
                raise NotReusable("%s differs" % name)
        for name, now in _digests(subject.environ, environ).items():
            if environ[name] != now:
                raise NotReusable("%s differs" % name)
        if not all(os.access(path, os.R_OK) for path in self._head["private"]):
            raise NotReusable("this user may read less")
        if any(os.access(path, os.R_OK) for path in self._head["denied"]):
            raise NotReusable("this user may read more")
        self._require_unchanged(read_mounts(subject.process))

    def _require_unchanged(self, mounts: list[Mount]) -> None:
        directories: list[str] = self._head["directories"]
        ends: list[int] = self._head["ends"]
        roots = [mount for mount in mounts if mount.point == "/"]
        untouched_before = self._written if roots and roots[-1].fstype == "overlay" else 0
        number = 0
        while number < len(directories):
            if _changed_at(directories[number]) < untouched_before:
                number = ends[number]  # nor has anything that lies in it been touched
            else:
                self._look_closely(number, directories[number])
                number += 1
        for number in sorted(set(_at_mounts(mounts, directories, ends))):
            self._look_closely(number, directories[number])

    def _look_closely(self, number: int, directory: str) -> None:
        from .observe import listing, state

        offset, size, checksum = self._head["details"][number]
        names, entries = self._part(self._details_at + offset, size, checksum)
        if names is not None and listing(directory) != names:
            raise NotReusable("%s has changed" % directory)
        for name, before in entries.items():
            path = _as_prefix(directory) + name
            if state(path) != before:
                raise NotReusable("%s has changed" % path)

    def sections(self, subject: Subject) -> dict[str, Any]:
        sections: dict[str, Any] = self._head["sections"]
        facts = sections["python"]["facts"]
        if "chosen_because" in facts:  # of this start, whose command may name the same one
            facts["chosen_because"] = subject.interpreters.reason
        return sections


def _changed_at(directory: str) -> int:
    """The change time, in nanoseconds; of one that cannot be looked at, the end of time."""
    try:
        return os.stat(directory).st_ctime_ns
    except OSError:
        return MAX_OFFSET


def _at_mounts(mounts: list[Mount], directories: list[str], ends: list[int]) -> list[int]:
    """The directories that another mount hides, or something directly in them."""
    hidden: list[int] = []
    numbers = {path: number for number, path in enumerate(directories)}
    for point in {mount.point for mount in mounts}:
        if point == "/" or (point + "/").startswith(("/proc/", "/sys/", "/dev/")):
            continue
        parent, own = numbers.get(point.rpartition("/")[0] or "/"), numbers.get(point)
        if parent is not None:
            hidden.append(parent)
        if own is not None:
            hidden += range(own, ends[own])
    return hidden


# -- at both ------------------------------------------------------------------------------


def _conditions(subject: Subject) -> dict[str, Any]:
    """What the sections depend on beside files and variables, by the name it has for people."""
    import sys

    try:
        interpreters, path = subject.interpreters, subject.import_path
        chosen = interpreters.chosen
        found: Any = [chosen.executable, chosen.real, chosen.prefix, chosen.runs_here]
        found += [interpreters.others]
        searched: Any = [path.entries, path.packages, path.code, path.user_site, path.complete]
    except SectionAbsent:
        found = searched = None
    return {
        "the agent": [__version__, sys.version],
        "--integrity": subject.integrity,
        "the redaction": subject.redactor.identity,
        "the interpreter": found,
        "its import path": searched,
        "its options": subject.settings.options,
    }


def _digests(environ: dict[str, str], names: Any) -> dict[str, str | None]:
    """Values are kept as digests: a state is no place for them."""
    return {
        name: sha256_hex(environ[name].encode("utf-8", "surrogatepass"))
        if name in environ
        else None
        for name in names
    }
