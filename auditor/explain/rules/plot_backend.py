"""Plots are drawn by another backend (MPLBACKEND, DISPLAY).

What it means
    matplotlib draws by the backend that MPLBACKEND names, else by the first that works: a window
    system where there is a DISPLAY, else Agg. QT_QPA_PLATFORM does the same for Qt.

Why it matters
    Windows are opened or the program fails for want of a display ("cannot connect to X server",
    "could not load the Qt platform plugin"); figures differ in size, fonts and anti-aliasing.

How to confirm
    `MPLBACKEND=Agg python PROGRAM` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

READERS = (
    (("MPLBACKEND", "DISPLAY"), ("matplotlib", "pyqt5", "pyqt6", "pyside6"), 0.6),
    (("QT_QPA_PLATFORM",), ("pyqt5", "pyqt6", "pyside6", "opencv-python"), 0.6),
    (("SDL_VIDEODRIVER",), ("pygame",), 0.6),
)

RULE = Rule(
    id="EA252",
    name="plot-backend",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=(*(f"env.{name}" for names, _, _ in READERS for name in names), "python.packages.*"),
    remedy=variable_remedy("MPLBACKEND", "Agg"),
    sources=(
        "https://github.com/matplotlib/matplotlib/blob/main/galleries/users_explain/figure/backends.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for names, distributions, confidence in READERS:
        changes = settings(pair, *names)
        users = pair.installed_anywhere(*distributions)
        if changes and users:
            yield Hit(
                message=f"{told(changes)}: figures and windows are drawn by another backend, or "
                "fail for want of a display.",
                changes=changes,
                facts=first(users),
                confidence=confidence,
            )
