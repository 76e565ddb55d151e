"""A database client is told another encoding, time zone or way to connect.

What it means
    libpq, under psycopg and SQLAlchemy, reads PGCLIENTENCODING, PGTZ, PGSSLMODE and others when
    it connects. The sides differ in them.

Why it matters
    Text arrives in another encoding, timestamps in another zone, connections are encrypted or
    refused, without any difference in the program or its connection string.

How to confirm
    `SHOW client_encoding; SHOW timezone;` on a connection from each side.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NAMES = ("PGCLIENTENCODING", "PGTZ", "PGSSLMODE", "PGOPTIONS", "PGDATESTYLE")
USERS = ("psycopg2", "psycopg2-binary", "psycopg", "asyncpg", "pg8000", "sqlalchemy")

RULE = Rule(
    id="EA254",
    name="database-client-settings",
    effects=("behaviour", "text", "time"),
    severity="medium",
    reads=(*(f"env.{name}" for name in NAMES), "python.packages.*"),
    remedy=variable_remedy("PGCLIENTENCODING", "UTF8"),
    sources=("https://github.com/psycopg/psycopg2/blob/master/doc/src/connection.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed_anywhere(*USERS)
    changes = settings(pair, *NAMES)
    if users and changes:
        yield Hit(
            message=f"{told(changes)}: the database talks to the program in another encoding, "
            "time zone or mode.",
            changes=changes,
            facts=first(users),
            confidence=0.7,
        )
