"""Which operating system and processor an image is for, in the words of the OCI image index
(GOOS, GOARCH and a variant): `linux/amd64`, `linux/arm/v7`."""

from __future__ import annotations

import os
from dataclasses import dataclass

_MACHINES = {
    "x86_64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armv8l": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "i686": ("386", ""),
    "i386": ("386", ""),
    "loongarch64": ("loong64", ""),
}
# A variant that a processor without a named one is, by the specification.
_USUAL = {"arm64": "v8", "arm": "v7", "amd64": "v1"}


@dataclass(frozen=True, slots=True)
class Platform:
    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        parts = (self.os, self.architecture, self.variant)
        return "/".join(part for part in parts if part)

    def fits(self, wanted: Platform) -> bool:
        """Whether an image for this platform is what was asked for."""
        same = (self.os, self.architecture) == (wanted.os, wanted.architecture)
        return same and (not wanted.variant or self._variant == wanted._variant)

    @property
    def _variant(self) -> str:
        return self.variant or _USUAL.get(self.architecture, "")

    @property
    def rank(self) -> tuple[bool, str]:
        """Of several that fit: the usual one, else the oldest, which runs on every machine."""
        return self._variant != _USUAL.get(self.architecture, ""), self.variant


def parse_platform(text: str) -> Platform | None:
    """`OS/ARCHITECTURE` or `OS/ARCHITECTURE/VARIANT`; None for anything else."""
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(part.isalnum() and part.isascii() for part in parts):
        return None
    return Platform(*parts)


def host_platform() -> Platform:
    machine = os.uname().machine
    architecture, variant = _MACHINES.get(machine, (machine, ""))
    return Platform("linux", architecture, variant)
