"""Where a container engine may answer, in the order in which they are asked.

1. `DOCKER_HOST` (with `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`): it alone, where it is set.
2. The Docker context of `DOCKER_CONTEXT`, else the one chosen with `docker context use`: it alone,
   unless it is the default one.
3. The sockets at their usual places: Docker's, a rootless Docker's, Docker Desktop's, a user's own
   Podman's, the system's Podman's. The first that answers is taken.

So do the command lines of both engines, each for its own: docs.docker.com/engine/manage-resources/
contexts and engine/security/rootless, podman-system-service(1).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.context import Context
from docker.context.config import get_current_context_name

from ..model import UsageError

DOCKER_SOCKET = "/var/run/docker.sock"
PODMAN_SOCKET = "/run/podman/podman.sock"


@dataclass(frozen=True, slots=True)
class Place:
    """`said` is how a message names it; without an `address` the environment's variables say
    where it is. `socket` is the file of a local socket that was not asked for by name."""

    said: str
    address: str | None = None
    tls: Any = None
    socket: str | None = None


def places(environ: Mapping[str, str], home: Path, uid: int) -> list[Place]:
    """All of them, the first first. Raises `UsageError` for a context that is none."""
    if environ.get("DOCKER_HOST"):
        return [Place(f"DOCKER_HOST={environ['DOCKER_HOST']}")]
    chosen = _context(environ.get("DOCKER_CONTEXT"))
    if chosen is not None:
        return [chosen]
    return [
        Place(path, f"unix://{path}", socket=path)
        for path in dict.fromkeys(_sockets(environ, home, uid))
    ]


def _sockets(environ: Mapping[str, str], home: Path, uid: int) -> list[str]:
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}"
    return [
        DOCKER_SOCKET,
        f"{runtime}/docker.sock",
        f"{home}/.docker/run/docker.sock",
        f"{home}/.docker/desktop/docker.sock",
        f"{runtime}/podman/podman.sock",
        PODMAN_SOCKET,
    ]


def _context(name: str | None) -> Place | None:
    """None for the default context."""
    try:
        name = name or get_current_context_name()
        if name == "default":
            return None
        context: Any = Context.load_context(name)
        address = context.Host if context is not None else None
    except Exception:  # noqa: BLE001 - its parser raises whatever comes; none of it tells more
        raise UsageError(f"the Docker context {name!r} cannot be read") from None
    if not address:
        raise UsageError(f"no Docker context {name!r} (docker context ls)")
    return Place(f"the Docker context {name!r} ({address})", address, context.TLSConfig)


def home_directory() -> Path:
    """Where it cannot be told, one that holds nothing."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def here() -> list[Place]:
    """For this process."""
    return places(os.environ, home_directory(), os.getuid())
