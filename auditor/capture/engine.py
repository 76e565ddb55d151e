"""The connection to the container engine, with its errors turned into ours."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import docker.errors
import requests.exceptions

from ..agent.redact import Redactor
from ..model import CaptureFailed, UsageError
from .places import Place, here

# Seconds to wait for one answer of the engine. Asking it takes milliseconds; starting a
# container on a busy machine takes seconds.
TIMEOUT = 60


@contextmanager
def engine() -> Iterator[Any]:
    """A client of the first engine that answers (see `places`).

    Raises `UsageError` where none does, it may not be asked, or does not know what it is asked
    for; `CaptureFailed` where it fails.
    """
    client = _connected(here())
    try:
        yield client
    except docker.errors.NotFound as error:
        raise UsageError(f"the container engine says: {_explanation(error)}") from None
    except docker.errors.APIError as error:
        raise CaptureFailed(f"the container engine says: {_explanation(error)}") from None
    except requests.exceptions.RequestException as error:
        kind = type(error).__name__
        raise CaptureFailed(f"the container engine does not answer ({kind})") from None
    finally:
        client.close()


def is_podman(client: Any) -> bool:
    """Whether the engine behind the API is Podman, by what its answers say of themselves."""
    answer = client.api.get(f"{client.api.base_url}/_ping", timeout=TIMEOUT)
    return "libpod" in answer.headers.get("Server", "").lower()


def _connected(places: list[Place]) -> Any:
    tried = []
    for place in places:
        refused = None if place.socket is None else _refusal(place.socket)
        if refused is not None:
            tried.append((place, refused))
            continue
        try:
            if place.address is None:
                return docker.from_env(timeout=TIMEOUT)
            return docker.DockerClient(place.address, tls=place.tls, timeout=TIMEOUT)
        except (docker.errors.DockerException, ValueError) as error:
            # ValueError: an address whose port is none
            tried.append((place, _why_unreachable(error)))
    raise UsageError(_nobody(tried))


def _refusal(path: str) -> str | None:
    """Why nobody can be reached at a local socket; None where somebody can."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(TIMEOUT)
        try:
            probe.connect(path)
        except FileNotFoundError:
            return "not there"
        except OSError as error:
            return _why_unreachable(error)
    return None


def _nobody(tried: list[tuple[Place, str]]) -> str:
    """One line that names what was tried."""
    # Of the usual places nothing is secret; an address that somebody wrote may hold a password.
    told = ", ".join(
        f"{place.said if place.socket else Redactor().text(place.said)} ({why})"
        for place, why in tried
    )
    if any(why == _FORBIDDEN for _, why in tried):
        return (
            "no permission to use the container engine's socket: run as a member of its "
            f"group (docker) or as root; tried {told}"
        )
    return f"no container engine answers: start one, or name it in DOCKER_HOST; tried {told}"


def _explanation(error: docker.errors.APIError) -> str:
    # It may quote what the container or image is configured with.
    text = Redactor().text(str(error.explanation or error))
    return " ".join(text.split())[:300]


_FORBIDDEN = "permission denied"


def _why_unreachable(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PermissionError):
            return _FORBIDDEN
        if isinstance(seen, ConnectionRefusedError):
            return "nobody listens"
        seen = seen.__cause__ or seen.__context__
    return "no answer"
