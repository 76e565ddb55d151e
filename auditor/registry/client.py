"""What is needed of a registry's API: manifests, blobs, referrers.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md. Credentials are those of
`docker login`. What a registry sends is held against its digest, and bounded.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from typing import Any, final
from urllib.parse import urljoin, urlsplit

import docker.auth
import docker.credentials
import docker.errors
import requests

from ..model import CaptureFailed, UsageError
from .reference import Reference, is_local

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
_MAX_TOKEN = 256 * 1024
_MALFORMED = (ValueError, AttributeError, TypeError)  # what `docker.auth` lets pass
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DOCKER_HUB = "https://index.docker.io/v1/"  # under which `docker login` keeps its credentials


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
        self._session.auth = _as_it_is
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
            if answer.status_code == 401:  # also of a token: one to read with may not write
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
            raise self._not_allowed()
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
        realm = fields.get("realm", "")
        if scheme.lower() != "bearer" or not _is_confidential(realm):
            raise self._not_allowed()
        wanted = {key: fields[key] for key in ("service", "scope") if key in fields}
        answer = self._session.get(
            realm, params=wanted, auth=credentials, timeout=_TIMEOUT, stream=True
        )
        if answer.status_code != 200:
            answer.close()
            raise self._not_allowed()
        try:
            document = json.loads(self._content(answer, "a token", _MAX_TOKEN))
            return f"Bearer {document.get('token') or document['access_token']}"
        except (ValueError, KeyError, AttributeError, RecursionError):
            raise self._not_allowed() from None

    def _not_allowed(self) -> UsageError:
        host = self._reference.host
        return UsageError(f"{host}: not allowed (docker login {host})")

    def _credentials(self) -> tuple[str, str] | None:
        name = _DOCKER_HUB if self._reference.is_docker_hub else self._reference.host
        try:
            with warnings.catch_warnings():  # a helper that is not there is no line of its own
                warnings.simplefilter("ignore")
                found = docker.auth.load_config().resolve_authconfig(name)
        except (docker.errors.DockerException, docker.credentials.StoreError, *_MALFORMED):
            return None  # a helper that is not there, a file or an entry that is none
        # A credential helper's answer is written with capitals, the file's own entries without.
        entry = {name.lower(): value for name, value in (found or {}).items()}
        if not entry.get("username"):
            return None
        return str(entry["username"]), str(entry.get("password") or "")

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


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without it `requests` would send what ~/.netrc has for the host, in place of our own."""
    return request


def _is_confidential(url: str) -> bool:
    """Whether credentials may be sent there: as to registries, by plain HTTP only to this very
    machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_local(parts.netloc))


def manifests_in(content: bytes) -> list[Any]:
    """The descriptors of an index; none of what is none."""
    try:
        manifests = json.loads(content).get("manifests")
    except (ValueError, AttributeError, RecursionError):
        return []
    return manifests if isinstance(manifests, list) else []
