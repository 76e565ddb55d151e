"""Connections to PostgreSQL are encrypted or verified otherwise.

What it means
    PGSSLMODE tells libpq, and so psycopg and others, whether to encrypt (disable, allow, prefer,
    require) and whether to verify the server's certificate (verify-ca, verify-full). The sides
    differ in it.

Why it matters
    Below `require` a connection can be read on the way; below `verify-full` somebody in between
    can pretend to be the server. With the stricter modes, a connection fails where the server
    speaks no TLS or its certificate cannot be verified.

How to confirm
    `psql -c 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule
from ..switches import acts

RULE = Rule(
    id="EA605",
    name="database-encryption",
    effects=(
        "security",
        "crash",
    ),
    severity="medium",
    reads=(
        "env.PGSSLMODE",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="ENV PGSSLMODE=verify-full in the Dockerfile of both",
        runtime="docker run -e PGSSLMODE=verify-full ... on both sides",
    ),
    sources=(
        "https://www.PostgreSQL.org/docs/8.4/libpq-ssl.html",
        "https://gist.github.com/empeje/dc6e3bb195ec463d7c9c891c3deb84bc",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PGSSLMODE")
    clients = pair.installed_anywhere("psycopg2", "psycopg2-binary", "psycopg", "asyncpg")
    if change is None or not clients or not acts(change, "prefer"):
        return
    yield Hit(
        message=f"PGSSLMODE is {sides(change)}: connections to the database are encrypted and "
        "the server is verified on one side, or they fail where that is not possible.",
        changes=(change,),
        facts=first(clients),
        confidence=0.6,
    )
