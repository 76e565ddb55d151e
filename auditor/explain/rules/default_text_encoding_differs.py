"""Files are read and written in another encoding by default.

What it means
    `open()` without `encoding=`, `Path.read_text()`, pipes of subprocess and much else take the
    locale's charset, or UTF-8 in UTF-8 mode (`PYTHONUTF8`, `-X utf8`, and the C locale by
    itself). The result differs between the sides.

Why it matters
    UTF-8 text that is read as ASCII raises UnicodeDecodeError ("'ascii' codec can't decode
    byte"), read as Latin-1 it turns into wrong letters without an error; writing a letter that
    the encoding lacks raises UnicodeEncodeError. Lengths, hashes and comparisons of such text
    differ.

How to confirm
    `python -c "import locale; print(locale.getpreferredencoding(False))"` on both sides; then
    the program with `PYTHONUTF8=1` on both.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA503",
    name="default-text-encoding-differs",
    effects=("text", "crash", "behaviour"),
    severity="high",
    reads=("locale.*", "env.LC_*", "env.LANG", "env.PYTHON*", "python.flags.utf8_mode"),
    remedy=Remedy(
        image='`ENV PYTHONUTF8=1` (or `ENV LANG=C.UTF-8`) in both, and `encoding="utf-8"` '
        "in the program",
        runtime="docker run -e PYTHONUTF8=1 ... (Kubernetes: env: [{name: PYTHONUTF8, "
        "value: '1'}]) on both sides",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/using/cmdline.rst",
        "https://github.com/python/peps/blob/main/peps/pep-0540.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("locale.python.preferred_encoding")
    if change is not None:
        yield Hit(
            message=f"Python's default encoding for text files is {sides(change)}: text outside "
            "ASCII that is read or written without a stated encoding turns into other letters, "
            "or raises UnicodeDecodeError or UnicodeEncodeError.",
            changes=(change, *pair.changes("env.PYTHONUTF8", "locale.charset")),
            confidence=0.85,
        )
        return
    variable = pair.change("env.PYTHONUTF8")
    if variable is not None and pair.either("locale.python.preferred_encoding") is None:
        yield Hit(
            message=f"PYTHONUTF8 is {sides(variable)}: it makes UTF-8 Python's default encoding "
            "for files and standard streams whatever the locale says.",
            changes=(variable,),
            confidence=0.6,
        )
        return
    charset = pair.change("locale.charset")
    if charset is not None and pair.either("locale.python.preferred_encoding") is None:
        yield Hit(
            message=f"The locale's charset is {sides(charset)}: programs read and write text in "
            "another encoding.",
            changes=(charset,),
            confidence=0.6,
        )
