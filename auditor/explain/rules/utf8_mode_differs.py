r"""Python's UTF-8 mode is on on one side: bad bytes pass through standard streams.

What it means
    In UTF-8 mode (`PYTHONUTF8=1`, `-X utf8`, or the C locale) Python ignores the locale's
    charset. The encoding is UTF-8 on both sides here, but only one is in that mode.

Why it matters
    In the mode stdin and stdout let undecodable bytes through (`surrogateescape`), otherwise
    they raise an error (`strict`): one side fails with UnicodeDecodeError or UnicodeEncodeError
    on input that the other passes on. What the locale says of encodings is ignored, also by
    `locale.getpreferredencoding()`.

How to confirm
    `printf '\377' | python -c "import sys; sys.stdin.read(); print(sys.flags.utf8_mode)"` on
    both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA504",
    name="utf8-mode-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=("locale.python.*", "python.flags.utf8_mode", "env.PYTHONUTF8", "env.LC_*", "env.LANG"),
    remedy=Remedy(
        image="`ENV PYTHONUTF8=1` in both, or in neither",
        runtime="docker run -e PYTHONUTF8=1 ... (Kubernetes: env: [{name: PYTHONUTF8, "
        "value: '1'}]) on both sides",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/using/cmdline.rst",
        "https://github.com/python/peps/blob/main/peps/pep-0540.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = pair.changes("locale.python.utf8_mode", "python.flags.utf8_mode")
    if not changes or pair.change("locale.python.preferred_encoding") is not None:
        return
    streams = pair.changes("locale.python.stdin", "locale.python.stdout")
    yield Hit(
        message=f"Python's UTF-8 mode is {sides(changes[0])}: without it bytes that are no UTF-8 "
        "raise an error on standard input and output, with it they pass through.",
        changes=(*changes, *streams),
        confidence=0.45 if streams else 0.3,
    )
