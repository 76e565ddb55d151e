"""Which command lines need nothing but the agent.

`envaudit snapshot` in an entrypoint runs at every start of a container, and what only people need
(typer, rich, the engine's client) takes longer to import than everything takes to be read.
"""

from __future__ import annotations

import os
import stat

# The configuration's files (`config`, which takes its time to import).
OWN_FILE = "envaudit.toml"
SHARED_FILE = "pyproject.toml"


def agent_is_enough(arguments: list[str]) -> bool:
    """Whether the agent alone does what the whole tool would do for these arguments of
    `envaudit`. Mistakes are left to the whole tool, which explains them better."""
    if arguments[:1] == ["exec"]:
        return True  # by its contract: whatever else is wrong, the command runs
    if arguments[:1] != ["snapshot"]:
        return False
    from .agent.command import Usage, parse

    try:
        options = parse(arguments[1:])
    except Usage:
        return False
    return (
        (options.target == "." or options.target.startswith("pid:"))
        and _takes_a_file(options.output)
        and (options.summary is None or _takes_a_file(options.summary))
        and (options.key_file is None or os.access(options.key_file, os.R_OK))
        and options.python is None  # the tool says what it took in its place
        and not options.at_exit
        and not os.environ.get("ENVAUDIT_ENV_SHOW")
        and not _may_be_configured()
    )


def _takes_a_file(path: str | None) -> bool:
    """Whether nothing is in the way; what is in the way has many ways to be told."""
    if path in (None, "-"):
        try:
            status = os.fstat(1)
        except OSError:
            return False
        return not stat.S_ISCHR(status.st_mode) or os.isatty(1)
    if os.path.lexists(path):
        return os.path.isfile(path) and os.access(path, os.W_OK)
    return os.access(os.path.dirname(path) or ".", os.W_OK)


def _may_be_configured() -> bool:
    """Whether some file could be the configuration (`config.find` reads it, and decides)."""
    try:
        directory = os.getcwd()
    except OSError:  # it is gone
        return False
    while True:
        if os.path.exists(directory + "/" + OWN_FILE) or _speaks_of_us(directory):
            return True
        parent = os.path.dirname(directory)
        if parent == directory or os.path.exists(directory + "/.git"):
            return False
        directory = parent


def _speaks_of_us(directory: str) -> bool:
    from .agent.root import MIB, LiveRoot

    try:
        return b"envaudit" in LiveRoot().read(directory + "/" + SHARED_FILE, MIB)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):  # a pipe, a device, larger than a configuration
        return True
