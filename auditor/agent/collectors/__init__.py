"""One file a section, and the order in which they are read.

A collector is a module with `SECTION`, `ORIGIN` and `collect(subject, facts)`; see
`run.Collector`. It is imported when it is needed: a section that was baked needs none.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..run import Collector

# The first that reads RECORDs is the one that holds the files against them.
SECTIONS = (
    "os",
    "os.packages",
    "kernel",
    "cpu",
    "gpu",
    "limits",
    "process",
    "container",
    "env",
    "locale",
    "time",
    "filesystem",
    "network",
    "python",
    "python.path",
    "python.packages",
    "python.integrity",
    "python.sources",
    "conda",
    "native",
)

# What only the application's own libraries tell, with `--deep`.
DEEP_SECTIONS = ("threads", "frameworks", "probes")


def load(section: str) -> Collector:
    """The collector of a section: `python.path` is read by `collectors/python_path.py`."""
    name = section.replace(".", "_")
    collector: Collector = __import__(__name__ + "." + name, fromlist=(name,))
    return collector
