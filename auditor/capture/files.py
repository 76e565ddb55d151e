"""Fingerprints from files alone: a root file system as a directory or a tar stream."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from typing import Any, Protocol

from .. import store
from ..agent.canonical import readable
from ..agent.process import PlannedProcess, parse_environ
from ..agent.redact import Redactor
from ..agent.root import Root, TreeRoot
from ..agent.snapshot import take_snapshot
from ..agent.starters import what_runs
from ..agent.subject import Subject
from ..model import CaptureFailed, Fingerprint, InvalidInput, UsageError
from ..store.reading import reason, stream_number
from .archive import ArchiveRoot
from .archive_file import ArchiveFile, Meter
from .chunks import Chunks, Stream, unpacked
from .contents import MAX_FETCHED, Missing, fetch
from .tar import TarStream
from .target import CaptureOptions, check_interpreter
from .tree import MAX_KEPT, Layer, Node, Tree

# Seconds for reading an archive: gigabytes at the pace of a slow disk.
ARCHIVE_DEADLINE = 900.0
# How often an archive is read at most: for what is always needed, and for what turns out to be.
_READINGS = 4
# What `docker save` writes beside its manifest: configurations, layers, or blobs.
_SAVED = re.compile(r"[0-9a-f]{64}(\.json|\.tar)?|blobs|repositories", re.ASCII)

# What the engine sets where the configuration does not (moby: daemon/container_operations).
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ConfiguredProcess(PlannedProcess):
    """The process that a container would start, as its configuration describes it."""

    def __init__(self, root: Root, config: Mapping[str, Any] | None) -> None:
        configured = config is not None
        config = config or {}
        words = [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]
        command, variables = what_runs([str(word) for word in words])
        super().__init__(root, command)
        entries = [str(entry) for entry in config.get("Env") or []]
        environ = parse_environ("\0".join(entries).encode("utf-8", "surrogatepass"))
        if configured:
            environ.setdefault("PATH", _DEFAULT_PATH)
            if not environ.get("HOME"):
                # Podman gives a user that /etc/passwd does not know an entry there.
                podman = environ.get("container") == "podman"
                unknown = str(config.get("WorkingDir") or "/") if podman else "/"
                environ["HOME"] = _home(root, str(config.get("User") or "root"), unknown)
        self._environ = {**environ, **variables}
        self._cwd = str(config.get("WorkingDir") or "/")

    @property
    def cwd(self) -> str:
        return self._cwd


def _home(root: Root, user: str, unknown: str) -> str:
    """The home directory of `name`, `uid` or either with a group, or `unknown`."""
    wanted = user.partition(":")[0]
    try:
        lines = root.text("/etc/passwd", 1024 * 1024).splitlines()
    except (OSError, ValueError):
        return unknown
    for line in lines:
        fields = line.split(":")
        if len(fields) >= 7 and wanted in (fields[0], fields[2]):
            return fields[5] or "/"
    return unknown


def capture_rootfs(path: str, options: CaptureOptions) -> Fingerprint:
    """`rootfs:DIR` or `rootfs:TAR` (`-` is standard input); raises `UsageError` for neither,
    `InvalidInput` for a tar that is damaged."""
    target = f"rootfs:{path}"
    if path != "-" and stream_number(path) is None:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: no such directory or tar file ({reason(error)})") from None
        if stat.S_ISDIR(mode):
            root = TreeRoot(path)
            _require_files(root, path)
            return take(root, None, target, options)
    until = time.monotonic() + archive_seconds(options)
    with closing(ArchiveFile(path, until)) as file:
        meter = Meter(options.bytes_read)
        meter.total = file.size
        layers = _OneTar(lambda: file.chunks(meter=meter), file.seekable, until)
        try:
            tree = merged(layers, until)
            if not tree.root.children:
                raise InvalidInput("holds no files")
            _require_files(ArchiveRoot(tree), path)
            fingerprint = capture_tree(tree, layers, None, target, options)
            file.check_unchanged()
        except InvalidInput as error:
            raise InvalidInput(f"{path}: {error}") from None
    return fingerprint


def capture_export(
    export: Callable[[], Iterable[bytes]],
    config: Mapping[str, Any],
    target: str,
    options: CaptureOptions,
    again: bool = True,
) -> Fingerprint:
    """From the tar stream that the engine exports; each is closed in every case, since the
    engine holds the container's lock while it streams. `again`: whether a second one will
    hold the same. Raises `CaptureFailed`."""
    until = time.monotonic() + archive_seconds(options)
    meter = Meter(options.bytes_read)
    layers = _OneTar(lambda: Stream(export(), meter.add), again, until)
    try:
        return capture_tree(merged(layers, until), layers, config, target, options)
    except InvalidInput as error:
        raise CaptureFailed(f"{target}: {error}") from None


class Layers(Protocol):
    """What a tree is made of, from the lowest layer on."""

    def first(self, tree: Tree) -> Iterator[Layer]:
        """Read each layer; the tree holds what came before."""

    def again(self, number: int) -> AbstractContextManager[TarStream] | None:
        """A layer once more; None where it cannot be read again."""


def merged(layers: Layers, until: float) -> Tree:
    """All layers, merged by `until` (monotonic, seconds). Raises `InvalidInput`."""
    tree = Tree(until)
    for layer in layers.first(tree):
        tree.apply(layer)
    return tree


def capture_tree(
    tree: Tree,
    layers: Layers,
    config: Mapping[str, Any] | None,
    target: str,
    options: CaptureOptions,
) -> Fingerprint:
    """From the files of an archive; `config` says how a container of it is started, where
    that is known. What the collectors ask for and was not kept is read again, as far as it
    can be."""
    options = replace(options, progress=None)  # what takes its time is reading the archive
    for _ in range(_READINGS - 1):
        root = ArchiveRoot(tree)
        try:
            fingerprint = take(root, config, target, options)
        except UsageError:  # `--python` may name what was not kept
            if not root.missing or not read_again(tree, layers, root.missing):
                raise
        else:
            if not root.missing or not read_again(tree, layers, root.missing):
                return fingerprint
    return take(ArchiveRoot(tree), config, target, options)


def read_again(tree: Tree, layers: Layers, missing: Mapping[Node, Missing]) -> bool:
    """Read what is missing from the layers that hold it. False where none can be read."""
    wanted: dict[int, dict[int, Node]] = {}
    for node in missing:
        wanted.setdefault(node.layer, {})[node.number] = node
    read = False
    for layer, nodes in sorted(wanted.items()):
        opened = layers.again(layer)
        if opened is None:
            continue
        with opened as stream:
            for number, member in enumerate(stream):
                if tree.kept > MAX_KEPT - MAX_FETCHED:
                    return read  # the rest stays unknown
                if number in nodes:
                    node = nodes.pop(number)
                    if (member.size, member.mtime) != (node.size, node.mtime):
                        raise InvalidInput("it was written to while it was read")
                    extents, digests = fetch(stream, member, missing[node])
                    tree.keep_more(node, extents)
                    node.digests = {**(node.digests or {}), **digests}
                    read = True
                if not nodes:
                    break
    return read


class _OneTar:
    """The tar of a root file system, in which nothing is a whiteout."""

    def __init__(self, chunks: Callable[[], Chunks], again: bool, until: float) -> None:
        self._chunks = chunks
        self._again = again
        self._until = until

    def first(self, tree: Tree) -> Iterator[Layer]:
        with self._opened() as stream:
            layer = Layer(stream, 0, whiteouts=False, beside=tree.kept)
            # Of an image's layer its digest tells that it is whole.
            if not stream.complete:
                raise InvalidInput("the archive is cut off: the mark of its end is missing")
        yield layer

    def again(self, number: int) -> AbstractContextManager[TarStream] | None:  # noqa: ARG002
        return self._opened() if self._again else None

    @contextmanager
    def _opened(self) -> Iterator[TarStream]:
        with closing(self._chunks()) as chunks:
            yield TarStream(unpacked(chunks)[0], self._until)


def archive_seconds(options: CaptureOptions) -> float:
    return options.deadline or ARCHIVE_DEADLINE


def _require_files(root: Root, path: str) -> None:
    """Raise `UsageError` for an image archive: its layers are no root file system."""
    names = root.names("/")
    saved = "manifest.json" in names and any(_SAVED.fullmatch(name) for name in names)
    if ("oci-layout" in names and "index.json" in names) or saved:
        word = path if path == "-" or path.startswith((".", "/")) else f"./{path}"
        raise UsageError(f"{path}: is an image archive, not a root file system: use image:{word}")


def take(
    root: Root, config: Mapping[str, Any] | None, target: str, options: CaptureOptions
) -> Fingerprint:
    process = ConfiguredProcess(root, config)
    subject = Subject(
        root,
        process,
        Redactor(options.key, options.show),
        running=False,
        started=False,
        python=options.python,
        integrity=options.integrity,
        command=process.argv,
    )
    subject.configured = config is not None
    subject.progress = options.progress
    subject.deep = options.deep
    check_interpreter(subject, options)
    document = take_snapshot(subject, target, options.name, options.deadline)
    return store.parse(readable(document).encode("ascii"), target)
