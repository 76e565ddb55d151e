"""envaudit: fingerprint execution environments, compare them, explain what differs.

The public API, imported when it is first used, since this package is also the way to the
agent, which must start in milliseconds:

- `snapshot(target=".")` -> `Fingerprint`
- `load(path)` -> `Fingerprint`
- `compare(a, b)` -> `Comparison`
- `bless(fingerprint)` -> `Baseline`
- `gate(fingerprint, baseline, policy=None)` -> `Verdict`
"""

from .agent import __version__

__all__ = ["__version__", "bless", "compare", "gate", "load", "snapshot"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
