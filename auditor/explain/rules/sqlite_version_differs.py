"""Python is linked with another SQLite: some SQL exists on one side only.

What it means
    `sqlite3` uses the SQLite library that Python is linked with, the system's in most images.
    Its version differs by a step that added SQL or changed what it computes.

Why it matters
    A statement that the newer one understands raises OperationalError on the older one (a
    syntax error near RETURNING or STRICT, "no such function: json_extract"). Other steps change
    results: newer releases compensate the rounding of sums, and the query planner may return
    rows without ORDER BY in another order.

How to confirm
    `python -c "import sqlite3; print(sqlite3.sqlite_version)"` on both sides; then the failing
    statement by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Change
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA371",
    name="sqlite-version-differs",
    effects=("crash", "behaviour", "numerics"),
    severity="high",
    reads=(
        "python.sqlite.version",
        "os.packages.*sqlite*",
        "native.*sqlite*",
        "python.packages.*",
        "os.*",
        "python.version",
    ),
    remedy=Remedy(
        image="the same base image in both (`FROM python:3.12-slim-bookworm` has 3.40); "
        "or `RUN pip install pysqlite3-binary` and use `pysqlite3` in the program",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=(
        "https://simonwillison.net/b/8680",
        "https://www.chiark.greenend.org.uk/doc/sqlite3/releaselog/3_25_0.html",
        "https://www.sqlite.org/draft/releaselog/3_35_0.html",
        "https://www.sqlite.org/releaselog/3_37_2.html",
        "https://github.com/sqlc-dev/sqlc/issues/2919",
        "https://www.sqlite.org/releaselog/3_39_4.html",
        "https://www.sqlite.org/releaselog/3_43_1.html",
        "https://sqlite.org/releaselog/3_44_0.html",
        "https://sqlite.org/search?s=c&q=json",
    ),
)

USERS = (
    "sqlalchemy",
    "django",
    "peewee",
    "datasette",
    "sqlite-utils",
    "diskcache",
    "mlflow",
    "aiosqlite",
    "apsw",
    "chromadb",
    "optuna",
    "dataset",
    "tortoise-orm",
    "pony",
    "alembic",
    "jupyter-core",
)
PACKAGES = ("os.packages.libsqlite3*", "os.packages.sqlite-libs", "os.packages.sqlite")
STEPS = (
    ((3, 24), "UPSERT"),
    ((3, 25), "window functions"),
    ((3, 35), "RETURNING, DROP COLUMN and mathematical functions"),
    ((3, 37), "STRICT tables"),
    ((3, 38), "built-in JSON functions and ->"),
    ((3, 39), "RIGHT and FULL JOIN"),
    ((3, 43), "timediff and octet_length"),
    ((3, 44), "concat, string_agg and ORDER BY in aggregates"),
    ((3, 45), "JSONB"),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = _change(pair)
    if change is None:
        return
    before, after = _number(change.before), _number(change.after)
    if before is None or after is None or before == after:
        return
    older, newer = sorted((before, after))
    crossed = [text for step, text in STEPS if older < step <= newer]
    users = [*pair.loaded("sqlite"), *pair.installed(*USERS)]
    lacks = "A" if before < after else "B"
    what = (
        f"{lacks} lacks {', '.join(crossed)}, and fails with a syntax error or no such function "
        "where a statement uses them"
        if crossed
        else "the query planner and the functions can differ between releases"
    )
    yield Hit(
        message=f"Python's SQLite is {sides(change)}: {what}.",
        changes=(change,),
        facts=first(users),
        confidence=(0.6 if crossed else 0.25) + (0.1 if users else 0),
    )


def _change(pair: Pair) -> Change | None:
    """What the interpreter says, or, where one side's does not, the system's library."""
    told = pair.values("python.sqlite.version")
    if None not in told:
        return pair.change("python.sqlite.version")
    return next((change for glob in PACKAGES for change in pair.changes(glob)), None)


def _number(value: object) -> tuple[int, ...] | None:
    """`(3, 40)` of `3.40.1`."""
    found = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", value) if isinstance(value, str) else None
    return (int(found[1]), int(found[2])) if found else None
