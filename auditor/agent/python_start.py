"""How the application's Python was or will be started, as far as it decides other facts.

The command line follows Python/getopt.c and Python/initconfig.c; which libc the interpreter
runs on is told by the loader that its file asks for.
"""

from __future__ import annotations

from .elf import read_elf
from .interpreter import is_python
from .section import SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .subject import Subject

OLDEST = (3, 8)  # whose rules hold where the version cannot be told
_WITH_ARGUMENT = "cmWX"
_SHELL = "/bin/sh"


class PythonStart:
    """One start of an interpreter.

    - `version`: (major, minor).
    - `environ`: the variables that it heeds: with `-E` or `-I` none of its own.
    - `options`: the `-X` options of its command line; True where one has no value.
    """

    def __init__(
        self, version: tuple[int, int], environ: dict[str, str], argv: list[str]
    ) -> None:
        letters, options = python_options(argv)
        self.version = version
        self.options = options
        self.environ = environ
        if "E" in letters or "I" in letters:
            self.environ = {
                name: value for name, value in environ.items() if not name.startswith("PYTHON")
            }

    def setting(self, option: str, variable: str) -> str | None:
        """A setting's text; the option wins over the variable, and an empty one is unset."""
        value = self.options.get(option)
        if value is None:
            return self.environ.get(variable) or None
        return "" if value is True else str(value)


def python_start(subject: Subject) -> PythonStart | None:
    """The application's start; None where there is no Python.

    While the application is not started, its command line is unknown and taken as empty.
    """
    interpreter = find_interpreter(subject)
    if interpreter is None:
        return None
    argv: list[str] = []
    if subject.started:
        try:
            argv = subject.process.argv
        except (OSError, ValueError):
            pass
    return PythonStart(interpreter.series_number, subject.environ, argv)


def find_interpreter(subject: Subject) -> Interpreter | None:
    try:
        return subject.interpreters.chosen
    except (OSError, ValueError, SectionAbsent):
        return None


def python_options(argv: list[str]) -> tuple[set[str], dict[str, str | bool]]:
    """The option letters and the `-X` options of a Python command line; none of another's."""
    letters: set[str] = set()
    options: dict[str, str | bool] = {}
    if not argv or not is_python(argv[0]):
        return letters, options
    words = iter(argv[1:])
    for word in words:
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                next(words, None)
            if word == "--":
                break
            continue
        if not word.startswith("-") or word == "-":
            break
        for position, letter in enumerate(word[1:], 2):
            letters.add(letter)
            if letter in _WITH_ARGUMENT:
                argument = word[position:] or next(words, "")
                if letter == "X":
                    name, separator, value = argument.partition("=")
                    options[name] = value if separator else True
                break
        if "c" in letters or "m" in letters:
            break
    return letters, options


def runs_on_musl(subject: Subject) -> bool:
    """Whether the application's libc is musl: by its interpreter, its program, or the shell."""
    interpreter = find_interpreter(subject)
    candidates = [] if interpreter is None else [interpreter.real]
    try:
        candidates.append(subject.process.exe)
    except (OSError, ValueError):
        pass
    for path in [*candidates, _SHELL]:
        try:
            loader = read_elf(subject.root, path).interpreter
        except (OSError, ValueError):
            continue
        if loader:
            return "/ld-musl-" in loader
    return False
