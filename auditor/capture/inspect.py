"""The `container` section, from the engine's inspect of a container or an image.

Everything in it was written by somebody (labels, arguments, log options, health checks) and
passes the scrubber.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import docker.errors

from ..agent.redact import Redactor
from ..model import Origin, Section, Status, Value
from .target import CaptureOptions

_IMAGE_KEYS = (
    "architecture", "exposed_ports", "healthcheck", "image_digest", "image_id", "image_layers",
    "os",
)  # fmt: skip

# The layers are what the image's ID is made of: they are recorded, not compared once more.
_IDENTITY = {"id", "name", "image_created", "image_layers"}


def image_of(client: Any, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The image's own inspect; empty where the engine no longer has it."""
    try:
        found: Mapping[str, Any] = client.images.get(attrs.get("Image", "")).attrs
    except docker.errors.APIError:
        return {}
    return found


def container_section(
    attrs: Mapping[str, Any], image: Mapping[str, Any], options: CaptureOptions
) -> Section:
    """What `docker inspect CONTAINER` tells about how it was started."""
    redactor = Redactor(options.key, options.show)
    config = attrs.get("Config") or {}
    host = attrs.get("HostConfig") or {}
    facts = _image_facts(image)
    facts.update(_configured(config, redactor))
    facts.update(
        {
            "id": attrs.get("Id"),
            "name": str(attrs.get("Name", "")).lstrip("/"),
            "image": redactor.text(str(config.get("Image", ""))),
            "image_id": attrs.get("Image"),
            "network_mode": _network_mode(str(host.get("NetworkMode", ""))),
            "privileged": bool(host.get("Privileged")),
            "read_only_root": bool(host.get("ReadonlyRootfs")),
            "oci_runtime": host.get("Runtime"),
            "init": bool(host.get("Init")),
            "ipc_mode": host.get("IpcMode"),
            "pid_mode": host.get("PidMode") or "private",
            "restart_policy": (host.get("RestartPolicy") or {}).get("Name") or "no",
            "cap_add": _sorted(host.get("CapAdd")),
            "cap_drop": _sorted(host.get("CapDrop")),
            "security_opt": _sorted(map(redactor.text, host.get("SecurityOpt") or [])),
            "devices": _sorted(d.get("PathInContainer") for d in host.get("Devices") or []),
            "log_driver": (host.get("LogConfig") or {}).get("Type"),
        }
    )
    for name, value in ((host.get("LogConfig") or {}).get("Config") or {}).items():
        facts[f"log_options.{name}"] = redactor.named(name, str(value))
    for name, value in (host.get("Sysctls") or {}).items():
        facts[f"sysctls.{name}"] = redactor.named(name, str(value))
    for mount in attrs.get("Mounts") or []:
        facts[f"mounts.{mount.get('Destination')}"] = {
            "type": mount.get("Type"),
            "read_only": not mount.get("RW", True),
        }
    return _section(facts, image=False)


def image_section(
    attrs: Mapping[str, Any], options: CaptureOptions, runtime: str | None = "docker"
) -> Section:
    """What `docker inspect IMAGE` tells, or the same from an archive, which knows no runtime."""
    redactor = Redactor(options.key, options.show)
    facts = _image_facts(attrs)
    facts.update(_configured(attrs.get("Config") or {}, redactor))
    facts["image"] = next(iter(attrs.get("RepoTags") or []), None)
    facts["image_id"] = attrs.get("Id")
    facts["runtime"] = runtime
    return _section(facts, image=True)


def _image_facts(attrs: Mapping[str, Any]) -> dict[str, Any]:
    digests = sorted(str(entry).rpartition("@")[2] for entry in attrs.get("RepoDigests") or [])
    return {
        "runtime": "docker",
        "image_digest": digests[0] if digests else None,
        "architecture": attrs.get("Architecture"),
        "os": attrs.get("Os"),
        "image_created": attrs.get("Created"),
        "image_layers": list((attrs.get("RootFS") or {}).get("Layers") or []),
    }


def _configured(config: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "entrypoint": _words(config.get("Entrypoint"), redactor),
        "command": _words(config.get("Cmd"), redactor),
        "user": config.get("User") or None,
        "working_dir": config.get("WorkingDir") or None,
        "stop_signal": config.get("StopSignal"),
        "tty": bool(config.get("Tty")),
        "exposed_ports": _sorted(config.get("ExposedPorts")),
        "healthcheck": _words((config.get("Healthcheck") or {}).get("Test"), redactor),
    }
    for name, value in (config.get("Labels") or {}).items():
        facts[f"labels.{name}"] = redactor.named(str(name), str(value))
    return facts


def _section(facts: dict[str, Any], image: bool) -> Section:
    """Facts without a value are left out: the engine knows that there is none."""
    known: dict[str, Value] = {
        key: value for key, value in facts.items() if value not in (None, [], "")
    }
    gaps = {}
    if image:
        gaps["*"] = "not running: decided when the container is started"
    return Section(
        status=Status.OK,
        origin=Origin.RUNTIME,
        facts=known,
        gaps=gaps,
        origins={key: Origin.IMAGE for key in _IMAGE_KEYS if key in known},
        identity=frozenset(_IDENTITY & known.keys()),
    )


def _words(value: Any, redactor: Redactor) -> list[str]:
    if isinstance(value, str):
        value = [value]
    return redactor.argv([str(word) for word in value or []])


def _sorted(values: Iterable[Any] | None) -> list[str]:
    return sorted(str(value) for value in values or [])


def _network_mode(mode: str) -> str:
    """`container:ID` names an instance."""
    return mode.partition(":")[0] or "default"
