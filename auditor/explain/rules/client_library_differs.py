"""A client library of the system is missing on one side, or another version.

What it means
    Some Python packages call a library that the image has to provide: psycopg2 calls libpq,
    pyodbc unixODBC and a driver, mysqlclient MariaDB's, pycurl libcurl, python-ldap OpenLDAP's.
    That library is missing on one side or of another version.

Why it matters
    Without it the import fails ("libpq.so.5: cannot open shared object file"), or the
    connection ("Can't open lib 'ODBC Driver 17 for SQL Server'"). Versions differ in defaults:
    Microsoft's ODBC driver 18 encrypts and verifies certificates, 17 did not; newer libpq and
    MariaDB clients negotiate TLS and authentication differently.

How to confirm
    `python -c "import psycopg2; print(psycopg2.extensions.libpq_version())"`, `odbcinst -q -d`,
    `python -c "import pycurl; print(pycurl.version)"` on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..pair import Pair, first, sides, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA376",
    name="client-library-differs",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("os.packages.*", "python.packages.*"),
    remedy=Remedy(
        image="install the same in both: `RUN apt-get install -y --no-install-recommends "
        "libpq5` (or the package that brings its own copy: psycopg2-binary)",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=(
        "https://github.com/psycopg/psycopg2/issues/1254",
        "https://github.com/performancecopilot/pcp/pull/2589",
        "https://github.com/dbt-msft/dbt-sqlserver/issues/219",
    ),
)

# Globs on the packages that hold a library, the distributions that call it, what it is.
LIBRARIES = (
    (("libpq5", "libpq", "postgresql-libs"), ("psycopg2", "psycopg", "psycopg-c"), "libpq"),
    (
        ("libmariadb3", "mariadb-connector-c", "libmysqlclient2[0-9]", "mysql-libs"),
        ("mysqlclient",),
        "the MariaDB or MySQL client library",
    ),
    (("unixodbc*", "libodbc[12]", "odbcinst*"), ("pyodbc", "turbodbc"), "unixODBC"),
    (
        ("msodbcsql1[0-9]", "tdsodbc", "odbc-postgresql", "libmyodbc*", "odbc-mariadb"),
        ("pyodbc", "turbodbc"),
        "the ODBC driver",
    ),
    (("libcurl4*", "libcurl", "libcurl3*"), ("pycurl",), "libcurl"),
    (("libldap-2*", "libldap2", "libldap", "openldap"), ("python-ldap",), "the LDAP library"),
    (("libgssapi-krb5-2", "krb5-libs"), ("gssapi", "requests-kerberos", "pykerberos"), "Kerberos"),
    (("libxmlsec1*", "xmlsec"), ("xmlsec", "python3-saml"), "xmlsec"),
    (("libsybdb5", "freetds*"), ("pymssql",), "FreeTDS"),
)


def check(pair: Pair) -> Iterator[Hit]:
    for globs, names, what in LIBRARIES:
        users = pair.installed(*names)
        changes = pair.changes(*(f"os.packages.{glob}" for glob in globs))
        if not users or not changes:
            continue
        present = [
            where((change.before, change.after), lambda value: value is not None)
            for change in changes
        ]
        user = users[0].rpartition(".")[2]
        one_sided = [place for place in present if place in ("A", "B")]
        if "A and B" in present or {*one_sided} == {"A", "B"}:
            if all(_series(change.before) == _series(change.after) for change in changes):
                continue
            yield Hit(
                message=f"{what}, which {user} calls, is another: {changes[0].path[12:]} "
                f"{sides(changes[0])}. Its defaults for encryption, certificates and "
                "authentication can differ.",
                changes=tuple(changes),
                facts=first(users),
                confidence=0.55 if {*one_sided} == {"A", "B"} else 0.35,
            )
        else:
            lacks = "B" if one_sided[0] == "A" else "A"
            yield Hit(
                message=f"{lacks} lacks {what}, which {user} calls: importing it or connecting "
                "fails there.",
                changes=tuple(changes),
                facts=first(users),
                confidence=0.8,
            )


def _series(value: object) -> str | None:
    """`15.8` of `15.8-0+deb12u1`: what distributions rebuild is the same library."""
    found = re.match(r"(?:[0-9]+:)?([0-9]+\.[0-9]+)", value) if isinstance(value, str) else None
    return found[1] if found else None
