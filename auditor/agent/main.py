"""The agent's command line: which command, and how every end becomes an exit code."""

from __future__ import annotations

from .output import say, write_descriptor

USAGE = """\
usage: envaudit snapshot [TARGET] [-o FILE|-] [--python INTERPRETER] [--name LABEL]
                         [--integrity fast|full|off] [--show GLOB] [--key-file FILE]
                         [--deadline SECONDS] [--summary FILE] [--quiet]
                         [--deep] [--bake]
       envaudit exec [-o FILE] [--at-exit] [OPTION ...] -- COMMAND [ARG ...]

TARGET is `.` (this environment, the default) or `pid:N`. `exec` takes a snapshot of what the
command is about to get, into /run/envaudit/fingerprint.json or FILE, and becomes the command.
With `--at-exit` a Python command takes another one when it ends (FILE.at-exit.json).
--summary also writes it in a few lines, of at most 4096 bytes (a termination message).
`--deep` asks the application's own libraries as well, in a child of its interpreter.
`snapshot --bake`, as the last step of an image's build, records what is fixed in the image:
later starts reuse it where nothing it was read from has changed since.
"""


def main(arguments: list[str]) -> int:
    """Run a command and return the exit code: 0, 2 for wrong usage, 3 for a failed capture."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if own[:1] in (["--help"], ["-h"], ["help"]) or "--help" in own:
        return _tell(USAGE)
    if arguments[:1] == ["--version"]:
        from . import __version__

        return _tell("envaudit agent %s\n" % __version__)
    if arguments[:1] == ["exec"]:
        # Before anything is imported that could fail: the command is run in any case.
        from .exec import execute

        return execute(arguments[1:])
    return _snapshot(arguments)


def _tell(text: str) -> int:
    try:
        write_descriptor(1, text.encode("ascii"))
    except BrokenPipeError:
        pass  # whoever read our output has had enough
    except OSError as error:
        from .section import why

        say("standard output: " + why(error))
        return 2
    return 0


def _snapshot(arguments: list[str]) -> int:
    from .command import Usage, parse, snapshot
    from .section import why
    from .signals import signal

    # So that what was begun is taken away; and the first process of a container has no default.
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # not below nohup(1)
        signal.signal(signal.SIGHUP, _terminate)
    try:
        if arguments[:1] != ["snapshot"]:
            given = "unknown command %r" % arguments[0] if arguments else "no command given"
            raise Usage(given + "; this agent knows `snapshot` and `exec` (--help)")
        return snapshot(parse(arguments[1:]))
    except Usage as error:
        say(str(error))
        return 2
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        say("the snapshot failed: " + why(error))
        return 3


def _terminate(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
