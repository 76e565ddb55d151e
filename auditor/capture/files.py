"""Fingerprints from files alone: a root file system as a directory or a tar stream."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from .. import store
from ..agent.canonical import readable
from ..agent.process import Process, parse_environ
from ..agent.redact import Redactor
from ..agent.root import Root, TreeRoot
from ..agent.snapshot import take_snapshot
from ..agent.subject import Subject
from ..model import Fingerprint, UsageError
from .archive import ArchiveRoot
from .tar import TarStream
from .target import CaptureOptions, check_interpreter

# Seconds for reading an archive: gigabytes at the pace of a slow disk.
ARCHIVE_DEADLINE = 900.0
_CHUNK = 1024 * 1024


# What the engine sets where the configuration does not (moby: daemon/container_operations).
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ConfiguredProcess(Process):
    """The process that a container would start, as its configuration describes it."""

    def __init__(self, root: Root, config: Mapping[str, Any]) -> None:
        super().__init__(root, "/proc/1")
        entries = [str(entry) for entry in config.get("Env") or []]
        environ = parse_environ("\0".join(entries).encode("utf-8", "surrogatepass"))
        if config:
            environ.setdefault("PATH", _DEFAULT_PATH)
            if not environ.get("HOME"):
                # Podman gives a user that /etc/passwd does not know an entry there.
                podman = environ.get("container") == "podman"
                unknown = str(config.get("WorkingDir") or "/") if podman else "/"
                environ["HOME"] = _home(root, str(config.get("User") or "root"), unknown)
        self._environ = environ
        words = [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]
        self._argv = [str(word) for word in words]
        self._cwd = str(config.get("WorkingDir") or "/")

    @property
    def exe(self) -> str:
        """The program that the command names, where it names an existing one by its path."""
        program = self.argv[0] if self.argv else ""
        if not program.startswith("/"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self.root.realpath(program)

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
    """`rootfs:DIR` or `rootfs:TAR`; raises `UsageError` for neither."""
    target = f"rootfs:{path}"
    try:
        is_directory = Path(path).is_dir()
        if not is_directory and not Path(path).is_file():
            raise UsageError(f"{path}: no such directory or tar file")
        if is_directory:
            return _take(TreeRoot(path), {}, target, options)
        return capture_files(_chunks(path), {}, target, options)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def capture_files(
    chunks: Iterator[bytes], config: Mapping[str, Any], target: str, options: CaptureOptions
) -> Fingerprint:
    """From a tar stream, which is closed in every case; `config` is the engine's."""
    with closing(_Closable(chunks)):
        root = ArchiveRoot(TarStream(chunks, ARCHIVE_DEADLINE))
    return _take(root, config, target, options)


def _take(
    root: Root, config: Mapping[str, Any], target: str, options: CaptureOptions
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
    subject.progress = options.progress
    check_interpreter(subject, options)
    document = take_snapshot(subject, target, options.name, options.deadline)
    return store.parse(readable(document).encode("ascii"), target)


def _chunks(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


class _Closable:
    """Generators and engine streams both end with `close`; plain iterators have none."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
