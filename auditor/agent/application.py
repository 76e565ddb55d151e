"""What the application runs on: its Python, if there is one, and its C library."""

from __future__ import annotations

from .elf import read_elf
from .root import KIB
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


def preloaded_for_all(subject: Subject) -> list[str]:
    """What glibc's loader loads before every program, by /etc/ld.so.preload (ld.so(8)); musl's has
    no such file."""
    try:
        text = subject.root.text("/etc/ld.so.preload", 64 * KIB)
    except (OSError, ValueError):
        return []
    lines = [line.partition("#")[0] for line in text.splitlines()]
    entries = " ".join(lines).replace(":", " ").split()
    return entries if entries and not runs_on_musl(subject) else []
