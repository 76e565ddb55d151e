"""`image:PATH`: an image from an archive, without an engine and without unpacking it.

PATH is what `docker save` writes (with layer tars, or as an OCI layout), or an OCI image
layout as a directory or a tar; layers may be packed. Behind a `#` stands which image and
which platform of it. `-` or /dev/fd/N reads a pipe.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

from ..model import EnvauditError, Fingerprint, InvalidInput, UsageError
from ..store.reading import stream_number
from .archive_file import ArchiveFile, Meter
from .assemble import with_container
from .blobs import INDEX, LAYOUT, MANIFEST, Blobs, Directory, Passing, TarFile
from .chunks import Chunks, unpacked
from .files import archive_seconds, capture_tree, merged
from .inspect import image_section
from .manifests import Choice, StoredImage, choose, parse_choice
from .tar import TarStream
from .target import CaptureOptions
from .tree import Layer, Tree

_BEGINNING = 16  # bytes that tell whether a file is packed
_CONFIG = {
    "Env": list, "Entrypoint": list, "Cmd": list, "User": str, "WorkingDir": str,
    "StopSignal": str, "Labels": dict, "ExposedPorts": dict, "Volumes": dict, "Healthcheck": dict,
}  # fmt: skip


def capture_image_archive(value: str, options: CaptureOptions) -> Fingerprint:
    """`value` is PATH or PATH#CHOICE. Raises `UsageError` for a path that does not exist or
    does not tell which image is meant, `InvalidInput` for an archive that holds none or is
    damaged."""
    path, choice = _split(value)
    try:
        return _capture(value, path, choice, options)
    except EnvauditError as error:
        if str(error).startswith((f"{path}: ", "--python ")):
            raise
        raise type(error)(f"{path}: {error}") from None


def _split(value: str) -> tuple[str, Choice]:
    """A path may hold a `#` itself."""
    path, separator, choice = value.rpartition("#")
    if not separator or os.path.lexists(value):
        return value, Choice()
    return path, parse_choice(choice)


def _capture(value: str, path: str, choice: Choice, options: CaptureOptions) -> Fingerprint:
    until = time.monotonic() + archive_seconds(options)
    meter = Meter(options.bytes_read)
    with _opened(path, until, meter) as blobs:
        image, told = choose(blobs, choice)
        if told is not None and options.notice is not None:
            options.notice(f"{path}: {told}")
        config = _configuration(image.config)
        section = image_section(_attributes(image, config), None, options, runtime=None)
        layers = StoredLayers(blobs, image, until, meter)
        tree = merged(layers, until)
        return with_container(
            capture_tree(tree, layers, config, f"image:{value}", options), section
        )


@contextmanager
def _opened(path: str, until: float, meter: Meter) -> Iterator[Blobs]:
    if path != "-" and stream_number(path) is None:
        if not os.path.lexists(path):
            raise UsageError(f"{path}: no such image archive")
        if Path(path).is_dir():
            directory = Directory(path, until)
            _require_image(directory)
            yield directory
            return
    with closing(ArchiveFile(path, until)) as file:
        if file.seekable and file.size == 0:
            raise InvalidInput("is empty")
        blobs: Blobs
        if file.seekable and not _is_packed(file):
            blobs = TarFile(file, until)
        else:
            meter.total = file.size
            blobs = Passing(file, until, meter)
        _require_image(blobs)
        yield blobs
        file.check_unchanged()


def _is_packed(file: ArchiveFile) -> bool:
    return unpacked(file.chunks(0, min(file.size, _BEGINNING)))[1]


def _require_image(blobs: Blobs) -> None:
    if not any(blobs.has(path) for path in (INDEX, MANIFEST)):
        raise InvalidInput(
            f"is no image archive (it has neither {MANIFEST[1:]} nor {INDEX[1:]}): "
            "for the files of a root file system use rootfs:"
        )
    if blobs.has(INDEX) and not blobs.has(MANIFEST) and not blobs.has(LAYOUT):
        raise InvalidInput(f"is no OCI layout: it has no {LAYOUT[1:]} file")


class StoredLayers:
    """The image's layers, from the lowest on: see `files.Layers`."""

    def __init__(self, blobs: Blobs, image: StoredImage, until: float, meter: Meter) -> None:
        self._blobs = blobs
        self._image = image
        self._until = until
        self._meter = meter

    def first(self, tree: Tree) -> Iterator[Layer]:
        blobs, layers = self._blobs, self._image.layers
        self._meter.total = self._meter.total or sum(blobs.size(layer.path) for layer in layers)
        for number, layer in enumerate(layers):
            try:
                read = blobs.layer(layer.path, number, tree.kept, self._meter)
            except InvalidInput as error:
                raise InvalidInput(f"layer {number + 1} of {len(layers)}: {error}") from None
            for what, told, found in (
                ("digest", layer.digest, read.digest),
                ("diff_id", layer.diff_id, read.diff_id),
            ):
                if told not in (None, found):
                    raise InvalidInput(
                        f"layer {number + 1} of {len(layers)} is damaged: its {what} is {found}, "
                        f"not {told}"
                    )
            yield read.layer

    @contextmanager
    def _again(self, stored: AbstractContextManager[Chunks]) -> Iterator[TarStream]:
        with stored as chunks:
            yield TarStream(unpacked(chunks)[0], self._until)

    def again(self, number: int) -> AbstractContextManager[TarStream] | None:
        stored = self._blobs.stored(self._image.layers[number].path, self._meter)
        return None if stored is None else self._again(stored)


def _configuration(document: Any) -> dict[str, Any]:
    """The part that says how a container is started, of the types that it has to have."""
    config = document.get("config") or {}
    if not isinstance(config, dict):
        raise InvalidInput("the image's configuration is no JSON object")
    for key, kind in _CONFIG.items():
        value = config.get(key)
        if value is not None and not isinstance(value, kind):
            raise InvalidInput(f"the image's configuration has an odd {key}")
        if isinstance(value, list) and not all(isinstance(word, str) for word in value):
            raise InvalidInput(f"the image's configuration has an odd {key}")
    test = (config.get("Healthcheck") or {}).get("Test")
    if test is not None and not isinstance(test, (list, str)):
        raise InvalidInput("the image's configuration has an odd Healthcheck")
    return config


def _attributes(image: StoredImage, config: dict[str, Any]) -> dict[str, Any]:
    """What the engine's inspect would tell of the image, as far as the archive knows it."""
    told = image.config
    return {
        "Id": image.config_digest,
        "RepoTags": [name for name in image.names if ":" in name or "/" in name],
        "RepoDigests": [f"@{image.digest}"] if image.digest else [],
        "Created": told.get("created") if isinstance(told.get("created"), str) else None,
        "Architecture": image.platform.architecture or None,
        "Variant": image.platform.variant or None,
        "Os": image.platform.os or None,
        "RootFS": {"Layers": [layer.diff_id for layer in image.layers]},
        "Config": config,
    }
