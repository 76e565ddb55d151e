"""What is printed or read from a pipe has another encoding.

What it means
    `sys.stdin`, `sys.stdout` and `sys.stderr` take the locale's encoding, or what
    `PYTHONIOENCODING=ENCODING:ERRORS` says. It differs for the streams, while files have one
    encoding on both sides.

Why it matters
    Printing a letter that the encoding lacks raises UnicodeEncodeError ("'ascii' codec can't
    encode character"), or prints a replacement where the error handler says so; the next
    program in the pipe reads other letters.

How to confirm
    `python -c "import sys; print(sys.stdout.encoding, sys.stdout.errors)" | cat` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA505",
    name="standard-stream-encoding-differs",
    effects=("text", "crash"),
    severity="high",
    reads=("locale.python.*", "env.PYTHONIOENCODING", "env.LC_*", "env.LANG", "env.PYTHONUTF8"),
    remedy=Remedy(
        image="`ENV PYTHONIOENCODING=utf-8` in both, or in neither",
        runtime="docker run -e PYTHONIOENCODING=utf-8 ... (Kubernetes: env: [{name: "
        "PYTHONIOENCODING, value: utf-8}]) on both sides",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/using/cmdline.rst",
        "https://github.com/python/peps/blob/main/peps/pep-0540.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    variable = pair.change("env.PYTHONIOENCODING")
    streams = pair.changes("locale.python.std*")
    if variable is None and (
        pair.change("locale.python.preferred_encoding") is not None
        or pair.change("locale.python.utf8_mode") is not None
    ):
        return  # they follow from the encoding, which has rules of its own
    if not streams:
        if variable is None or pair.either("locale.python.stdout") is not None:
            return
        streams = [variable]
    encodings = {str(value).partition(":")[0] for c in streams for value in (c.before, c.after)}
    yield Hit(
        message=f"Python's standard streams have another encoding or error handling: "
        f"{streams[0].path.rpartition('.')[2]} is {sides(streams[0])}. Letters outside ASCII are "
        "printed differently or raise UnicodeEncodeError.",
        changes=(*streams, *([variable] if variable and variable not in streams else [])),
        confidence=0.8 if len(encodings) > 1 else 0.5,
    )
