"""What is said on standard output and standard error."""

from __future__ import annotations

import os
import time

_PACE = 0.2  # seconds between two states of a counter


def write_descriptor(descriptor: int, content: bytes) -> None:
    """Everything to an open descriptor; write(2) may take less than it is given."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


class Counter:
    """Tells a person at a terminal how far long work has come, in one line that is taken away
    at the end; nothing in a pipe."""

    def __init__(self, what: str, quiet: bool = False) -> None:
        self._what = what
        self._on = not quiet and os.isatty(2)
        self._told = 0.0
        self._shown = 0  # letters in the line

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if self._on and now - self._told >= _PACE:
            self._told = now
            line = "envaudit: %s: %d of %d" % (self._what, done, of)
            self._write("\r" + line.ljust(self._shown))
            self._shown = len(line)

    def clear(self) -> None:
        if self._shown:
            self._write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        try:
            write_descriptor(2, text.encode("ascii", "backslashreplace"))
        except OSError:
            self._on = False


def say(line: str) -> None:
    """One line on standard error, which may be closed or unable to show the characters."""
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
    try:
        write_descriptor(2, ("envaudit: %s\n" % line).encode("ascii", "backslashreplace"))
    except OSError:
        pass
