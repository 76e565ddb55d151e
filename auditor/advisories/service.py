"""Whom to ask for known vulnerabilities."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..model import UsageError

SERVICES = ("osv", "pypi")
_QUERY = "/v1/query"  # where an OSV server answers for one package


@dataclass(frozen=True, slots=True)
class Service:
    """One of `SERVICES`; `url` is the address of an OSV-compatible server of one's own."""

    name: str = "osv"
    url: str | None = None

    @classmethod
    def of(cls, name: str, url: str | None) -> Service:
        """Raises `UsageError` for an unknown service or an address that is none."""
        if name not in SERVICES:
            raise UsageError(f"--service takes {' or '.join(SERVICES)}, not {name!r}")
        if url is None:
            return cls(name)
        if name != "osv":
            raise UsageError("--osv-url is the address of an OSV server: not with --service pypi")
        try:
            parts = urlsplit(url)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise UsageError(f"--osv-url takes an address such as https://HOST/, not {url!r}")
        return cls(name, url.rstrip("/") + ("" if parts.path.endswith(_QUERY) else _QUERY))
