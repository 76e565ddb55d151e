"""Programs that build or draw write a fixed date instead of the present one.

What it means
    `SOURCE_DATE_EPOCH` tells tools to write this moment wherever they would write the present
    one: wheels and other archives, compiled bytecode (checked by hash instead of by time),
    generated documents and pictures. The sides differ in it.

Why it matters
    Files that are generated differ in their dates and so in their bytes and hashes, or are
    equal where they should not be; values before 1980 fail for ZIP files and wheels ("ZIP does
    not support timestamps before 1980").

How to confirm
    Run the program with the other side's `SOURCE_DATE_EPOCH`, and without: `env -u
    SOURCE_DATE_EPOCH ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA556",
    name="build-date-fixed",
    effects=("time", "behaviour"),
    severity="low",
    reads=("env.SOURCE_DATE_EPOCH", "python.packages.*"),
    remedy=Remedy(
        image="set it for the build alone (`ARG SOURCE_DATE_EPOCH`), not by `ENV`, or the "
        "same in both",
        runtime="docker run -e SOURCE_DATE_EPOCH=1700000000 ... (Kubernetes: env) on both "
        "sides, or on neither",
    ),
    sources=(
        "https://github.com/PyO3/maturin/pull/1334",
        "https://chromium.googlesource.com/chromiumos/overlays/eclass-overlay/+/a04c31a7ebbba78f4dfb0cf3fe1f8ea1f0d20faf",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.SOURCE_DATE_EPOCH")
    if change is None:
        return
    users = pair.installed(
       "matplotlib", "reportlab", "sphinx", "hatchling", "flit-core", "maturin", "build",
       "mkdocs", "nikola", "cython", "meson-python",
   )  # fmt: skip
    yield Hit(
        message=f"SOURCE_DATE_EPOCH is {sides(change)}: tools that honour it write that date into "
        "archives, documents and pictures, whose bytes then differ.",
        changes=(change,),
        facts=first(users),
        confidence=0.5 if users else 0.3,
    )
