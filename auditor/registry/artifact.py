"""A fingerprint as an artifact that refers to an image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..model import CaptureFailed, UsageError
from .client import INDEX, MANIFEST, Client, digest_of, manifests_in
from .reference import Reference

ARTIFACT_TYPE = "application/vnd.envaudit.fingerprint.v1+json"
_CREATED = "org.opencontainers.image.created"
_EMPTY = "application/vnd.oci.empty.v1+json"
_EMPTY_CONTENT = b"{}"
_MAX_FINGERPRINT = 64 * 1024 * 1024
_MAX_REFERRERS = 1000


def attach(reference: Reference, content: bytes, created: str) -> str:
    """Put a fingerprint's document beside the image; returns the artifact's own reference.

    `created` is an RFC 3339 time: of several fingerprints the latest one is read back. Raises
    `UsageError` for an image that is not there or may not be written, else `CaptureFailed`.
    """
    with Client(reference) as client:
        subject, _ = _image(client, reference)
        for blob in (_EMPTY_CONTENT, content):
            client.put_blob(blob)
        manifest = _encoded(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "artifactType": ARTIFACT_TYPE,
                "config": _descriptor(_EMPTY, _EMPTY_CONTENT),
                "layers": [_descriptor(ARTIFACT_TYPE, content)],
                "subject": subject,
                "annotations": {_CREATED: created},
            }
        )
        digest = digest_of(manifest)
        headers = client.put_manifest(digest, manifest, MANIFEST)
        if headers.get("OCI-Subject") != subject["digest"]:
            _list_by_tag(client, str(subject["digest"]), manifest, created)
        return str(Reference(reference.host, reference.repository, digest))


def attached(reference: Reference) -> bytes:
    """The latest fingerprint that is attached to the image.

    Raises `UsageError` where there is no such image or it has none, else `CaptureFailed`.
    """
    with Client(reference) as client:
        subject, content = _image(client, reference)
        if _artifact_type(content) == ARTIFACT_TYPE:  # the fingerprint's own reference
            return _layer(client, content)
        digest = str(subject["digest"])
        found = client.referrers(digest, ARTIFACT_TYPE)
        if found is None:
            listed = client.manifest(_tag_of(digest))
            found = [] if listed is None else manifests_in(listed[1])
        latest = max(_fingerprints(found), default=None)
        if latest is None:
            raise UsageError(f"{reference}: no fingerprint is attached to that image")
        manifest = client.manifest(latest[1])
        if manifest is None:
            raise CaptureFailed(f"{reference}: the attached fingerprint is gone")
        return _layer(client, manifest[1])


def _image(client: Client, reference: Reference) -> tuple[dict[str, Any], bytes]:
    found = client.manifest(reference.wanted)
    if found is None:
        raise UsageError(f"{reference}: no such image")
    return found


def _list_by_tag(client: Client, subject: str, manifest: bytes, created: str) -> None:
    """For registries without the referrers API: an index under a tag made of the digest."""
    tag = _tag_of(subject)
    listed = client.manifest(tag)
    others = [] if listed is None else manifests_in(listed[1])
    own = {
        **_descriptor(MANIFEST, manifest),
        "artifactType": ARTIFACT_TYPE,
        "annotations": {_CREATED: created},
    }
    kept = [one for one in others if isinstance(one, dict) and one.get("digest") != own["digest"]]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*kept, own]}
    client.put_manifest(tag, _encoded(index), INDEX)


def _fingerprints(descriptors: list[Any]) -> Iterator[tuple[str, str]]:
    """(created, digest) of those that are fingerprints."""
    for one in descriptors[:_MAX_REFERRERS]:
        if isinstance(one, dict) and one.get("artifactType") == ARTIFACT_TYPE:
            annotations, digest = one.get("annotations"), one.get("digest")
            if isinstance(digest, str) and digest.startswith("sha256:") and len(digest) == 71:
                created = annotations.get(_CREATED) if isinstance(annotations, dict) else None
                yield (created if isinstance(created, str) else "", digest)


def _layer(client: Client, manifest: bytes) -> bytes:
    try:
        layer = json.loads(manifest)["layers"][0]
        kind, digest, size = layer["mediaType"], layer["digest"], layer["size"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise CaptureFailed("the artifact is no fingerprint") from None
    if kind != ARTIFACT_TYPE or not isinstance(digest, str) or not isinstance(size, int):
        raise CaptureFailed("the artifact is no fingerprint")
    return client.blob(digest, min(max(size, 0), _MAX_FINGERPRINT))


def _artifact_type(content: bytes) -> Any:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document.get("artifactType") if isinstance(document, dict) else None


def _tag_of(digest: str) -> str:
    return digest.replace(":", "-", 1)


def _descriptor(kind: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode("ascii")
