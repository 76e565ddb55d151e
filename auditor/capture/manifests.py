"""Which images an archive holds, and which one is meant.

- `index.json` of an OCI image layout (image-layout.md): descriptors of manifests and of
  indexes of manifests, which are the platforms of one image (image-index.md);
- `manifest.json` of `docker save` (moby's image specification v1.2, "Combined Image JSON +
  Filesystem Changeset Format"): configuration, tags and layers of each image.

Newer `docker save` writes both about the same images; they are told to be the same by their
configurations.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from ..model import InvalidInput, UsageError
from ..store.strict_json import decode
from .blobs import INDEX, MANIFEST, Blobs
from .platform import Platform, host_platform, parse_platform

MAX_IMAGES = 1000  # manifests, of all platforms together
MAX_LAYERS = 1000
MAX_INDEXES = 4  # in one another
MAX_TOLD = 12  # names in a message
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_CONFIG_PATH = re.compile(r"/(?:blobs/sha256/|(?:.*/)?)([0-9a-f]{64})(?:\.json)?", re.ASCII)
_BLOB_PATH = re.compile(r"/blobs/sha256/([0-9a-f]{64})", re.ASCII)
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_ATTESTATION = "vnd.docker.reference.type"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for behind the path: a name (`NAME:TAG` or a digest), a platform."""

    name: str | None = None
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer by its path in the archive. `digest` is of what is stored, where that is told."""

    path: str
    digest: str | None
    diff_id: str


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image in the archive. `digest` names what a registry would know it by (an OCI
    layout's manifest or index), `config_digest` is the image's ID. `group`: the same for all
    platforms of one image."""

    group: str
    names: tuple[str, ...]
    platform: Platform
    config: Mapping[str, Any]
    config_digest: str
    digest: str | None
    layers: tuple[StoredLayer, ...]


def parse_choice(text: str) -> Choice:
    """What stands behind `#`: `[NAME[:TAG]][@OS/ARCHITECTURE[/VARIANT]]`."""
    name, separator, platform = text.rpartition("@")
    if not separator or platform.startswith("sha256:"):
        return Choice(text or None)
    parsed = parse_platform(platform)
    if parsed is None:
        raise UsageError(f"{platform!r} is no platform: write it as linux/arm64")
    return Choice(name or None, parsed)


def choose(blobs: Blobs, choice: Choice) -> tuple[StoredImage, str | None]:
    """The image that is meant, and what to tell about the choice, if there was one.

    Raises `InvalidInput` for an archive that holds no image, `UsageError` where it is not
    clear which one, or none is for the platform.
    """
    images = stored_images(blobs)
    if not images:
        raise InvalidInput("it holds no image for containers")
    if choice.name is not None:
        named = [image for image in images if _is_named(image, choice.name)]
        if not named:
            raise UsageError(f"no image {choice.name!r} in it, but {_told(images)}")
        images = named
    if len({image.group for image in images}) > 1:
        by = "#NAME:TAG" if choice.name is None else "its digest"
        told = _told(images, by_digest=choice.name is not None)
        raise UsageError(f"it holds several images: choose one with {by} of {told}")
    wanted = choice.platform
    if wanted is None and len(images) == 1:
        return _for_linux(images[0]), None
    wanted = wanted or host_platform()
    fitting = [image for image in images if image.platform.fits(wanted)]
    platforms = sorted({str(image.platform) for image in images})
    if not fitting:
        raise UsageError(
            f"no image for {wanted} in it, but for {_list(platforms)}: choose with #@OS/ARCH"
        )
    taken = min(fitting, key=lambda image: image.platform.rank)
    others = [platform for platform in platforms if platform != str(taken.platform)]
    notice = f"taking {taken.platform}, not {_list(others)}" if others else None
    return _for_linux(taken), notice


def stored_images(blobs: Blobs) -> list[StoredImage]:
    """All images, attestations and what else is no image left out."""
    found: dict[tuple[str, str], StoredImage] = {}
    if blobs.has(INDEX):
        for image in _of_layout(blobs):
            _add(found, image)
    if blobs.has(MANIFEST):
        groups = {config: group for group, config in found}
        for image in _of_docker(blobs):
            group = groups.get(image.config_digest, image.group)
            _add(found, replace(image, group=group, digest=None))
    return list(found.values())


def _add(found: dict[tuple[str, str], StoredImage], image: StoredImage) -> None:
    """The same image may be there under several names, and in both manifests."""
    key = image.group, image.config_digest
    known = found.get(key)
    if known is not None:
        names = tuple(dict.fromkeys((*known.names, *image.names)))
        # `docker save` makes the manifest of its layout anew: no registry knows it.
        image = replace(known, names=names, digest=image.digest and known.digest)
    found[key] = image
    if len(found) > MAX_IMAGES:
        raise InvalidInput(f"it holds more than {MAX_IMAGES} images")


# -- docker save --------------------------------------------------------------------------------


def _of_docker(blobs: Blobs) -> Iterator[StoredImage]:
    entries = _json(blobs, MANIFEST)
    if not isinstance(entries, list) or len(entries) > MAX_IMAGES:
        raise InvalidInput("manifest.json is no list of images")
    for entry in entries:
        config = entry.get("Config") if isinstance(entry, dict) else None
        paths = entry.get("Layers") if isinstance(entry, dict) else None
        tags = (entry.get("RepoTags") or []) if isinstance(entry, dict) else None
        if not isinstance(config, str) or not _is_strings(paths) or not _is_strings(tags):
            raise InvalidInput("manifest.json does not say what an image consists of")
        content = blobs.document(_inside(config))
        digest = _sha256(content)
        told = _CONFIG_PATH.fullmatch(_inside(config))
        if told is not None and f"sha256:{told.group(1)}" != digest:
            raise InvalidInput(f"{config} is damaged: its digest is {digest}")
        document = _object(decoded(content, config), config)
        layers = []
        for path, diff_id in zip(paths, _diff_ids(document, len(paths)), strict=True):
            blob = _BLOB_PATH.fullmatch(_inside(path))
            stored = f"sha256:{blob.group(1)}" if blob is not None else None
            layers.append(StoredLayer(_inside(path), stored, diff_id))
        yield StoredImage(
            group=digest,
            names=tuple(tags),
            platform=_platform(document),
            config=document,
            config_digest=digest,
            digest=None,
            layers=tuple(layers),
        )


def _inside(path: str) -> str:
    """A path that a manifest names. What leads out of the archive is none of its members, and
    found as little as any other that is not there."""
    return "/" + path.lstrip("/")


# -- OCI image layout ---------------------------------------------------------------------------


def _of_layout(blobs: Blobs) -> Iterator[StoredImage]:
    index = _object(_json(blobs, INDEX), "index.json")
    missing: list[str] = []
    seen = 0
    for descriptor in _descriptors(index, "manifests", "index.json"):
        digest = _digest(descriptor, "index.json")
        names = _names(descriptor.get("annotations"))
        for image in _below(blobs, descriptor, digest, names, 0, missing):
            seen += 1
            yield image
    if not seen and missing:
        raise InvalidInput(f"it does not hold {missing[0]!r}, which belongs to the image")


def _names(annotations: object) -> tuple[str, ...]:
    """containerd's whole name, or the reference, which may be a tag alone."""
    if not isinstance(annotations, dict):
        return ()
    whole, reference = (annotations.get(key) for key in _NAMES)
    if isinstance(whole, str) and whole:
        return (familiar(whole),)
    return (reference,) if isinstance(reference, str) and reference else ()


def _below(
    blobs: Blobs,
    descriptor: Mapping[str, Any],
    group: str,
    names: tuple[str, ...],
    depth: int,
    missing: list[str],
) -> Iterator[StoredImage]:
    """The images of a descriptor: itself, or those of the index that it names."""
    digest = _digest(descriptor, "an index")
    if _is_attestation(descriptor):
        return
    path = "/blobs/" + digest.replace(":", "/")
    if not blobs.has(path):  # exported for one platform, the index still names the others
        missing.append(path[1:])
        return
    document = _object(_verified(blobs, path, digest), path[1:])
    if "manifests" in document:
        if depth >= MAX_INDEXES:
            raise InvalidInput(f"indexes lie in one another deeper than {MAX_INDEXES}")
        for below in _descriptors(document, "manifests", path[1:]):
            yield from _below(blobs, below, group, names, depth + 1, missing)
        return
    image = _image(blobs, document, path[1:], group, names)
    if image is not None:
        yield image


def _image(
    blobs: Blobs, manifest: Mapping[str, Any], path: str, group: str, names: tuple[str, ...]
) -> StoredImage | None:
    """None for what is stored like an image and is none (a chart, a signature)."""
    config = manifest.get("config")
    if not isinstance(config, dict):
        raise InvalidInput(f"{path} is no manifest of an image")
    kind = str(config.get("mediaType", ""))
    if "image.config" not in kind and "container.image" not in kind:
        return None
    digest = _digest(config, path)
    config_path = "/blobs/" + digest.replace(":", "/")
    document = _object(_verified(blobs, config_path, digest), config_path[1:])
    platform = _platform(document)
    if platform.os == "unknown":
        return None
    digests = [_digest(layer, path) for layer in _descriptors(manifest, "layers", path)]
    return StoredImage(
        group=group,
        names=names,
        platform=platform,
        config=document,
        config_digest=digest,
        digest=group,
        layers=tuple(
            StoredLayer("/blobs/" + stored.replace(":", "/"), stored, diff_id)
            for stored, diff_id in zip(digests, _diff_ids(document, len(digests)), strict=True)
        ),
    )


def _is_attestation(descriptor: Mapping[str, Any]) -> bool:
    annotations, platform = descriptor.get("annotations"), descriptor.get("platform")
    return (isinstance(annotations, dict) and _ATTESTATION in annotations) or (
        isinstance(platform, dict) and platform.get("os") == "unknown"
    )


def _descriptors(document: Mapping[str, Any], key: str, path: str) -> list[Mapping[str, Any]]:
    found = document.get(key)
    most = MAX_LAYERS if key == "layers" else MAX_IMAGES
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InvalidInput(f"{path} has no list of {key}")
    if len(found) > most:
        raise InvalidInput(f"{path} names more than {most} {key}")
    return found


def _digest(descriptor: Mapping[str, Any], path: str) -> str:
    """It becomes a path: nothing but a digest may pass."""
    digest = descriptor.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise InvalidInput(f"{path} names a blob by something else than a SHA-256 digest")
    return digest


# -- both ---------------------------------------------------------------------------------------


def _json(blobs: Blobs, path: str) -> object:
    return decoded(blobs.document(path), path[1:])


def _verified(blobs: Blobs, path: str, digest: str) -> object:
    content = blobs.document(path)
    if _sha256(content) != digest:
        raise InvalidInput(f"{path[1:]} is damaged: its digest is {_sha256(content)}")
    return decoded(content, path[1:])


def decoded(content: bytes, path: str) -> object:
    try:
        return decode(content)
    except InvalidInput as error:
        raise InvalidInput(f"{path} {error}") from None


def _object(document: object, path: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise InvalidInput(f"{path} is no JSON object")
    return document


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _diff_ids(config: Mapping[str, Any], layers: int) -> list[str]:
    rootfs = config.get("rootfs")
    found = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    found = [] if found is None and not layers else found  # FROM scratch and nothing more
    if not _is_strings(found):
        raise InvalidInput("the image's configuration does not name its layers")
    if len(found) != layers or len(found) > MAX_LAYERS:
        raise InvalidInput(f"the image has {layers} layers, its configuration names {len(found)}")
    return found


def _platform(config: Mapping[str, Any]) -> Platform:
    parts = (config.get(key) or "" for key in ("os", "architecture", "variant"))
    return Platform(*(str(part)[:32] for part in parts))


def _for_linux(image: StoredImage) -> StoredImage:
    if image.platform.os not in ("linux", ""):
        raise UsageError(f"it is an image for {image.platform}: only Linux images are read")
    return image


def _is_strings(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_named(image: StoredImage, wanted: str) -> bool:
    digest = wanted.rpartition("@")[2]
    if digest.startswith("sha256:"):
        of = (image.config_digest, image.digest or "")
        return len(digest) >= 19 and any(one.startswith(digest) for one in of)
    return familiar(wanted) in {familiar(name) for name in image.names}


def familiar(name: str) -> str:
    """A name as `docker images` shows it, with its tag: without the default registry."""
    for prefix in ("docker.io/library/", "index.docker.io/library/", "docker.io/"):
        name = name.removeprefix(prefix)
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _told(images: list[StoredImage], by_digest: bool = False) -> str:
    """How images can be named: by their tags, or else by their digests."""
    names: dict[str, None] = {}
    for image in images:
        by_name = image.names and not by_digest
        names.update(dict.fromkeys(image.names if by_name else (image.config_digest[:19],)))
    return _list(list(names))


def _list(words: list[str]) -> str:
    more = len(words) - MAX_TOLD
    told = ", ".join(word[:80] for word in words[:MAX_TOLD])
    return f"{told} and {more} more" if more > 0 else told
