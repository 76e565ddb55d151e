"""Fingerprints of targets: this environment, containers, images, processes, files."""

from __future__ import annotations

from .. import store
from ..model import Fingerprint
from .target import CaptureOptions, Kind, Target, is_image_archive, parse_target

__all__ = ["CaptureOptions", "Kind", "Target", "capture", "parse_target"]


def capture(target: str | Target, options: CaptureOptions | None = None) -> Fingerprint:
    """The fingerprint of a target, as the command line names it.

    Raises `UsageError` or `InvalidInput` for a target that does not exist or is none,
    `CaptureFailed` for one that could not be captured.
    """
    options = options or CaptureOptions()
    target = parse_target(target) if isinstance(target, str) else target
    # Imported where they are used: the engine's client alone takes longer to import than
    # most captures take.
    if target.kind is Kind.FILE:
        return store.load(target.value)
    if target.kind is Kind.REGISTRY:
        from ..registry.artifact import attached
        from ..registry.reference import Reference

        return store.parse(attached(Reference.parse(str(target))), str(target))
    if target.kind is Kind.CONTAINER:
        from .container import capture_container

        return capture_container(target.value, options)
    if target.kind is Kind.IMAGE and is_image_archive(target.value):
        from .image_archive import capture_image_archive

        return capture_image_archive(target.value, options)
    if target.kind is Kind.IMAGE:
        from .image import capture_image

        return capture_image(target.value, options)
    if target.kind is Kind.ROOTFS:
        from .files import capture_rootfs

        return capture_rootfs(target.value, options)
    from .local import capture_local

    return capture_local(int(target.value) if target.kind is Kind.PROCESS else None, options)
