"""`envaudit exec [OPTIONS] -- COMMAND [ARG ...]`: a snapshot, then the command in this process.

The command must not notice: it gets this very process (so the same PID, parent and terminal),
the environment that we were given, and the signal dispositions that we were started with, as
far as Python leaves them to be known. It is run whatever becomes of the snapshot.
"""

from __future__ import annotations

import os

from .output import say
from .signals import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .command import Options
    from .root import Root

# Of an entrypoint: the command waits for it.
DEADLINE = 2.0
DEEP_DEADLINE = 60.0  # who asks for it has the libraries imported before the command starts
DEFAULT_OUTPUT = "/run/envaudit/fingerprint.json"
# What shells and engines return for a command that is not there, or cannot be run.
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_WRONG_USAGE = 2
_SHEBANG = 256  # bytes: BINPRM_BUF_SIZE of the kernel


def execute(arguments: list[str]) -> int:
    """Returns only where there is no command, or where it cannot be started: 2, 126 or 127."""
    if "--" not in arguments or arguments[-1] == "--":
        say("exec needs a command: envaudit exec [-o FILE] -- COMMAND [ARG ...]")
        return _WRONG_USAGE
    border = arguments.index("--")
    given, command = arguments[:border], arguments[border + 1 :]
    environment = initial_environment()
    try:
        environment = _snapshot(given, command, environment)
    except KeyboardInterrupt:
        # As it would have ended the command; process 1 goes on, as it would have, too.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return _become(command, environment)


def initial_environment() -> dict[bytes, bytes]:
    """The environment that this process was given: Python adds LC_CTYPE to its own in the C
    locale (PEP 538). Of a name that is given twice the first counts, as for getenv(3)."""
    try:  # on its own: this has to work where the rest of the agent cannot even be imported
        with open("/proc/self/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        return dict(os.environb)
    environment: dict[bytes, bytes] = {}
    for entry in entries:
        name, separator, value = entry.partition(b"=")
        if name and separator:
            environment.setdefault(name, value)
    return environment


def interpreter_of(root: Root, command: list[str], path: str) -> str | None:
    """The Python that a command starts: itself, or what a script's first line names. None
    where neither is one that could be described (a shim by that name, a missing file)."""
    from .interpreter import Interpreter, is_python

    program = _look_up(root, command[0], path)
    if program is not None and not is_python(program):
        program = _named_by_script(root, program, path)
    if program is None or not is_python(program):
        return None
    try:
        return Interpreter(root, program).executable
    except (OSError, ValueError):
        return None


def _named_by_script(root: Root, script: str, path: str) -> str | None:
    try:
        line = root.head(script, _SHEBANG).split(b"\n", 1)[0]
    except (OSError, ValueError):
        return None
    if not line.startswith(b"#!"):
        return None
    words = line[2:].decode("utf-8", "surrogateescape").split()
    if words and words[0].endswith("/env"):
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return _look_up(root, words[0], path) if words else None


def _look_up(root: Root, name: str, path: str) -> str | None:
    if "/" in name:
        return name if name.startswith("/") and root.is_file(name) else None
    return root.first_file(*[place + "/" + name for place in path.split(":") if place[:1] == "/"])


def _snapshot(
    given: list[str], command: list[str], environment: dict[bytes, bytes]
) -> dict[bytes, bytes]:
    """The environment for the command, which is the one given but with `--at-exit`. Whatever
    goes wrong is one line on standard error."""
    try:
        from .command import Usage, parse, snapshot
        from .root import LiveRoot
        from .section import why
    except Exception:  # a Python that lacks half of its library still starts the command
        say("no snapshot: the agent cannot be loaded")
        return environment
    try:
        options = parse(given, DEFAULT_OUTPUT)
        if options.target != ".":
            raise Usage("exec captures the environment that the command gets, no other target")
        if options.bake:
            raise Usage("--bake is for the build of the image: envaudit snapshot --bake")
        if options.output == "-":
            raise Usage("standard output is the command's: name a file with -o")
        if options.output == DEFAULT_OUTPUT:
            _make_directory(DEFAULT_OUTPUT)
        if options.deadline is None:
            options.deadline = DEEP_DEADLINE if options.deep else DEADLINE
        if options.python is None:
            path = os.fsdecode(environment.get(b"PATH", b"/usr/local/bin:/usr/bin:/bin"))
            options.python = interpreter_of(LiveRoot(), command, path)
        options.command = command
        if options.at_exit:
            environment = _with_end_state(environment, options, command)
        snapshot(options)
    except KeyboardInterrupt:
        raise
    except Usage as error:
        say("no snapshot: %s" % error)
    except BaseException as error:
        say("no snapshot: " + why(error))
    return environment


def _with_end_state(
    environment: dict[bytes, bytes], options: Options, command: list[str]
) -> dict[bytes, bytes]:
    from .end_state import NoEndState, with_end_state

    try:
        return with_end_state(environment, options, command)
    except NoEndState as error:
        say("no fingerprint at the end: %s" % error)
        return environment


def _make_directory(path: str) -> None:
    try:
        os.mkdir(os.path.dirname(path), 0o755)
    except OSError:
        pass  # it is there, or writing will say why not


def _become(command: list[str], environment: dict[bytes, bytes]) -> int:
    """Python ignores these two, and the command would inherit that
    (https://docs.python.org/3/library/signal.html). What they were is told nowhere; the
    engines and shells that start containers leave them at their defaults."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - what it is for
    except FileNotFoundError:
        say("%s: command not found" % command[0])
        return _NOT_FOUND
    except OSError as error:
        say("%s: cannot be executed: %s" % (command[0], (error.strerror or "").lower()))
        return _NOT_EXECUTABLE
    except ValueError:  # an empty name, or a zero byte in the arguments
        say("%r: cannot be executed" % command[0])
        return _NOT_EXECUTABLE
