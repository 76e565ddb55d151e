"""A child of the application's interpreter that is asked what only its libraries can tell.

It is started as the application is: environment, user, working directory, affinity, options of
the interpreter. One process does as a rule. Where a library ends it or does not return, the rest
is asked of another one, without that library. All of them end with us: they are a session of their
own, bounded in time and in memory, their standard streams lead nowhere, and where memory runs out
the kernel takes them first.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time

from ..cgroup import memory_left, read_cgroups
from ..import_path import script_directory
from ..section import SectionSkipped, Unreadable
from .inside.libraries import LIBRARIES
from .sources import NAME, sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..subject import Subject
    from .answers import Answers

MIB = 1024 * 1024
NVIDIA_VERSION = "/proc/driver/nvidia/version"
MOST_SECONDS = 120.0
STEP_SECONDS = 45.0  # a large library takes several to be imported on a busy machine
MOST_MEMORY = 8192 * MIB
LEAST_MEMORY = 96 * MIB
_MAX_ANSWER = MIB  # of one process; those of all our libraries have some 50 KiB
_MAX_PROCESSES = 16
_MARGIN = 0.3  # seconds: to end everything before whoever waits loses patience
_TICK = 0.05  # seconds: how often memory and time are looked at

_START = """\
import sys
sys.dont_write_bytecode = True
exec(sys.stdin.buffer.read(%d).decode("utf-8"))
"""
_SCRIPT = """\
if sys.version_info < (3, 8):
    sys.exit(3)
MODULES = %r


class Importer:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in MODULES and (name.partition(".")[0] == %r or name not in sys.modules):
            from importlib.machinery import ModuleSpec

            return ModuleSpec(name, Importer, origin=name, is_package=MODULES[name][0])

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name = module.__spec__.name
        code = compile(MODULES[name][1], "<" + name + ">", "exec", dont_inherit=True)
        exec(code, module.__dict__)


sys.meta_path.insert(0, Importer)
from %s.main import main
main(%r)
"""


def ask(subject: Subject, answers: Answers, deadline: float | None = None) -> None:
    """Fill the answers as they come. `deadline`: monotonic seconds, after which they stay
    incomplete.

    Raises `SectionAbsent` where there is no interpreter, `SectionSkipped` where none can be
    started from here, `OSError` or `Unreadable` where starting it fails.
    """
    if not subject.root.live:
        raise SectionSkipped("nothing is run in what is looked at from outside")
    memory = min(MOST_MEMORY, _memory_left(subject) // 2)
    if memory < LEAST_MEMORY:
        raise SectionSkipped("too little memory is left to import libraries")
    until = time.monotonic() + MOST_SECONDS
    if deadline is not None:
        until = min(until, deadline - _MARGIN)
    installed = subject.distributions
    libraries = [
        module for module, names in LIBRARIES.items() if any(name in installed for name in names)
    ]
    start = _Start(subject, memory)
    text = sources()
    for _ in range(_MAX_PROCESSES):
        request = {
            "answers": start.descriptor,
            "libraries": libraries,
            "nvml": subject.root.exists(NVIDIA_VERSION),
            "done": list(answers.found),
            "failed": list(answers.failed),
            "path": start.path,
        }
        if start.run(_SCRIPT % (text, NAME, NAME, request), answers, until):
            answers.complete = True
            return
        if time.monotonic() >= until:
            return


class _Start:
    """How the application is started, as far as it can be repeated."""

    descriptor = 3

    def __init__(self, subject: Subject, memory: int) -> None:
        settings = subject.settings
        process = subject.process
        self._memory = memory
        self._words = [subject.interpreters.chosen.executable, "-B"]
        for option in settings.options:
            if option[0] in "XW":
                self._words += ["-" + option[0], option[1:]]
            elif option not in ("B", "i", "h", "V", "?"):
                self._words.append("-" + option)
        self._environ = process.environment
        self._directory = settings.cwd or "/"
        self._user = _user(subject)
        self._affinity = _affinity(process.directory)
        try:
            self.path = script_directory(settings, process)
        except (OSError, ValueError):
            self.path = None

    def run(self, script: str, answers: Answers, until: float) -> bool:
        """Whether it came to its end; what it told until then is in `answers`."""
        content = script.encode("utf-8", "surrogateescape")
        reading, writing = os.pipe()
        try:
            child = subprocess.Popen(  # noqa: S603 - the application's interpreter
                [*self._words, "-c", _START % len(content)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                preexec_fn=lambda: self._prepare(writing),  # noqa: PLW1509 - we have no threads
                pass_fds=(self.descriptor,),
                close_fds=True,
            )
        except subprocess.SubprocessError:
            os.close(reading)
            raise Unreadable("the interpreter cannot be started as the application is") from None
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        try:
            return _Conversation(child, reading, self._memory).hold(content, answers, until)
        finally:
            os.close(reading)
            _end(child)

    def _prepare(self, writing: int) -> None:
        """In the child, before the interpreter."""
        import resource

        os.setsid()
        if writing == self.descriptor:
            os.set_inheritable(writing, True)
        else:
            os.dup2(writing, self.descriptor)
        try:
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("1000")
        except OSError:
            pass
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            # Of what is asked for, thread stacks and buffers of BLAS included; how much of that
            # is used is looked at from outside.
            resource.setrlimit(resource.RLIMIT_DATA, (4 * self._memory, 4 * self._memory))
        except (OSError, ValueError):
            pass  # stricter already
        if self._affinity is not None:
            os.sched_setaffinity(0, self._affinity)
        if self._user is not None:
            uid, gid, groups = self._user
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
        try:
            os.chdir(self._directory)
        except OSError:
            os.chdir("/")
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)


class _Conversation:
    def __init__(self, child: subprocess.Popen[bytes], answers: int, memory: int) -> None:
        self._child = child
        self._answers = answers
        self._memory = memory
        self._received = 0
        self._pending = b""
        self._step: str | None = None  # the one that was begun last
        self._begun = time.monotonic()

    def hold(self, script: bytes, answers: Answers, until: float) -> bool:
        reason = self._converse(script, answers, until)
        if reason is None:
            return True
        step = self._step
        if step is None:
            raise Unreadable("the interpreter ends before it is asked: " + reason)
        answers.failed[step] = reason
        answers.ended = "%s: %s" % (step, reason)
        return False

    def _converse(self, script: bytes, answers: Answers, until: float) -> str | None:
        """None at the end, or why it ended before."""
        stdin: Any = self._child.stdin
        os.set_blocking(stdin.fileno(), False)
        rest = memoryview(script)
        while True:
            sending = [stdin] if rest else []
            readable, writable, _ = select.select([self._answers], sending, [], _TICK)
            if writable:
                try:
                    rest = rest[os.write(stdin.fileno(), rest[:65536]) :]
                except BlockingIOError:
                    pass
                except BrokenPipeError:
                    rest = rest[:0]
                if not rest:
                    stdin.close()
            if readable:
                content = os.read(self._answers, 65536)
                if not content:
                    return self._how_it_ended()
                self._received += len(content)
                if self._received > _MAX_ANSWER:
                    return "answers without end"
                if self._take(content, answers):
                    return None
            now = time.monotonic()
            if now >= until or now >= self._begun + STEP_SECONDS:
                return "no answer within %.0f s" % (now - self._begun)
            if not readable and _resident(self._child.pid) > self._memory:
                return "takes more than %d MiB of memory" % (self._memory // MIB)

    def _take(self, content: bytes, answers: Answers) -> bool:
        """Whether that was the end."""
        *lines, self._pending = (self._pending + content).split(b"\n")
        for line in lines:
            try:
                answer = json.loads(line)
            except (ValueError, RecursionError):
                continue  # a library wrote to a descriptor that is not its own
            if not isinstance(answer, dict):
                continue
            if answer.get("end"):
                return True
            if isinstance(answer.get("begin"), str):
                self._step = answer["begin"][:64]
                self._begun = time.monotonic()
            elif answer.get("step") == self._step and self._step is not None:
                if "failed" in answer:
                    answers.failed[self._step] = str(answer["failed"])[:128]
                else:
                    answers.take(self._step, answer.get("found"))
        return False

    def _how_it_ended(self) -> str:
        try:
            code = self._child.wait(5)
        except subprocess.TimeoutExpired:
            return "closed its answers"
        if code >= 0:
            return "ended the interpreter (exit code %d)" % code
        try:
            return "ended the interpreter (%s)" % signal.Signals(-code).name
        except ValueError:
            return "ended the interpreter (signal %d)" % -code


def _end(child: subprocess.Popen[bytes]) -> None:
    """Of the whole session: what a library started ends with it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    if child.stdin is not None and not child.stdin.closed:
        try:
            child.stdin.close()
        except OSError:
            pass
    child.wait()


def _memory_left(subject: Subject) -> int:
    """Bytes, of the machine and of our control group."""
    left = [1 << 62]
    try:
        lines = subject.root.text("/proc/meminfo", MIB).splitlines()
        left += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        pass
    try:
        group = read_cgroups(subject.root, subject.process, subject.mounts).group("memory")
        of_group = None if group is None else memory_left(group)
        if of_group is not None:
            left.append(of_group)
    except (OSError, ValueError):
        pass
    return min(left)


def _resident(pid: int) -> int:
    """Bytes in memory of a process; 0 where it is not told."""
    try:
        with open("/proc/%d/statm" % pid, "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _user(subject: Subject) -> tuple[int, int, list[int]] | None:
    """The application's, where it is another than ours and we may become it."""
    try:
        uid = subject.process.identities("Uid")[1]
        gid = subject.process.identities("Gid")[1]
        groups = [int(word) for word in subject.process.status.get("Groups", "").split()]
    except (OSError, ValueError):
        return None
    if os.geteuid() == 0 and (uid, gid) != (os.geteuid(), os.getegid()):
        return uid, gid, groups
    return None


def _affinity(directory: str) -> set[int] | None:
    number = directory.rpartition("/")[2]
    try:
        return os.sched_getaffinity(int(number) if number.isdigit() else 0)
    except OSError:
        return None
