"""Programs that only start another one, and become it: what a configured command runs in the end.

Where the application runs already, the kernel tells what it became. Of an image and of a stopped
container only the words are there.
"""

from __future__ import annotations

from .import_path import parse_command_line
from .interpreter import is_python

MAX_STARTERS = 8


def what_runs(argv: list[str]) -> tuple[list[str], dict[str, str]]:
    """The command behind all starters, and the variables that they set for it. Where the words do
    not tell, those are returned that do no longer."""
    variables: dict[str, str] = {}
    for _ in range(MAX_STARTERS):
        following = _behind(argv, variables)
        if not following:
            break
        argv = following
    return argv, variables


def _behind(argv: list[str], variables: dict[str, str]) -> list[str] | None:
    name = argv[0].rpartition("/")[2] if argv else ""
    if name == "envaudit":
        return _behind_exec(argv[1:])
    if is_python(name):
        _, script = parse_command_line(argv)
        if script is None or not script.endswith((".pyz", "/envaudit")):
            return None
        return _behind_exec(argv[argv.index(script) + 1 :])
    if name == "env":
        return _behind_env(argv[1:], variables)
    takes_value = _STARTERS.get(name)
    return None if takes_value is None else _behind_options(argv[1:], *takes_value)


def _behind_exec(arguments: list[str]) -> list[str] | None:
    """`envaudit exec [OPTION ...] -- COMMAND`."""
    if arguments[:1] != ["exec"] or "--" not in arguments:
        return None
    return arguments[arguments.index("--") + 1 :]


def _behind_env(arguments: list[str], variables: dict[str, str]) -> list[str] | None:
    """env(1), as long as it only sets variables."""
    for position, word in enumerate(arguments):
        name, separator, value = word.partition("=")
        if not separator:
            return None if word.startswith("-") else arguments[position:]
        variables[name] = value
    return None


# Name -> (options whose value is the next word, how many words stand before the command).
_STARTERS: dict[str, tuple[str, int]] = {
    "tini": ("-p -e", 0),
    "tini-static": ("-p -e", 0),
    "docker-init": ("-p -e", 0),
    "dumb-init": ("-r --rewrite", 0),
    "catatonit": ("", 0),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "nohup": ("", 0),
    "nice": ("-n --adjustment", 0),
    "ionice": ("-c -n --class --classdata", 0),
    "setsid": ("", 0),
    "stdbuf": ("-i -o -e --input --output --error", 0),
    "timeout": ("-k -s --kill-after --signal", 1),
}


def _behind_options(arguments: list[str], with_value: str, words: int) -> list[str] | None:
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        word = arguments[position]
        position += 1
        if word == "--":
            break
        if word in with_value.split():
            position += 1
    return arguments[position + words :]
