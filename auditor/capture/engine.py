"""The connection to the container engine, with its errors turned into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import docker.errors
import requests.exceptions

from ..agent.redact import Redactor
from ..model import CaptureFailed, UsageError

# Seconds to wait for one answer of the engine. Asking it takes milliseconds; starting a
# container on a busy machine takes seconds.
TIMEOUT = 60


@contextmanager
def engine() -> Iterator[Any]:
    """A client of the engine that DOCKER_HOST names, or the local one.

    Raises `UsageError` where there is none, it may not be asked, or does not know what it
    is asked for; `CaptureFailed` where it fails.
    """
    try:
        client = docker.from_env(timeout=TIMEOUT)
    except (docker.errors.DockerException, ValueError) as error:
        # ValueError: a DOCKER_HOST whose port is none
        raise UsageError(_why_unreachable(error)) from None
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


def _explanation(error: docker.errors.APIError) -> str:
    # It may quote what the container or image is configured with.
    text = Redactor().text(str(error.explanation or error))
    return " ".join(text.split())[:300]


def _why_unreachable(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PermissionError):
            return (
                "no permission to use the container engine's socket: run as a member of its "
                "group (docker) or as root"
            )
        seen = seen.__cause__ or seen.__context__
    return "no container engine answers: is it running, and does DOCKER_HOST name the right one?"
