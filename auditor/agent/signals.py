"""What the agent needs of `signal`, without the enumerations that importing it makes: they take
longer than most collectors do. CPython's own implementation is the module behind it."""

from __future__ import annotations

try:
    from _signal import (  # type: ignore[import-not-found,unused-ignore]
        ITIMER_REAL,
        SIG_DFL,
        SIGALRM,
        SIGINT,
        SIGPIPE,
        SIGXFSZ,
        setitimer,
        signal,
    )
except ImportError:  # another implementation of Python
    from signal import (
        ITIMER_REAL,
        SIG_DFL,
        SIGALRM,
        SIGINT,
        SIGPIPE,
        SIGXFSZ,
        setitimer,
        signal,
    )

__all__ = [
    "ITIMER_REAL",
    "SIGALRM",
    "SIGINT",
    "SIGPIPE",
    "SIGXFSZ",
    "SIG_DFL",
    "setitimer",
    "signal",
]
