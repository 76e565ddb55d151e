"""One process as `/proc` shows it (proc(5))."""

from __future__ import annotations

import errno
import os

from .root import decode, split_pair, whole_number
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .root import Root

# Bounds for what a hostile process can put there; the kernel's own limit for arguments and
# environment together is a quarter of the stack limit, 2 MiB by default.
MAX_ENVIRONMENT = 8 * 1024 * 1024
MAX_ARGUMENTS = 100_000
_STARTED = 19  # field 22 of /proc/PID/stat (proc(5)), counted after the name
ALL_IDS = 4294967295  # as many users, and as many groups, as there can be
OVERFLOW_ID = 65534  # what stands for those that have no number in a namespace


class Process:
    """What `/proc/PID` tells. Values are read when asked for, once, and raise `OSError`."""

    def __init__(self, root: Root, directory: str) -> None:
        self.root = root
        self.directory = directory
        self._environ: dict[str, str] | None = None
        self._status: dict[str, str] | None = None
        self._argv: list[str] | None = None

    def path(self, name: str) -> str:
        return self.directory + "/" + name

    @property
    def environ(self) -> dict[str, str]:
        """The environment the process was started with; the first of duplicates counts, as
        it does for getenv(3)."""
        if self._environ is None:
            self._environ = parse_environ(self.root.read(self.path("environ"), MAX_ENVIRONMENT))
        return self._environ

    @property
    def environment(self) -> dict[bytes, bytes]:
        """As `environ`, as it is: to start something with it."""
        return split_environ(self.root.read(self.path("environ"), MAX_ENVIRONMENT))

    def use_environ(self, environ: dict[str, str]) -> None:
        """Take these variables for the process's own."""
        self._environ = environ

    @property
    def argv(self) -> list[str]:
        if self._argv is None:
            self._argv = parse_cmdline(self.root.read(self.path("cmdline"), MAX_ENVIRONMENT))
        return self._argv

    @property
    def status(self) -> dict[str, str]:
        if self._status is None:
            lines = self.root.text(self.path("status"), 64 * 1024).splitlines()
            self._status = dict(split_pair(line, ":") for line in lines)
        return self._status

    @property
    def exe(self) -> str:
        """The path of the running program, as the process's own root names it."""
        return self.root.readlink(self.path("exe"))

    @property
    def cwd(self) -> str:
        return self.root.readlink(self.path("cwd"))

    @property
    def pid(self) -> int:
        """The process's number in its innermost PID namespace."""
        numbers = self.status.get("NSpid") or self.status.get("Pid", "")
        return _integer(numbers.split()[-1:])

    @property
    def parent(self) -> int:
        return _integer([self.status.get("PPid", "")])

    @property
    def started_at(self) -> int:
        """In clock ticks since the machine was started."""
        return started_ticks(self.root, self.path("stat"))

    def identities(self, field: str) -> tuple[int, int, int, int]:
        """`Uid` or `Gid`: real, effective, saved and file system identity."""
        numbers = [int(word) for word in self.status.get(field, "").split()]
        if len(numbers) != 4:
            raise Unreadable("status has no %s" % field)
        return numbers[0], numbers[1], numbers[2], numbers[3]

    def id_map(self, field: str) -> list[tuple[int, int, int]] | None:
        """`Uid` or `Gid`: (first number in the process's user namespace, first outside, count);
        None where every number stands for itself (user_namespaces(7))."""
        try:
            lines = self.root.text(self.path(field.lower() + "_map"), 64 * 1024).splitlines()
        except FileNotFoundError:  # a kernel without user namespaces
            return None
        ranges = []
        for line in lines:
            first, outside, count = (int(word) for word in line.split())
            ranges.append((first, outside, count))
        return None if ranges == [(0, 0, ALL_IDS)] else ranges

    def own_number(self, field: str, number: int) -> int:
        """A user's or group's number as the process itself has it. The kernel shows a reader in
        another user namespace the numbers of the reader's."""
        ranges = None if self.shares_namespace("user") else self.id_map(field)
        if ranges is None:
            return number
        for first, outside, count in ranges:
            if outside <= number < outside + count:
                return first + number - outside
        return OVERFLOW_ID

    def shares_namespace(self, kind: str) -> bool:
        """Whether the process and this one live in one namespace (`net`, `user`, ...).

        Where the kernel does not let us look, or a recorded tree has no reader: yes.
        """
        try:
            theirs = self.root.readlink(self.path("ns/" + kind))
            return theirs == self.root.readlink("/proc/self/ns/" + kind)
        except OSError:
            return True


class OwnProcess(Process):
    """The process that runs the agent, whose environment may have changed since its start."""

    def __init__(self, root: Root) -> None:
        super().__init__(root, "/proc/self")

    @property
    def environ(self) -> dict[str, str]:
        if self._environ is None:
            self._environ = {
                decode(name): decode(value) for name, value in sorted(os.environb.items())
            }
        return self._environ

    @property
    def environment(self) -> dict[bytes, bytes]:
        return dict(os.environb)


class PlannedProcess(Process):
    """What an image is configured to start: `argv`, in our own environment, which the engine
    made from the same configuration. The program that asks is not it."""

    def __init__(self, root: Root, argv: list[str]) -> None:
        super().__init__(root, "/proc/self")
        self._argv = argv

    @property
    def exe(self) -> str:
        """The program that the command names, looked up as it would be, without links."""
        program = self.argv[0] if self.argv else ""
        places = [""]
        if program and "/" not in program:
            places = [place + "/" for place in self.environ.get("PATH", "").split(":") if place]
        for place in places:
            if (place + program).startswith("/") and self.root.is_file(place + program):
                return self.root.realpath(place + program)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def parse_cmdline(content: bytes) -> list[str]:
    if content.endswith(b"\0"):
        content = content[:-1]
    if not content:
        return []
    words = content.split(b"\0", MAX_ARGUMENTS)[:MAX_ARGUMENTS]
    if len(words) > 2 and not any(words[1:]):
        del words[1:]  # a process that renamed itself: the rest of the old arguments is zeroed
    return [decode(word) for word in words]


def parse_environ(content: bytes) -> dict[str, str]:
    return {decode(name): decode(value) for name, value in split_environ(content).items()}


def split_environ(content: bytes) -> dict[bytes, bytes]:
    environment: dict[bytes, bytes] = {}
    for entry in content.split(b"\0"):
        name, separator, value = entry.partition(b"=")
        if separator and name:
            environment.setdefault(name, value)
    return environment


def started_ticks(root: Root, path: str) -> int:
    """From the `stat` of a process or a thread, whose name may hold anything."""
    fields = root.text(path, 64 * 1024).rpartition(")")[2].split()
    return _integer(fields[_STARTED : _STARTED + 1])


def _integer(words: list[str]) -> int:
    number = whole_number(words[0]) if words else None
    if number is None:
        raise Unreadable("status is incomplete")
    return number
