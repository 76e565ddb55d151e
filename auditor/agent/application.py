"""What the application runs on: its Python, if there is one, and its C library."""

from __future__ import annotations

from .elf import read_elf
from .section import SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .subject import Subject

_SHELL = "/bin/sh"


def find_interpreter(subject: Subject) -> Interpreter | None:
    """The application's interpreter; None where none is found."""
    try:
        return subject.interpreters.chosen
    except (OSError, ValueError, SectionAbsent):
        return None


def runs_on_musl(subject: Subject) -> bool:
    """Whether the application's libc is musl and not glibc: by the loader that its interpreter,
    its program or, if neither tells, the shell asks for."""
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
