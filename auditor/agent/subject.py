"""What the facts are about: a root, the process in it that matters, and its interpreter."""

from __future__ import annotations

import os

from .distributions import find_distributions
from .import_path import Settings, find_import_path
from .interpreter import find_interpreters, is_python
from .mounts import MAX_MOUNTINFO, read_mounts
from .process import OwnProcess, Process
from .redact import Redactor
from .root import LiveRoot, ProcessRoot, Root, whole_number
from .section import SectionAbsent, SectionSkipped, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .deep.answers import Answers
    from .distributions import Distribution
    from .import_path import ImportPath
    from .interpreter import Interpreters
    from .mounts import Mount

# Programs that only start, reap or wait for the application: what they load says nothing.
INIT_SHIMS = frozenset(
    "tini tini-static dumb-init docker-init catatonit s6-svscan runit runsvdir pause su-exec gosu "
    "sh bash dash ash busybox".split()
)


MAX_DESCENDANTS = 64


class Subject:
    """One audited environment, as the collectors see it.

    - `root`: its files and kernel interfaces.
    - `process`: the process whose environment, limits and libraries count.
    - `running`: False where no process stands for the application (an image, a stopped
      container, a root file system): runtime facts are then skipped, not guessed.
    - `started`: False while the application is still to be started by the entrypoint that
      takes this snapshot: what the process loads is then not yet the application's.
    - `configured`: False where not even a configuration tells how it is started (files alone).
    - `command`: the command line that would start it, where only its configuration tells.
    - `deep`: whether the application's libraries are asked as well.
    - `progress`: told (files done, of how many) while everything installed is read.
    """

    def __init__(
        self,
        root: Root,
        process: Process,
        redactor: Redactor,
        running: bool = True,
        started: bool = True,
        python: str | None = None,
        integrity: str = "fast",
        command: list[str] | None = None,
    ) -> None:
        self.root = root
        self.process = process
        self.redactor = redactor
        self.running = running
        self.started = started
        self.integrity = integrity
        self.command = command
        self.deep = False
        self._inside: Answers | None = None
        self.configured = True
        self.progress: Callable[[int, int], None] | None = None
        self._python = python
        self._mounts: list[Mount] | None = None
        self._interpreters: Interpreters | None = None
        self._import_path: ImportPath | None = None
        self._distributions: dict[str, Distribution] | None = None

    def require_running(self) -> None:
        """Raise `SectionSkipped` where nothing runs that runtime facts could be told of."""
        if not self.running:
            raise SectionSkipped("not running: decided when the container is started")

    def require_named_interpreter(self) -> None:
        """Raise `Unreadable` where the interpreter that the user named does not exist here."""
        if self._python is not None:
            try:
                self._interpreters = self._find_interpreters()
            except SectionAbsent:
                pass

    @property
    def environ(self) -> dict[str, str]:
        return self.process.environ

    @property
    def mounts(self) -> list[Mount]:
        if self._mounts is None:
            self._mounts = read_mounts(self.process)
        return self._mounts

    @property
    def interpreters(self) -> Interpreters:
        """The application's Python and the others that exist; raises `SectionAbsent`."""
        if self._interpreters is None:
            self._interpreters = self._find_interpreters()
        return self._interpreters

    def _find_interpreters(self) -> Interpreters:
        return find_interpreters(self.root, self.process, self._python, self.started)

    @property
    def import_path(self) -> ImportPath:
        if self._import_path is None:
            self._import_path = find_import_path(self.root, self.interpreters.chosen, self.settings)
        return self._import_path

    @property
    def settings(self) -> Settings:
        """The interpreter's switches by environment and command line. Before the application
        is started the command line is this agent's own, and says nothing."""
        argv = self.command
        if argv is None and self.started:
            try:
                argv = self.process.argv
            except (OSError, ValueError):
                argv = None
        cwd: str | None = None
        try:
            cwd = self.process.cwd
        except (OSError, ValueError):
            pass
        return Settings(self.environ, argv or [], cwd)

    @property
    def distributions(self) -> dict[str, Distribution]:
        if self._distributions is None:
            self._distributions = find_distributions(self.root, self.import_path.packages)
        return self._distributions

    @property
    def inside(self) -> Answers:
        """What the application's own libraries tell: see `deep/child.py`, which says what it
        raises. They are asked once."""
        if self._inside is None:
            from .deep.answers import Answers
            from .deep.child import ask

            self._inside = Answers()
            try:
                if isinstance(self.process, OwnProcess):
                    from .deep.here import ask_here

                    ask_here(self._inside, self.deep)
                else:
                    ask(self, self._inside, self.root.deadline)
            except (OSError, ValueError, SectionAbsent, SectionSkipped) as error:
                self._inside.error = error
        if self._inside.error is not None:
            raise self._inside.error
        return self._inside

    @property
    def descendants(self) -> list[Process]:
        """What the application has started and still runs: an application server forks, and its
        workers load what it has not loaded itself. Never this process, and none where nothing
        runs or a program takes its own fingerprint."""
        number = whole_number(self.process.directory.rpartition("/")[2])
        if number is None or not (self.running and self.started):
            return []
        below = _children(self.root)
        found: list[int] = []
        pending = list(below.get(number, ()))
        while pending and len(found) < MAX_DESCENDANTS:
            child = pending.pop(0)
            if child != os.getpid() and child not in found:
                found.append(child)
                pending += below.get(child, ())
        return [Process(self.root, "/proc/%d" % child) for child in found]

    @property
    def sections_inside(self) -> tuple[str, ...]:
        """The sections that the application's libraries are asked for: all with `--deep`, and
        in a program that takes its own fingerprint those that cost it next to nothing."""
        if self.deep:
            return ("threads", "frameworks", "probes")
        return ("threads", "frameworks") if isinstance(self.process, OwnProcess) else ()

    @property
    def unreadable_directories(self) -> list[str]:
        """Directories of the import path whose distributions we may not see."""
        return [path for path in self.import_path.packages if not _listable(self.root, path)]


def choose_process(
    root: Root, pid: int | None, own: bool, sent: bool = False
) -> tuple[Process, bool]:
    """The process that stands for the application, and whether it is already running it.

    - A `pid` names it.
    - `own`: the program that called us from inside (`auditor.snapshot()`).
    - Started from outside into a container (`docker exec`): our line of parents ends at 0
      without meeting process 1, so process 1 is the application, or what its init shim runs.
    - `sent`: we are no command of the environment's own. Where the container shares its PID
      namespace with others (or with the machine) our line ends at somebody who lives with other
      files, process 1 is not ours, and the application is the first one with our files.
    - Otherwise we were started by the environment itself (an entrypoint, a shell): its
      environment is ours, and the application is still to come.
    """
    if pid is not None:
        return Process(root, "/proc/%d" % pid), True
    if own:
        return OwnProcess(root), True
    if _sent_in(root, by_files=sent):
        main = follow_shims(root, 1)
        if _same_files(root, main):
            return main, True
        first = _first_with_our_files(root) if sent else None
        if first is not None:
            return follow_shims(root, first), True
    return Process(root, "/proc/self"), False


def follow_shims(root: Root, pid: int) -> Process:
    """The process itself, or the only child of an init shim or shell, and so on."""
    process = Process(root, "/proc/%d" % pid)
    children: dict[int, list[int]] | None = None
    for _ in range(8):
        try:
            name = process.status.get("Name", "")
        except (OSError, ValueError):
            break
        if name not in INIT_SHIMS:
            break
        if children is None:
            children = _children(root)
        below = [child for child in children.get(pid, []) if child != os.getpid()]
        if len(below) > 1:  # the application, and what runs beside it
            below = [child for child in below if _runs_python(root, child)]
        if len(below) != 1:
            break
        pid = below[0]
        process = Process(root, "/proc/%d" % pid)
    return process


def runs_several(root: Root, process: Process) -> bool:
    """Whether the process only starts and reaps several programs, of which none stands out."""
    number = whole_number(process.directory.rpartition("/")[2])
    if number is None or process.status.get("Name") not in INIT_SHIMS:
        return False
    return len([child for child in _children(root).get(number, ()) if child != os.getpid()]) > 1


def _runs_python(root: Root, pid: int) -> bool:
    try:
        return is_python(follow_shims(root, pid).exe)
    except (OSError, ValueError):
        return False


def _first_with_our_files(root: Root) -> int | None:
    """The process that was started first of those that live in our mount namespace, but for
    ourselves and what started us."""
    line = {os.getpid(), *_parents(root)}
    found: list[tuple[int, int]] = []
    for name in root.names("/proc"):
        number = whole_number(name)
        if number is not None and number not in line:
            process = Process(root, "/proc/" + name)
            try:
                if _shared_files(root, process):
                    found.append((process.started_at, number))
            except (OSError, ValueError):
                continue
    return min(found)[1] if found else None


def _parents(root: Root) -> Iterator[int]:
    """Of this process, from the nearest on; the last may be 0, somebody whom we do not see."""
    pid = os.getpid()
    for _ in range(64):
        try:
            pid = Process(root, "/proc/%d" % pid).parent
        except (OSError, ValueError):
            return
        yield pid


def _listable(root: Root, path: str) -> bool:
    try:
        root.listdir(path)
    except PermissionError:
        return False
    except (OSError, ValueError):
        return True
    return True


def _sent_in(root: Root, by_files: bool) -> bool:
    if os.getpid() == 1:
        return False
    for pid in _parents(root):
        if pid == 0 or (by_files and _has_other_files(root, pid)):
            return True
        if pid == 1:
            break
    return False


def _has_other_files(root: Root, pid: int) -> bool:
    try:
        return not _shared_files(root, Process(root, "/proc/%d" % pid))
    except (OSError, ValueError):
        return False


def _same_files(root: Root, process: Process) -> bool:
    """As `_shared_files`; where all of that is hidden, it is taken at its word."""
    try:
        return _shared_files(root, process)
    except (OSError, ValueError):
        return True


def _shared_files(root: Root, process: Process) -> bool:
    """Whether the process lives in our mount namespace (with a shared PID namespace it need
    not). Where the kernel does not let us look, its mounts tell, which anybody may read: no two
    namespaces number theirs alike. What is mounted on the root is looked at alone, since others
    come and go meanwhile."""
    try:
        theirs = root.readlink(process.path("ns/mnt"))
        return theirs == root.readlink("/proc/self/ns/mnt")
    except OSError:
        pass
    mounts = [process.path("mountinfo"), "/proc/self/mountinfo"]
    return len({_root_mount(root.text(path, MAX_MOUNTINFO)) for path in mounts}) == 1


def _root_mount(mountinfo: str) -> str | None:
    """The number of the last mount on `/` (proc_pid_mountinfo(5))."""
    lines = [line.split(" ", 5) for line in mountinfo.splitlines()]
    return next((one[0] for one in reversed(lines) if one[4:5] == ["/"]), None)


def _children(root: Root) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for name in root.names("/proc"):
        number = whole_number(name)
        if number is not None:
            try:
                parent = Process(root, "/proc/" + name).parent
            except (OSError, ValueError):
                continue
            children.setdefault(parent, []).append(number)
    return children


def live_subject(
    redactor: Redactor,
    pid: int | None = None,
    python: str | None = None,
    integrity: str = "fast",
    own: bool = False,
    sent: bool = False,
) -> Subject:
    """This environment, or with `pid` the one of another process on this machine.

    A process with another root is seen through `/proc/PID/root`; raises `Unreadable` where the
    kernel does not let us look there (ptrace(2), "ptrace access mode checking").
    """
    root: Root = LiveRoot()
    if pid is not None and not _same_files(root, Process(root, "/proc/%d" % pid)):
        root = ProcessRoot(pid)
        try:
            root.stat("/")
        except PermissionError:
            # All that is left would read as if the process had nothing.
            raise Unreadable(
                "process %d may not be looked into: run as its user with no fewer capabilities, "
                "or with SYS_PTRACE" % pid
            ) from None
    process, started = choose_process(root, pid, own, sent)
    return Subject(root, process, redactor, started=started, python=python, integrity=integrity)
