"""What is needed of a registry's API: manifests, blobs, referrers.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md. Credentials are those of
`docker login`. What a registry sends is held against its digest, and bounded.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, final
from urllib.parse import urljoin

import docker.auth
import docker.errors
import requests

from ..model import CaptureFailed, UsageError
from .reference import Reference

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_MANIFESTS = (
    MANIFEST,
    INDEX,
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_TIMEOUT = (10.0, 60.0)  # seconds: to connect, and between two pieces
_MAX_MANIFEST = 4 * 1024 * 1024
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DOCKER_HUB = "https://index.docker.io/v1/"


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@final
class Client:
    """One repository. Every method raises `CaptureFailed` where the registry does not do what it
    is asked, with a line that never holds a credential."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "envaudit"
        self._token: str | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def manifest(self, wanted: str) -> tuple[dict[str, Any], bytes] | None:
        """(descriptor, content) of a tag or digest; None where there is none."""
        answer = self._ask("GET", f"/manifests/{wanted}", headers={"Accept": ", ".join(_MANIFESTS)})
        if answer.status_code == 404:
            return None
        content = self._content(answer, "the manifest", _MAX_MANIFEST)
        digest = digest_of(content)
        if wanted.startswith("sha256:") and wanted != digest:
            raise CaptureFailed(f"{self._reference.host}: the manifest does not have its digest")
        kind = answer.headers.get("Content-Type", "").partition(";")[0] or MANIFEST
        return {"mediaType": kind, "digest": digest, "size": len(content)}, content

    def put_manifest(self, name: str, content: bytes, kind: str) -> Mapping[str, str]:
        """`name`: a tag or the digest. The answer's headers."""
        answer = self._ask(
            "PUT", f"/manifests/{name}", data=content, headers={"Content-Type": kind}
        )
        self._require(answer, 201, "take the manifest")
        return answer.headers

    def blob(self, digest: str, limit: int) -> bytes:
        answer = self._ask("GET", f"/blobs/{digest}")
        content = self._content(answer, "the blob", limit)
        if digest_of(content) != digest:
            raise CaptureFailed(f"{self._reference.host}: the blob does not have its digest")
        return content

    def put_blob(self, content: bytes) -> None:
        digest = digest_of(content)
        if self._ask("HEAD", f"/blobs/{digest}").status_code == 200:
            return
        begun = self._ask("POST", "/blobs/uploads/")
        self._require(begun, 202, "take a blob")
        location = urljoin(self._reference.base_url + "/", begun.headers.get("Location", ""))
        separator = "&" if "?" in location else "?"
        answer = self._send(
            "PUT", f"{location}{separator}digest={digest}", data=content,
            headers={"Content-Type": "application/octet-stream"},
        )  # fmt: skip
        self._require(answer, 201, "take a blob")

    def referrers(self, digest: str, kind: str) -> list[Any] | None:
        """Descriptors of the artifacts of that type; None where there is no such API."""
        answer = self._ask(
            "GET", f"/referrers/{digest}", params={"artifactType": kind}, headers={"Accept": INDEX}
        )
        if answer.status_code in (400, 404, 405):
            return None
        return manifests_in(self._content(answer, "the referrers", _MAX_MANIFEST))

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._send(method, self._reference.base_url + path, **options)

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        headers = dict(options.pop("headers", {}))
        try:
            if self._token is not None:
                headers["Authorization"] = self._token
            answer = self._session.request(
                method, url, headers=headers, timeout=_TIMEOUT, stream=True, **options
            )
            if answer.status_code == 401 and self._token is None:
                answer.close()
                self._token = self._authorised(answer.headers.get("WWW-Authenticate", ""))
                headers["Authorization"] = self._token
                answer = self._session.request(
                    method, url, headers=headers, timeout=_TIMEOUT, stream=True, **options
                )
        except requests.RequestException as error:
            raise CaptureFailed(
                f"{self._reference.host}: cannot be reached ({type(error).__name__})"
            ) from None
        if method != "GET" or answer.status_code != 200:
            answer.close()  # nothing of it is read
        if answer.status_code in (401, 403):
            raise UsageError(
                f"{self._reference.host}: not allowed (docker login {self._reference.host})"
            )
        return answer

    def _authorised(self, challenge: str) -> str:
        """The Authorization header for a WWW-Authenticate one: Basic, or a token from whom it
        names (https://distribution.github.io/distribution/spec/auth/token/)."""
        scheme, _, rest = challenge.partition(" ")
        credentials = self._credentials()
        if scheme.lower() == "basic" and credentials is not None:
            request = requests.Request("GET", "http://x", auth=credentials).prepare()
            return str(request.headers["Authorization"])
        fields = dict(_CHALLENGE.findall(rest))
        if scheme.lower() != "bearer" or not fields.get("realm", "").startswith("https://"):
            raise UsageError(
                f"{self._reference.host}: not allowed (docker login {self._reference.host})"
            )
        wanted = {key: fields[key] for key in ("service", "scope") if key in fields}
        answer = self._session.get(
            fields["realm"], params=wanted, auth=credentials, timeout=_TIMEOUT
        )
        try:
            document = answer.json()
            return f"Bearer {document.get('token') or document['access_token']}"
        except (ValueError, KeyError, AttributeError):
            raise UsageError(
                f"{self._reference.host}: not allowed (docker login {self._reference.host})"
            ) from None

    def _credentials(self) -> tuple[str, str] | None:
        host = self._reference.host
        try:
            found = docker.auth.load_config().resolve_authconfig(
                _DOCKER_HUB if host in ("docker.io", "index.docker.io") else host
            )
        except docker.errors.DockerException:
            return None
        if not found or not found.get("Username"):
            return None
        return str(found["Username"]), str(found.get("Password") or "")

    def _content(self, answer: requests.Response, what: str, limit: int) -> bytes:
        self._require(answer, 200, f"give {what}")
        content = b""
        try:
            for piece in answer.iter_content(65536):
                content += piece
                if len(content) > limit:
                    raise CaptureFailed(f"{self._reference.host}: {what} is too large")
        except requests.RequestException as error:
            raise CaptureFailed(
                f"{self._reference.host}: {what} breaks off ({type(error).__name__})"
            ) from None
        return content

    def _require(self, answer: requests.Response, status: int, what: str) -> None:
        if answer.status_code != status:
            raise CaptureFailed(
                f"{self._reference.host}: does not {what} (HTTP {answer.status_code})"
            )


def manifests_in(content: bytes) -> list[Any]:
    """The descriptors of an index; none of what is none."""
    try:
        manifests = json.loads(content).get("manifests")
    except (ValueError, AttributeError, RecursionError):
        return []
    return manifests if isinstance(manifests, list) else []
