"""Fresh memory holds other contents.

What it means
    MALLOC_PERTURB_ (or GLIBC_TUNABLES=glibc.malloc.perturb), and jemalloc's
    `junk` and `zero` (MALLOC_CONF) fill memory with a pattern when it is handed out. The sides
    differ in one of them.

Why it matters
    A program that reads what it never wrote (numpy.empty, a buffer in C, a bug) mostly finds
    zeros, and finds the pattern then: numbers differ wildly, or it crashes. It shows a defect
    that is there on both sides.

How to confirm
    Run the program on A with `MALLOC_PERTURB_=165 PYTHONMALLOC=malloc`: a result that changes
    depends on memory that was never written.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..knowledge.switches import meaning, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA146",
    name="uninitialised-memory",
    effects=("numerics", "behaviour", "crash"),
    severity="high",
    reads=(
        "env.MALLOC_PERTURB_",
        "env.GLIBC_TUNABLES",
        "env.MALLOC_CONF",
        "env._RJEM_MALLOC_CONF",
        "os.libc.family",
        "native.loaded.jemalloc",
        "python.packages.*",
    ),
    remedy=variable_remedy("MALLOC_PERTURB_", "0"),
    sources=(
        "https://gnu.org/software/libc/manual/2.22/html_node/Malloc-Tunable-Parameters.html",
        "https://github.com/bminor/glibc/blob/master/manual/tunables.texi",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    musl = "musl" in pair.values("os.libc.family")
    for name, filling in (
        ("MALLOC_PERTURB_", _number),
        ("GLIBC_TUNABLES", _tunable),
        ("MALLOC_CONF", _jemalloc),
        ("_RJEM_MALLOC_CONF", _jemalloc),
    ):
        change = pair.change(f"env.{name}")
        if change is None or filling(change.before) == filling(change.after):
            continue
        if musl and name in ("MALLOC_PERTURB_", "GLIBC_TUNABLES"):
            continue
        yield _hit(pair, change)


def _hit(pair: Pair, change: Change) -> Hit:
    array_users = pair.installed("numpy")
    return Hit(
        message=f"{change.key} is {sides(change)}: fresh memory is filled with a pattern on one "
        "side, so that a program that reads memory which it never wrote computes other numbers.",
        changes=(change,),
        facts=first([*array_users, *pair.loaded("jemalloc")]),
        confidence=0.6 if change.key == "MALLOC_PERTURB_" else 0.45,
        remedy=variable_remedy(change.key, ""),
    )


def _number(value: Value) -> str:
    return meaning(value, "0")


def _tunable(value: Value) -> str:
    for part in str(value or "").split(":"):
        name, _, number = part.partition("=")
        if name.strip() == "glibc.malloc.perturb":
            return number.strip() or "0"
    return "0"


def _jemalloc(value: Value) -> frozenset[str]:
    parts = str(value or "").replace(" ", "").split(",")
    return frozenset(part for part in parts if part.startswith(("junk:", "zero:"))) - {
        "junk:false",
        "zero:false",
    }
