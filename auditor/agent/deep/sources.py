"""The text of what is sent into the application's interpreter.

Its Python may be another than ours, so it gets sources and never compiled code.
"""

from __future__ import annotations

from importlib.util import find_spec

from . import inside
from .inside import frameworks, probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

NAME = "envaudit_inside"
# Libraries that come along, where we have them: `envaudit.pyz` is packed with their sources.
BUNDLED = ("pynvml", "threadpoolctl")
_TOP = ("libraries", "main", "nvml", "threads")


def sources() -> dict[str, tuple[bool, str]]:
    """Module name -> (is a package, source)."""
    found = {NAME: (True, _source(inside.__name__))}
    for name in _TOP:
        found["%s.%s" % (NAME, name)] = (False, _source("%s.%s" % (inside.__name__, name)))
    for package in (frameworks, probes):
        short = package.__name__.rpartition(".")[2]
        found["%s.%s" % (NAME, short)] = (True, _source(package.__name__))
        for name in _modules(package):
            found["%s.%s.%s" % (NAME, short, name)] = (
                False,
                _source("%s.%s" % (package.__name__, name)),
            )
    for name in BUNDLED:
        source = _bundled(name)
        if source is not None:
            found[name] = (False, source)
    return found


def _modules(package: ModuleType) -> list[str]:
    """The package imports each of its modules, so it knows them all by name."""
    kind = type(package)
    return sorted(name for name, value in vars(package).items() if isinstance(value, kind))


def _source(module: str) -> str:
    specification: Any = find_spec(module)
    source = specification.loader.get_source(module)
    if not isinstance(source, str):
        raise ImportError("no source of %s" % module)
    return source


def _bundled(name: str) -> str | None:
    """Beside the agent in its package, or installed where the agent runs from."""
    package = __name__.rpartition(".deep.")[0]
    for place in ("%s.bundled.%s" % (package, name), name):
        try:
            specification: Any = find_spec(place)
            source = specification.loader.get_source(place)
        except (ImportError, AttributeError, ValueError, OSError):
            continue
        if isinstance(source, str):
            return source
    return None
