"""Asks for one thing at a time, since versions of a library differ in what they know."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Answers:
    """`facts`: what was told. What a version does not know, or cannot do here, is left out.

    `gently`: asked in a process that goes on to work. What starts a pool of threads, imports
    something or fixes a choice that the program has yet to make is then left out.
    """

    def __init__(self, gently: bool = False) -> None:
        self.facts: dict[str, Any] = {}
        self.gently = gently

    def ask_by_using(self, key: str, question: Callable[..., Any], *arguments: Any) -> None:
        """A question whose answer changes the process."""
        if not self.gently:
            self.ask(key, question, *arguments)

    def ask(self, key: str, question: Callable[..., Any], *arguments: Any) -> None:
        try:
            value = plain(question(*arguments))
        except Exception:  # another version, another build: there is no such thing to ask
            return
        if value is not None:
            self.facts[key] = value


def plain(value: Any) -> Any:
    """What JSON has a form for; anything else by its text. None is nothing."""
    if value is None or isinstance(value, (bool, int, str)):
        return value[:1024] if isinstance(value, str) else value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        values = [plain(one) for one in value][:256]
        return sorted(values, key=str) if isinstance(value, (set, frozenset)) else values
    return str(value)[:1024]
