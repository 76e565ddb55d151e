"""Makes layers and image archives of every kind, as their producers write them.

The layouts are those of the OCI image specification (image-layout.md) and of `docker save`
before and since Docker 25.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What stands in a layer: a file's content, or one of the others below.
Entry = bytes | str | tarfile.TarInfo
OCI = "application/vnd.oci.image"


def link(target: str) -> tarfile.TarInfo:
    return _special(tarfile.SYMTYPE, target)


def hard_link(target: str) -> tarfile.TarInfo:
    return _special(tarfile.LNKTYPE, target)


def directory(mode: int = 0o755) -> tarfile.TarInfo:
    entry = _special(tarfile.DIRTYPE)
    entry.mode = mode
    return entry


def fifo() -> tarfile.TarInfo:
    return _special(tarfile.FIFOTYPE)


def _special(kind: bytes, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo()
    entry.type = kind
    entry.linkname = target
    return entry


def tar(
    entries: Mapping[str, Any] | Iterable[tuple[str, Any]], kind: int = tarfile.PAX_FORMAT
) -> bytes:
    """A tar of `path: content` in that order; a path may come twice in a list of pairs."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        for path, entry in pairs:
            if isinstance(entry, tarfile.TarInfo):
                entry.name = path
                archive.addfile(entry)
            else:
                content = entry.encode() if isinstance(entry, str) else entry
                member = tarfile.TarInfo(path)
                member.size = len(content)
                member.mode = 0o755 if content[:4] == b"\x7fELF" else 0o644
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@dataclass(frozen=True)
class Image:
    """What an archive is made of; `layers` are tars, from the lowest on."""

    layers: list[bytes]
    tags: list[str] = field(default_factory=lambda: ["app:1"])
    config: dict[str, Any] = field(default_factory=dict)
    platform: tuple[str, str] = ("linux", "amd64")
    packed: bool = False

    @property
    def document(self) -> dict[str, Any]:
        """The image's configuration (config.md)."""
        os, architecture = self.platform
        return {
            "architecture": architecture,
            "os": os,
            "created": "2026-01-02T03:04:05Z",
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in self.layers]},
            "history": [],
        }

    @property
    def config_bytes(self) -> bytes:
        return json.dumps(self.document).encode()

    @property
    def stored(self) -> list[bytes]:
        return [gzip.compress(layer, 1, mtime=0) if self.packed else layer for layer in self.layers]


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def saved(*images: Image) -> bytes:
    """`docker save` before Docker 25: a folder a layer, the manifest behind them; a layer that
    is there already is a link to it."""
    entries: list[tuple[str, Entry]] = []
    seen: dict[str, str] = {}
    manifest = []
    for image in images:
        paths = []
        for number, layer in enumerate(image.stored):
            name = hashlib.sha256(f"{digest(image.config_bytes)} {number}".encode()).hexdigest()
            paths.append(f"{name}/layer.tar")
            entries += [(f"{name}/", directory()), (f"{name}/VERSION", "1.0")]
            entries.append((f"{name}/json", json.dumps({"id": name})))
            first = seen.setdefault(digest(layer), name)
            entries.append((paths[-1], layer if first == name else link(f"../{first}/layer.tar")))
        config = digest(image.config_bytes)[7:] + ".json"
        entries.append((config, image.config_bytes))
        manifest.append({"Config": config, "RepoTags": image.tags or None, "Layers": paths})
    entries += [("manifest.json", json.dumps(manifest)), ("repositories", json.dumps({}))]
    return tar(entries)


def layout(*images: Image, docker: bool = False, nested: bool = False) -> dict[str, bytes]:
    """An OCI image layout: path -> content. With `docker` it has docker's manifest, too (as
    `docker save` writes it since Docker 25); with `nested` all images are platforms of one,
    with attestations beside them as BuildKit writes them."""
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

    def add(content: bytes, kind: str, **more: Any) -> dict[str, Any]:
        files["blobs/" + digest(content).replace(":", "/")] = content
        return {"mediaType": kind, "digest": digest(content), "size": len(content), **more}

    manifests, dockers = [], []
    for image in images:
        layers = [
            add(layer, f"{OCI}.layer.v1.tar" + ("+gzip" if image.packed else ""))
            for layer in image.stored
        ]
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": add(image.config_bytes, f"{OCI}.config.v1+json"),
            "layers": layers,
        }
        os, architecture = image.platform
        tags = [
            {
                "io.containerd.image.name": f"docker.io/library/{tag}",
                "org.opencontainers.image.ref.name": tag.rpartition(":")[2],
            }
            for tag in image.tags
        ]
        for told in tags[:1] if nested else tags or [{}]:
            more = {"platform": {"os": os, "architecture": architecture}} if nested else {}
            described = add(json.dumps(manifest).encode(), f"{OCI}.manifest.v1+json", **more)
            manifests.append(described if nested else {**described, "annotations": told})
        dockers.append(
            {
                "Config": "blobs/" + digest(image.config_bytes).replace(":", "/"),
                "RepoTags": image.tags,
                "Layers": ["blobs/" + digest(layer).replace(":", "/") for layer in image.stored],
            }
        )
    if nested:
        manifests.append(_attestation(add))
        index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": manifests}
        name = f"docker.io/library/{images[0].tags[0]}"
        described = add(json.dumps(index).encode(), f"{OCI}.index.v1+json")
        manifests = [{**described, "annotations": {"io.containerd.image.name": name}}]
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    if docker:
        files["manifest.json"] = json.dumps(dockers).encode()
    return files


def _attestation(add: Any) -> dict[str, Any]:
    config = {"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {"diff_ids": []}}
    manifest = {
        "schemaVersion": 2,
        "config": add(json.dumps(config).encode(), f"{OCI}.config.v1+json"),
        "layers": [add(b"{}", "application/vnd.in-toto+json")],
    }
    return {
        **add(json.dumps(manifest).encode(), f"{OCI}.manifest.v1+json"),
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }


def write(files: Mapping[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
