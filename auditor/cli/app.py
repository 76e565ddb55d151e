"""The application: its commands, and the outermost layer that turns every end into a code.

0 same or passed, 1 differences or gate failed, 2 wrong usage or unreadable input, 3 a capture
failed (or we did: an uncaught exception must not read as "differs").
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from .. import __version__
from ..agent.redact import Redactor
from ..model import CaptureFailed, EnvauditError
from .console import abandon_stdout, complain, stdout_failed

_INTERRUPTED = 128 + signal.SIGINT
# With one of these nothing is done but to show something, by Typer itself.
_SHOWING = frozenset(("-h", "--help", "--version"))

app = typer.Typer(
    name="envaudit",
    help="Fingerprint execution environments, compare two of them, gate the drift.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Command -> its module and function. Only the one that is asked for is imported: together they
# bring along what takes longer than most of them run.
_COMMANDS = {
    "snapshot": ("snapshot", "snapshot"),
    "exec": ("exec", "exec_"),
    "compare": ("compare", "compare"),
    "bless": ("bless", "bless"),
    "gate": ("gate", "gate"),
    "audit": ("audit", "audit"),
    "explain": ("rules", "explain"),
    "rules": ("rules", "rules"),
    "agent": ("agent", "agent"),
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "exec": {
        "add_help_option": False,
        "context_settings": {"ignore_unknown_options": True, "allow_extra_args": True},
    },
}


def _register(arguments: list[str]) -> None:
    """The command that is asked for; all of them where help is, or one that does not exist."""
    named = next((word for word in arguments if not word.startswith("-")), None)
    app.registered_commands.clear()
    for name in [named] if named in _COMMANDS else _COMMANDS:
        module, function = _COMMANDS[str(name)]
        command = getattr(import_module(f".{module}", __package__), function)
        app.command(name, help=_help(command), **_SETTINGS.get(str(name), {}))(command)


def _help(command: Callable[..., Any]) -> str | None:
    """None: its docstring, as usual. Where Python does not keep these, from the source."""
    if command.__doc__ is not None:
        return None
    from ..explain.docstrings import docstring_of

    return docstring_of(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"envaudit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="On a failure, also show where it happened.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    if debug:
        os.environ["ENVAUDIT_DEBUG"] = "1"


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; nothing is raised."""
    # So that `finally` runs, and a container made for a capture is removed. Who starts us by
    # nohup(1) wants us to stay.
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _terminate)
    # What we make is kept until we end: looking for cycles in it every 700 values is a tenth of
    # the work.
    gc.set_threshold(100_000, 50, 50)
    try:
        _register(arguments)
        result = app(arguments, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        abandon_stdout()
        return 0  # whoever read our output has had enough (`| head`)
    except EnvauditError as error:
        _debug(error)
        complain(str(error))
        return error.exit_code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 2
    except Exception as error:  # noqa: BLE001 - the outermost layer: see the module's docstring
        if isinstance(error, OSError) and not _SHOWING.isdisjoint(arguments):
            failed = stdout_failed(error)
            complain(str(failed))
            return failed.exit_code
        return _unexpected(error)
    return result if isinstance(result, int) else 0


def _unexpected(error: Exception) -> int:
    # Typer's own errors (wrong options) and its abort, told by name: the classes are those of
    # whichever parser it brings along.
    show = getattr(error, "format_message", None)
    if callable(show):
        complain(f"{show()} (envaudit --help)")
        return 2
    if type(error).__name__ == "Abort":
        return _INTERRUPTED
    _debug(error)
    complain(f"failed unexpectedly ({type(error).__name__}); run again with --debug and report it")
    return CaptureFailed.exit_code


def _debug(error: BaseException) -> None:
    """Where it happened: the frames and kinds of errors. Their messages are left out, since
    they may quote what was read, which no pattern is sure to recognise as a secret."""
    if not os.environ.get("ENVAUDIT_DEBUG"):
        return
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and seen not in chain:
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    for one in reversed(chain):
        for frame in traceback.extract_tb(one.__traceback__):
            place = Redactor().path(frame.filename)
            complain(f"  {place}:{frame.lineno} in {frame.name}", prefix="")
        complain(type(one).__name__, prefix="")


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
