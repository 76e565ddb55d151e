"""The database speaks another encoding or language to this program.

What it means
    libpq takes the encoding of a connection from `PGCLIENTENCODING`; Oracle's client libraries
    take language and territory from `NLS_LANG`. The sides differ in one, and have that
    database's driver.

Why it matters
    With another encoding letters outside ASCII arrive as other letters or as question marks,
    are stored so, or the statement fails ("character with byte sequence ... has no equivalent
    in encoding"). NLS_LANG decides how Oracle writes and reads dates and numbers as text, how
    it sorts, and the language of its messages (python-oracledb in Thick mode; its Thin mode
    does not read it).

How to confirm
    `SHOW client_encoding` (PostgreSQL), or `SELECT * FROM nls_session_parameters` (Oracle),
    from the program on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA516",
    name="database-client-language-differs",
    effects=("text", "crash"),
    severity="medium",
    reads=("env.PGCLIENTENCODING", "env.NLS_LANG", "python.packages.*"),
    remedy=Remedy(
        image="`ENV PGCLIENTENCODING=UTF8` (Oracle: `ENV "
        "NLS_LANG=AMERICAN_AMERICA.AL32UTF8`) in both, or in neither",
        runtime="docker run -e PGCLIENTENCODING=UTF8 ... (Kubernetes: env: [{name: "
        "PGCLIENTENCODING, value: UTF8}]) on both sides",
    ),
    sources=(
        "https://docs.pgedge.com/postgresql/development/client-interfaces/libpq-c-library/environment-variables/",
        "https://python-oracledb.readthedocs.io/en/v3.0.0/user_guide/globalization.html",
        "https://docs.oracle.com/en/database/oracle/oracle-database/23/lacli/environment-variables-instant-client.html",
    ),
)

VARIABLES = (
    (
        "PGCLIENTENCODING",
        ("psycopg2", "psycopg2-binary", "psycopg", "pygresql"),
        (
            "the database connection uses another encoding, so that letters outside ASCII are "
            "read and stored differently or refused"
        ),
        0.65,
    ),
    (
        "NLS_LANG",
        ("cx-oracle", "oracledb"),
        "the database writes and reads dates and numbers, and sorts, by another country's rules",
        0.55,
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for name, drivers, effect, confidence in VARIABLES:
        change = pair.change(f"env.{name}")
        users = pair.installed(*drivers)
        if change is None or not users:
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: {effect}.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
        )
