"""`docker:CONTAINER`: a running container through an agent that is sent in, a stopped one
through the engine's inspect and its files."""

from __future__ import annotations

from typing import Any

import docker.errors

from ..model import CaptureFailed, Fingerprint, Section, UsageError
from . import bundle
from .assemble import with_container
from .conversation import NoAnswer, converse
from .engine import engine, is_podman
from .files import capture_files
from .inspect import container_section, image_of
from .sent_agent import Attempt, run_agent
from .target import CaptureOptions


def capture_container(name: str, options: CaptureOptions) -> Fingerprint:
    """Raises `UsageError` for an unknown container or engine, else `CaptureFailed`."""
    with engine() as client:
        try:
            container = client.containers.get(name)
        except docker.errors.NotFound:
            raise UsageError(f"no container {name!r} (docker ps --all lists them)") from None
        image = image_of(client, container.attrs)
        section = container_section(container.attrs, image, options, podman=is_podman(client))
        state = container.attrs.get("State", {})
        if state.get("Paused"):
            raise CaptureFailed(f"container {name!r} is paused: docker unpause {name}")
        if state.get("Running"):
            fingerprint = _running(client, container, name, options)
            if fingerprint is not None:
                return with_container(fingerprint, section)
        return _from_files(container, name, options, section)


def _running(client: Any, container: Any, name: str, options: CaptureOptions) -> Fingerprint | None:
    api = client.api

    def start(attempt: Attempt, script: bytes, size: int, nonce: str, seconds: float) -> bytes:
        command = [attempt.interpreter, *bundle.FLAGS, bundle.bootstrap(size)]
        created = api.exec_create(
            container.id, command, stdin=True, stdout=True, stderr=True, user=attempt.user or ""
        )
        try:
            stream = api.exec_start(created["Id"], socket=True)
        except docker.errors.APIError as error:
            # 409: it stopped meanwhile; anything else is an interpreter that is not there.
            raise NoAnswer(f"exec failed: {error.explanation}") from None
        return converse(stream, script, nonce, seconds)

    return run_agent(start, _likely(container), f"docker:{name}", None, options)


def _likely(container: Any) -> dict[str, None]:
    """Interpreters that the main process and the configuration point to, best first."""
    likely: dict[str, None] = {}
    for word in _main_command(container)[:1]:
        if "python" in word.rsplit("/", 1)[-1] and word.startswith("/"):
            likely[word] = None
    for entry in container.attrs.get("Config", {}).get("Env") or []:
        variable, _, value = entry.partition("=")
        if variable in ("VIRTUAL_ENV", "CONDA_PREFIX") and value.startswith("/"):
            likely[value.rstrip("/") + "/bin/python"] = None
    return likely


def _main_command(container: Any) -> list[str]:
    """The main process's command line as it is now (the entrypoint may have replaced itself),
    or as it was configured, where the engine cannot tell."""
    try:
        table = container.top(ps_args="-eo pid,args")
        command = table["Processes"][0][table["Titles"].index("COMMAND")]
        return str(command).split()
    except (docker.errors.APIError, KeyError, IndexError, ValueError, TypeError):
        attrs = container.attrs
        return [str(attrs.get("Path", "")), *map(str, attrs.get("Args") or [])]


def _from_files(
    container: Any, name: str, options: CaptureOptions, section: Section
) -> Fingerprint:
    config = container.attrs.get("Config", {})
    # Closed in capture_files: the engine holds the container's lock while it streams.
    stream = container.export(chunk_size=1024 * 1024)
    fingerprint = capture_files(stream, config, f"docker:{name}", options)
    return with_container(fingerprint, section)
