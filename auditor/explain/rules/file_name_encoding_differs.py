r"""File names are decoded with another encoding.

What it means
    Python turns file names, arguments and environment variables into text with the file system
    encoding, which follows the locale and UTF-8 mode. It differs between the sides.

Why it matters
    A name outside ASCII holds surrogates on one side ("\udcc3") and letters on the other: it is
    not found by its text, printing or sending it raises UnicodeEncodeError ("surrogates not
    allowed"), creating it raises UnicodeEncodeError under ASCII, and sorting, hashing and JSON
    of names differ.

How to confirm
    `python -c "import os, sys; print(sys.getfilesystemencoding(), ascii(os.listdir('DIR')))"`
    on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA507",
    name="file-name-encoding-differs",
    effects=("text", "crash"),
    severity="medium",
    reads=("locale.python.*", "env.LC_*", "env.LANG", "env.PYTHONUTF8"),
    remedy=Remedy(
        image="`ENV PYTHONUTF8=1` (or `ENV LANG=C.UTF-8`) in both",
        runtime="docker run -e PYTHONUTF8=1 ... (Kubernetes: env: [{name: PYTHONUTF8, "
        "value: '1'}]) on both sides",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/using/cmdline.rst",
        "https://github.com/python/peps/blob/main/peps/pep-0540.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("locale.python.filesystem_encoding")
    if change is None:
        return
    yield Hit(
        message=f"Python decodes file names, arguments and variables as {sides(change)}: names "
        "outside ASCII become other text, or cannot be printed or created on one side.",
        changes=(change,),
        confidence=0.5,
    )
