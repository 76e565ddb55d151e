"""The state in which a Python program ends: `envaudit exec --at-exit`.

The command's interpreter is told by its environment to import `at_exit/sitecustomize.py`, which
calls back here when the program has ended, in its own process.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .command import Options

VARIABLE = "ENVAUDIT_AT_EXIT"
_SEPARATOR = "\x1f"
_LIST = "\x1e"


class NoEndState(Exception):
    """Why there will be none, as one line."""


def path_of(output: str) -> str:
    """`fingerprint.json` -> `fingerprint.at-exit.json`"""
    stem = output[: -len(".json")] if output.endswith(".json") else output
    return stem + ".at-exit.json"


def with_end_state(
    environment: dict[bytes, bytes], options: Options, command: list[str]
) -> dict[bytes, bytes]:
    """The environment that makes the command take its fingerprint at its end.

    Raises `NoEndState` for a command that is no Python, or one that ignores its environment.
    """
    from .import_path import parse_command_line
    from .interpreter import is_python

    if options.python is None or not is_python(options.python):
        raise NoEndState("the command is not run by a Python that is known")
    if is_python(command[0]):
        switches = set(parse_command_line(command)[0]) & set("IES")
        if switches:
            raise NoEndState("its -%s leaves the environment or site out" % min(switches))
    place = _place()
    before = environment.get(b"PYTHONPATH")
    request = [
        os.path.abspath(path_of(options.output or "")),
        options.name or "",
        options.integrity,
        _LIST.join(options.show),
        options.key_file or "",
        str(options.deadline),
    ]
    told = [place, "" if before is None else "=" + os.fsdecode(before), *request]
    if any(_SEPARATOR in part for part in told):
        raise NoEndState("a path or an option holds a control character")
    changed = dict(environment)
    changed[VARIABLE.encode()] = os.fsencode(_SEPARATOR.join(told))
    # An empty entry would be the working directory.
    changed[b"PYTHONPATH"] = os.fsencode(place) + (b":" + before if before else b"")
    return changed


def _place() -> str:
    """What has to stand on PYTHONPATH: the single file, or a folder with the one module."""
    import sys

    loader = getattr(sys.modules.get("__main__"), "__loader__", None)
    archive = getattr(loader, "archive", None)
    if isinstance(archive, str):
        return os.path.abspath(archive)
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "at_exit")


def take(request: list[str]) -> None:
    """In the program's process, when it has ended; raises whatever goes wrong."""
    from .canonical import readable
    from .command import Alarm, make_redactor
    from .files import write_file
    from .snapshot import take_snapshot
    from .subject import live_subject

    output, name, integrity, show, key_file, deadline = request
    redactor = make_redactor([glob for glob in show.split(_LIST) if glob], key_file or None)
    subject = live_subject(redactor, integrity=integrity, own=True)
    seconds = float(deadline)
    with Alarm(seconds):
        document = take_snapshot(subject, ".", name or None, seconds)
    write_file(output, readable(document).encode("ascii"))
