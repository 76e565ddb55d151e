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
from .canonical import Written, written
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
    from .section import Section

    Place = tuple[int, int, int]  # offset, size and checksum of a piece

DEFAULT_PATH = "/var/lib/envaudit/baked"
PATH_VARIABLE = "ENVAUDIT_BAKED"  # another path, or empty: none
SECTIONS = (
    "os",
    "os.packages",
    "python",
    "python.packages",
    "python.integrity",
    "python.sources",
    "conda",
    "native",
)
_MAGIC = b"envaudit-baked-2"
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
    for name in consulted.names:
        # The digest has no key, and so is for a value that a fingerprint tells as it is.
        value = consulted.get(name)
        if value is not None and subject.redactor.variable(name, value) != value:
            raise NotBaked("the sections depend on %s, which may hold a secret" % name)
    failed = [section.name for section in sections if section.status == "error"]
    if failed:
        raise NotBaked("nothing is baked: %s could not be read" % " and ".join(failed))
    conditions["environ"] = _digests(consulted, consulted.names)
    tree = _Tree(root.directories)
    head = {
        "conditions": conditions,
        "sections": {section.name: _as_kept(section) for section in sections},
        "private": root.private,
        "denied": list(root.denied),
        "tree": tree.root,
    }
    _let_the_moment_pass(root.newest)
    try:
        os.makedirs(os.path.dirname(path) or ".", 0o755, exist_ok=True)
        write_file(path, _pack(marshal.dumps(head, 2)) + bytes(tree.content))
    except OSError as error:
        raise NotBaked("%s: %s" % (path, why(error))) from None
    return "baked %d facts in %d sections, read from %d directories -> %s" % (
        sum(len(section.facts.values) for section in sections),
        len(sections),
        len(root.directories),
        path,
    )


class _Tree:
    """The directories as pieces that are read one by one, as few of them are ever looked at.

    A piece holds the listing, the entries, and where the pieces of the directories in it lie;
    so each is written after those.
    """

    def __init__(self, directories: dict[str, Directory]) -> None:
        from .observe import Directory

        self.content = bytearray()
        children: dict[str, dict[str, Place]] = {"": {}}
        for path in directories:
            while path not in children:
                children[path] = {}
                path = path.rpartition("/")[0]  # noqa: PLW2901 - its ancestors, up to the root
        for path in sorted(children, key=len, reverse=True):
            directory = directories.get(path or "/", Directory())
            piece = marshal.dumps((directory.listing, directory.entries, children[path]), 2)
            self.root: Place = (len(self.content), len(piece), crc32(piece))
            self.content += piece
            if path:
                parent, _, name = path.rpartition("/")
                children[parent][name] = self.root


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


def _as_kept(section: Section) -> tuple[dict[str, Any], str, str]:
    """With its texts, which a start need not make again."""
    kept = written(section.document())
    return dict(kept), kept.canonical, kept.readable


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
        try:
            state = _State(path)
        except FileNotFoundError:
            return {}, None
        state.require(subject)
        return state.sections(subject), None
    except NotReusable as error:
        return {}, str(error)
    except OutOfTime:
        return {}, "time budget spent"
    except (OSError, ValueError, LookupError, TypeError, EOFError):
        return {}, "it is damaged or cannot be read"
    finally:
        interruptible.on = False


class _State:
    """The file: a line that says what follows, the head, and the pieces of the tree."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._root = LiveRoot()
        self._written = os.stat(path).st_ctime_ns
        line = self._root.head(path, _MAX_LINE).split(b"\n", 1)[0]
        magic, size, checksum = line.split(b" ")
        if magic != _MAGIC:
            raise NotReusable("it was made by another version of envaudit")
        self._pieces_at = len(line) + 1 + int(size)
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
        roots = [mount for mount in mounts if mount.point == "/"]
        on_overlay = bool(roots) and roots[-1].fstype == "overlay"
        self._look_at("", self._head["tree"], self._written if on_overlay else 0)
        for point in {mount.point for mount in mounts}:
            if point != "/" and not (point + "/").startswith(("/proc/", "/sys/", "/dev/")):
                self._look_at_mount(point)

    def _look_at_mount(self, point: str) -> None:
        """At what a mount hides, and at the directory that it lies in."""
        directory = ""
        place: Place | None = self._head["tree"]
        for name in point.split("/")[1:]:
            if place is None:
                return
            listing, entries, children = self._piece(place)
            if directory + "/" + name == point:
                _require_same(directory, listing, entries)
            directory += "/" + name
            place = children.get(name)
        if place is not None:
            self._look_at(directory, place, 0)

    def _look_at(self, directory: str, place: Place, untouched_before: int) -> None:
        """Closely at each directory of a tree, but for subtrees that nothing has touched."""
        pending = [(directory, place)]
        while pending:
            directory, place = pending.pop()
            if _changed_at(directory) >= untouched_before:
                listing, entries, children = self._piece(place)
                _require_same(directory, listing, entries)
                pending += [(directory + "/" + name, children[name]) for name in children]

    def _piece(self, place: Place) -> Any:
        offset, size, checksum = place
        return self._part(self._pieces_at + offset, size, checksum)

    def sections(self, subject: Subject) -> dict[str, Any]:
        sections = {name: Written(*kept) for name, kept in self._head["sections"].items()}
        facts = sections["python"]["facts"]
        if "chosen_because" in facts:  # of this start, whose command may name the same one
            reason = subject.interpreters.reason
            if facts["chosen_because"] != reason:
                facts["chosen_because"] = reason
                sections["python"] = written(sections["python"])
        return sections


def _changed_at(directory: str) -> int:
    """The change time, in nanoseconds; of one that cannot be looked at, the end of time."""
    try:
        return os.stat(directory or "/").st_ctime_ns
    except OSError:
        return MAX_OFFSET


def _require_same(
    directory: str, listing: list[str] | None, entries: dict[str, State | None]
) -> None:
    from . import observe

    if listing is not None and observe.listing(directory or "/") != listing:
        raise NotReusable("%s has changed" % (directory or "/"))
    for name, before in entries.items():
        if observe.state(directory + "/" + name) != before:
            raise NotReusable("%s/%s has changed" % (directory, name))


# -- at both ------------------------------------------------------------------------------


def _conditions(subject: Subject) -> dict[str, Any]:
    """What the sections depend on beside files and variables, by the name it has for people."""
    import sys

    try:
        interpreters, path = subject.interpreters, subject.import_path
        chosen = interpreters.chosen
        found: Any = [chosen.executable, chosen.real, chosen.prefix, chosen.runs_here]
        found += [interpreters.searched]  # and what lies there is held against the tree
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
    """Values are kept as digests, since one may be pages long."""
    return {
        name: sha256_hex(environ[name].encode("utf-8", "surrogatepass"))
        if name in environ
        else None
        for name in names
    }
