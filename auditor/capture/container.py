"""`docker:CONTAINER`: a running container through an agent that is sent in, or where it has no
Python through `/proc/PID`; a stopped one through the engine's inspect and its files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import docker.errors

from ..agent.root import LiveRoot
from ..agent.subject import follow_shims
from ..model import CaptureFailed, Fingerprint, Section, UsageError
from . import bundle
from .assemble import with_container
from .chunks import CHUNK
from .conversation import NoAnswer, converse
from .engine import engine, is_podman
from .files import capture_export
from .inspect import container_section, image_of
from .local import capture_local
from .sent_agent import DEADLINE, DEADLINE_FULL, Attempt, run_agent
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
            if fingerprint is None:
                fingerprint = _through_proc(container, name, options)
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


def _through_proc(container: Any, name: str, options: CaptureOptions) -> Fingerprint | None:
    """A running container without Python, seen through `/proc/PID` and its root: by the same
    collectors, but from outside. None where its processes are not to be seen from here (an
    engine on another machine, or another user's)."""
    pid = int(container.attrs["State"].get("Pid") or 0)
    if not is_visible(pid, str(container.id)):
        return None
    main = follow_shims(LiveRoot(), pid).directory.rpartition("/")[2]
    deadline = options.deadline or (DEADLINE_FULL if options.integrity == "full" else DEADLINE)
    options = replace(options, deadline=deadline)
    try:
        return capture_local(int(main), options, target=f"docker:{name}")
    except UsageError:
        if not is_visible(pid, str(container.id)):
            return None  # it has ended meanwhile
        raise


def is_visible(pid: int, container_id: str) -> bool:
    """Whether the engine's process number means that container's process here, too, and we may
    look at it. The engine names its cgroups after the containers."""
    root = LiveRoot()
    try:
        root.readlink(f"/proc/{pid}/root")
        return pid > 0 and container_id in root.text(f"/proc/{pid}/cgroup", 256 * 1024)
    except (OSError, ValueError):
        return False


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
    fingerprint = capture_export(
        lambda: container.export(chunk_size=CHUNK),
        config,
        f"docker:{name}",
        options,
        again=not container.attrs.get("State", {}).get("Running"),
    )
    return with_container(fingerprint, section)
