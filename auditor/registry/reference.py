"""`oci://REGISTRY/REPOSITORY[:TAG|@DIGEST]`: an image in a registry."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from ..model import UsageError

SCHEME = "oci://"

# The grammar of https://github.com/distribution/reference.
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]"
_HOST = rf"(?P<host>(?:{_NAME})(?::[0-9]{{1,5}})?)"
_DOCKER_HUB = "docker.io"
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"{_HOST}/(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """`wanted` is the digest where one is given, else the tag."""

    host: str
    repository: str
    wanted: str = "latest"

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Raises `UsageError` for what is none."""
        found = _REFERENCE.fullmatch(text.removeprefix(SCHEME))
        if not text.startswith(SCHEME) or found is None or len(text) > 1024:
            raise UsageError(
                f"{text[:200]!r} is no image in a registry: "
                "oci://REGISTRY/REPOSITORY:TAG or @sha256:..."
            )
        return cls(found["host"], found["repository"], found["digest"] or found["tag"] or "latest")

    @property
    def base_url(self) -> str:
        """As engines have it: plain HTTP only to this very machine; and Docker Hub's API lies
        elsewhere, its official images in `library/`."""
        host, repository = self.host, self.repository
        if self.is_docker_hub:
            host = "registry-1.docker.io"
            repository = repository if "/" in repository else f"library/{repository}"
        scheme = "http" if is_local(host) else "https"
        return f"{scheme}://{host}/v2/{repository}"

    @property
    def is_docker_hub(self) -> bool:
        return self.host in (_DOCKER_HUB, f"index.{_DOCKER_HUB}")

    def __str__(self) -> str:
        separator = "@" if self.wanted.startswith("sha256:") else ":"
        return f"{SCHEME}{self.host}/{self.repository}{separator}{self.wanted}"


def is_local(host: str) -> bool:
    """Whether HOST or HOST:PORT is this very machine."""
    name, _, port = host.rpartition(":")
    name = (name if name and port.isascii() and port.isdigit() else host).strip("[]")
    with suppress(ValueError):
        return ip_address(name).is_loopback
    return name == "localhost"
