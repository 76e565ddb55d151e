"""What is to be fingerprinted, as written on the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ..agent.section import Unreadable, why
from ..model import UsageError
from ..registry.reference import Reference

if TYPE_CHECKING:
    from ..agent.subject import Subject


class Kind(str, Enum):
    HERE = "."
    CONTAINER = "docker"
    IMAGE = "image"
    PROCESS = "pid"
    ROOTFS = "rootfs"
    REGISTRY = "oci"
    FILE = "file"


# What the engine accepts as container and image references, roughly: enough to refuse what
# is certainly none before it is put into a URL.
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-/:@]{0,511}")
_ARCHIVE_ENDS = (".tar", ".tar.gz", ".tgz", ".tar.zst")


@dataclass(frozen=True, slots=True)
class Target:
    """`value` is the container, image, process number or path; empty for HERE."""

    kind: Kind
    value: str

    def __str__(self) -> str:
        if self.kind in (Kind.HERE, Kind.FILE):
            return self.value or "."
        return f"{self.kind.value}:{self.value}"


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """How to capture. `key` is the redaction key, `show` globs of variables to keep."""

    python: str | None = None
    integrity: str = "fast"
    name: str | None = None
    show: tuple[str, ...] = ()
    key: bytes | None = field(default=None, repr=False)
    deadline: float | None = None
    deep: bool = False  # ask the application's own libraries as well
    # Told (files done, of how many) while everything that is installed is read.
    progress: Callable[[int, int], None] | None = field(default=None, compare=False, repr=False)
    # Told (bytes read, of how many or 0) while an archive is read.
    bytes_read: Callable[[int, int], None] | None = field(default=None, compare=False, repr=False)
    # Told in a line what was chosen for the user.
    notice: Callable[[str], None] | None = field(default=None, compare=False, repr=False)


def parse_target(text: str) -> Target:
    """Raises `UsageError` for a target that can be none."""
    if text == ".":
        return Target(Kind.HERE, "")
    if not text:
        raise UsageError("the target is empty (this environment is `.`)")
    scheme, separator, value = text.partition(":")
    if not separator or "/" in scheme or scheme not in {kind.value for kind in Kind}:
        return Target(Kind.FILE, text)
    kind = Kind(scheme)
    if not value:
        raise UsageError(f"{scheme}: needs a name after the colon")
    if kind is Kind.REGISTRY:
        Reference.parse(text)
    number = value.isascii() and value.isdigit()
    if kind is Kind.PROCESS and not (number and 0 < int(value) < 2**31):
        raise UsageError(f"pid: takes a process number, not {value!r}")
    if kind is Kind.IMAGE and is_image_archive(value):
        return Target(kind, value)
    if kind in (Kind.CONTAINER, Kind.IMAGE) and not _REFERENCE.fullmatch(value):
        raise UsageError(f"{value!r} is no name of a container or image")
    return Target(kind, value)


def is_image_archive(value: str) -> bool:
    """Whether `image:VALUE` names an archive and not an image that the engine knows.

    It does where it is `-` or begins with `/`, `./` or `../`, which no image's name does, or
    ends as archives do, or holds a `/` and exists as a file or as an OCI layout. (An image
    that is called `a.tar` is meant by `a.tar:latest`.)
    """
    path = value if os.path.lexists(value) else value.rpartition("#")[0] or value
    if path == "-" or path.startswith(("/", "./", "../")) or path.endswith(_ARCHIVE_ENDS):
        return True
    if "/" not in path:
        return False
    return os.path.isfile(path) or os.path.isfile(os.path.join(path, "oci-layout"))


def check_interpreter(subject: Subject, options: CaptureOptions) -> None:
    """Raises `UsageError` where the interpreter that the user named does not exist there."""
    try:
        subject.require_named_interpreter()
    except (OSError, Unreadable) as error:
        raise UsageError(f"--python {options.python}: {why(error)}") from None
