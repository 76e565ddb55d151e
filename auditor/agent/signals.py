"""`signal` without the enumerations that importing it makes, which take longer than most
collectors do: the module of CPython that it is built on has the same functions and numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    try:
        import _signal as signal
    except ImportError:  # another implementation of Python
        import signal

__all__ = ["signal"]
