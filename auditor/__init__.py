"""envaudit: fingerprint execution environments, compare them, explain what differs.

The public API, imported when it is first used, since this package is also the way to the
agent, which must start in milliseconds:

- `snapshot(target=".")` -> `Fingerprint`
- `load(path)` -> `Fingerprint`
- `compare(a, b)` -> `Comparison`: what differs
- `explain(a, b, symptom="")` -> `Comparison`: and which of it is likely to blame
- `bless(fingerprint)` -> `Baseline`
- `gate(fingerprint, baseline, policy=None)` -> `Verdict`
"""

import sys
from types import ModuleType

from .agent import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import bless, compare, explain, gate, load, snapshot

__all__ = ["__version__", "bless", "compare", "explain", "gate", "load", "snapshot"]


class _Package(ModuleType):
    """Whose parts do not hide its functions: `auditor.compare` is both, and whoever imports the
    part, as the function itself does, would bind its name here."""

    def __getattr__(self, name: str) -> object:
        if name in __all__:
            from . import api

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
