"""`image:IMAGE`: a container made for the purpose, without network, removed in every case."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker.errors

from ..model import Fingerprint, UsageError
from . import bundle
from .assemble import with_container
from .chunks import CHUNK
from .conversation import NoAnswer, converse
from .engine import engine, is_podman
from .files import capture_export
from .inspect import image_section
from .sent_agent import Attempt, run_agent
from .target import CaptureOptions

# Marks our containers, so that a person who finds one knows what it is and may remove it.
LABEL = "io.envaudit.capture"
_MAKING = 3.0  # seconds that the engine may take to make a container
_STOPPING = 10.0  # seconds in which what cannot be removed yet may become removable


def capture_image(name: str, options: CaptureOptions) -> Fingerprint:
    """Raises `UsageError` for an unknown image or engine, else `CaptureFailed`."""
    with engine() as client:
        try:
            image = client.images.get(name)
        except docker.errors.NotFound:
            hint = f"docker pull {name}"
            if os.path.exists(name):
                hint += f", or for the file image:./{name}"
            raise UsageError(f"no image {name!r} here ({hint})") from None
        runtime = "podman" if is_podman(client) else "docker"
        section = image_section(image.attrs, name, options, runtime)
        start, likely = _starter(client, image.id), _likely(image.attrs)
        fingerprint = run_agent(start, likely, f"image:{name}", _command(image.attrs), options)
        if fingerprint is None:
            fingerprint = _from_files(client, image, name, options)
        return with_container(fingerprint, section)


def _starter(client: Any, image_id: str) -> Any:
    api = client.api

    def start(attempt: Attempt, script: bytes, size: int, nonce: str, seconds: float) -> bytes:
        configuration = {
            "image": image_id,
            "entrypoint": [attempt.interpreter],
            "command": [*bundle.FLAGS, bundle.bootstrap(size)],
            "user": attempt.user,
            "stdin_open": True,
            "healthcheck": {"test": ["NONE"]},
            # The engine removes it also where we are killed: our end of standard input is
            # closed then, and the interpreter ends.
            "host_config": api.create_host_config(network_mode="none", auto_remove=True),
        }
        with _container(api, configuration) as container:
            attached = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            stream = None
            try:
                # Podman makes the process ready here, Docker in the next step.
                stream = api.attach_socket(container, params=attached)
                api.start(container)
            except docker.errors.APIError as error:
                if stream is not None:
                    stream.close()
                raise NoAnswer(f"exec failed: {error.explanation}") from None
            return converse(stream, script, nonce, seconds)

    return start


@contextmanager
def _container(api: Any, configuration: dict[str, Any]) -> Iterator[str]:
    """A container that is removed in every case. We name it, so that it is found again also
    where Ctrl-C comes while the engine is still making it."""
    name = f"envaudit-{secrets.token_hex(8)}"
    labels = {LABEL: "temporary"}
    told = False  # whether the engine said how the making ended
    try:
        try:
            api.create_container(name=name, labels=labels, **configuration)
            told = True
        except docker.errors.APIError:
            told = True
            raise
        yield name
    finally:
        _remove(api, name, 0 if told else _MAKING)


def _remove(api: Any, container: str, patience: float) -> None:
    """`patience`: seconds for which it may still come into being."""
    begun = time.monotonic()
    while True:
        try:
            api.remove_container(container, force=True, v=True)
            return
        except docker.errors.APIError as error:
            waited = time.monotonic() - begun
            # 404 and 409: the engine has removed it, or is about to.
            if error.status_code == 409 or (error.status_code == 404 and waited >= patience):
                return
            # Podman refuses while the container is just ending, or is being removed by itself.
            if error.status_code != 404 and waited >= _STOPPING:
                raise
        time.sleep(0.1)


def _command(attrs: dict[str, Any]) -> list[str]:
    config = attrs.get("Config") or {}
    return [str(word) for part in ("Entrypoint", "Cmd") for word in config.get(part) or []]


def _likely(attrs: dict[str, Any]) -> dict[str, None]:
    config = attrs.get("Config") or {}
    likely: dict[str, None] = {}
    for entry in config.get("Env") or []:
        variable, _, value = entry.partition("=")
        if variable in ("VIRTUAL_ENV", "CONDA_PREFIX") and value.startswith("/"):
            likely[value.rstrip("/") + "/bin/python"] = None
    for word in _command(attrs)[:1]:
        if "python" in word.rsplit("/", 1)[-1] and word.startswith("/"):
            likely = {word: None, **likely}
    return likely


def _from_files(client: Any, image: Any, name: str, options: CaptureOptions) -> Fingerprint:
    """An image without Python: the files of a container that is made but never started."""
    api = client.api
    configuration = {"image": image.id, "command": ["-"], "network_disabled": True}
    with _container(api, configuration) as made:
        container = client.containers.get(made)
        config = image.attrs.get("Config") or {}
        return capture_export(
            lambda: container.export(chunk_size=CHUNK), config, f"image:{name}", options
        )
