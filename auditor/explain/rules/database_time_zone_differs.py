"""The database session has another time zone.

What it means
    `PGTZ` sets the time zone of every session that libpq opens (`SET timezone TO ...`);
    `ORA_SDTZ` does so for Oracle's. The sides differ in one, and have that database's driver.

Why it matters
    `now()::date`, casts of timestamps, `date_trunc` and the text of `timestamptz` values follow
    the session's zone: days begin at another moment, and naive timestamps are stored as others.

How to confirm
    `SHOW timezone` (PostgreSQL) or `SELECT sessiontimezone FROM dual` (Oracle) from the program
    on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA559",
    name="database-time-zone-differs",
    effects=("time", "behaviour"),
    severity="medium",
    reads=("env.PGTZ", "env.ORA_SDTZ", "python.packages.*"),
    remedy=Remedy(
        image="`ENV PGTZ=UTC` in both, or in neither",
        runtime="docker run -e PGTZ=UTC ... (Kubernetes: env: [{name: PGTZ, value: UTC}]) "
        "on both sides",
    ),
    sources=(
        "https://docs.pgedge.com/postgresql/development/client-interfaces/libpq-c-library/environment-variables/",
        "https://github.com/oracle/python-oracledb/issues/140",
        "https://docs.oracle.com/en/database/oracle/oracle-database/23/lacli/environment-variables-instant-client.html",
    ),
)

VARIABLES = {
    "PGTZ": ("psycopg2", "psycopg2-binary", "psycopg", "pygresql"),
    "ORA_SDTZ": ("cx-oracle", "oracledb"),
}


def check(pair: Pair) -> Iterator[Hit]:
    for name, drivers in VARIABLES.items():
        change = pair.change(f"env.{name}")
        users = pair.installed(*drivers)
        if change is None or not users:
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: the database computes dates and shows times in "
            "another zone for this program.",
            changes=(change,),
            facts=first(users),
            confidence=0.65,
        )
