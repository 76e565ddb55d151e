"""Fingerprints beside their images, in Debian's docker-registry and in ones of a test's own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.capture import Kind, parse_target
from auditor.model import CaptureFailed, Fingerprint, Origin, Section, Status, UsageError
from auditor.registry.artifact import ARTIFACT_TYPE, attach, attached
from auditor.registry.client import INDEX, MANIFEST, Client, digest_of
from auditor.registry.reference import Reference
from tests.conftest import IMAGES, provided

EARLY, LATE = "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a real one; skipped where it can neither be found nor installed, an error where
    CI requires it."""
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    provided(IMAGES / "registry.sh", "start", str(port), str(folder))
    yield f"127.0.0.1:{port}"
    subprocess.run([IMAGES / "registry.sh", "stop", str(folder)], check=True)


def push_image(host: str, repository: str, tag: str) -> Reference:
    """A small image, as `docker push` would leave it."""
    with Client(Reference(host, repository, tag)) as client:
        push(client, tag)
    return Reference(host, repository, tag)


def push(client: Client, tag: str) -> None:
    config = json.dumps({"architecture": "amd64", "os": "linux", "tag": tag}).encode()
    client.put_blob(config)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(config),
                "size": len(config),
            },
            "layers": [],
        }
    ).encode()
    client.put_manifest(tag, manifest, MANIFEST)


def fingerprint(timezone: str) -> bytes:
    section = Section(Status.OK, Origin.RUNTIME, {"TZ": timezone})
    return store.dumps(Fingerprint({"env": section})).encode("ascii")


def envaudit(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, words)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


def test_what_is_attached_is_read_back(registry: str) -> None:
    image = push_image(registry, "team/service", "1.4")
    own = attach(image, fingerprint("UTC"), EARLY)
    assert attached(image) == fingerprint("UTC")
    assert attached(Reference.parse(own)) == fingerprint("UTC")
    attach(image, fingerprint("Europe/Berlin"), LATE)
    assert attached(image) == fingerprint("Europe/Berlin")
    # An earlier one that comes later is not the latest.
    attach(image, fingerprint("Asia/Tokyo"), EARLY)
    assert attached(image) == fingerprint("Europe/Berlin")


def test_the_image_is_as_it_was(registry: str) -> None:
    image = push_image(registry, "untouched", "1")
    with Client(image) as client:
        before = client.manifest("1")
        attach(image, fingerprint("UTC"), EARLY)
        assert client.manifest("1") == before


def test_each_image_has_its_own(registry: str) -> None:
    one, other = push_image(registry, "service", "1"), push_image(registry, "service", "2")
    attach(one, fingerprint("UTC"), EARLY)
    with pytest.raises(UsageError, match="no fingerprint is attached"):
        attached(other)
    with Client(one) as client:
        by_digest = client.manifest("1")
    assert by_digest is not None
    assert attached(Reference(registry, "service", by_digest[0]["digest"])) == fingerprint("UTC")


def test_others_referrers_are_kept(registry: str) -> None:
    image = push_image(registry, "signed", "1")
    with Client(image) as client:
        among_others(client, image)


def among_others(client: Client, image: Reference) -> None:
    subject = client.manifest("1")
    assert subject is not None
    other = {"mediaType": MANIFEST, "digest": "sha256:" + "0" * 64, "size": 7, "artifactType": "x"}
    tag = str(subject[0]["digest"]).replace(":", "-")
    # Debian's registry checks that what an index lists is there: so does ours list what is.
    other["digest"], other["size"] = subject[0]["digest"], subject[0]["size"]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [other]}
    client.put_manifest(tag, json.dumps(index).encode(), INDEX)
    attach(image, fingerprint("UTC"), EARLY)
    listed = client.manifest(tag)
    assert listed is not None
    assert [one["artifactType"] for one in json.loads(listed[1])["manifests"]] == [
        "x", ARTIFACT_TYPE,
    ]  # fmt: skip


def test_at_the_command_line(registry: str, tmp_path: Path) -> None:
    push_image(registry, "app", "1.4")
    target = f"oci://{registry}/app:1.4"
    saved = tmp_path / "x.json"
    saved.write_bytes(fingerprint("UTC"))
    ended = envaudit("snapshot", saved, "-o", target)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert f"-> oci://{registry}/app@sha256:" in ended.stderr
    ended = envaudit("snapshot", target, "--quiet")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.encode() == fingerprint("UTC")
    other = tmp_path / "y.json"
    other.write_bytes(fingerprint("Europe/Berlin"))
    ended = envaudit("compare", target, other)
    assert ended.returncode == 1
    assert "Europe/Berlin" in ended.stdout


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ("oci://{}/none:1", 2, "no such image"),
        ("oci://{}/app2:none", 2, "no such image"),
        ("oci://127.0.0.1:9/x:1", 3, "cannot be reached (ConnectionError)"),
        ("oci://HOST", 2, "is no image in a registry"),
        ("oci://x/UPPER:1", 2, "is no image in a registry"),
        ("oci:x/y", 2, "is no image in a registry"),
        ("oci://u:hunter2@x/y", 2, "is no image in a registry"),
    ],
)
def test_what_is_not_there(registry: str, target: str, code: int, said: str) -> None:
    ended = envaudit("snapshot", target.format(registry))
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


# -- a registry that answers as a test wants


Answer = tuple[int, dict[str, str], bytes]
# (method, path, query, Authorization) -> an answer that stands in for all others, or None
Guard = Callable[[str, str, str, "str | None"], "Answer | None"]


@contextmanager
def answering(
    answers: dict[tuple[str, str], Answer], guard: Guard | None = None
) -> Iterator[Reference]:
    """(method, end of the path) -> (status, headers, content); anything else is 404."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, query = self.path.partition("?")
            given = self.headers.get("Authorization")
            told = None if guard is None else guard(self.command, path, query, given)
            status, headers, content = told or next(
                (told for (method, end), told in answers.items()
                 if method == self.command and path.endswith(end)),
                (404, {}, b""),
            )  # fmt: skip
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_HEAD = answer  # noqa: N815 - the names are the library's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Reference(f"127.0.0.1:{server.server_port}", "x", "1")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


IMAGE = b'{"schemaVersion": 2, "config": {}, "layers": []}'
CONTENT = fingerprint("UTC")


def artifact(**layer: Any) -> bytes:
    described = {"mediaType": ARTIFACT_TYPE, "digest": digest_of(CONTENT), "size": len(CONTENT)}
    return json.dumps({"artifactType": ARTIFACT_TYPE, "layers": [{**described, **layer}]}).encode()


def served(
    manifest: bytes, listed: Any = None, blob: bytes = CONTENT
) -> dict[tuple[str, str], tuple[int, dict[str, str], bytes]]:
    descriptors = [
        {"digest": digest_of(manifest), "artifactType": ARTIFACT_TYPE,
         "annotations": {"org.opencontainers.image.created": LATE}},
    ]  # fmt: skip
    index = {"manifests": descriptors if listed is None else listed}
    return {
        ("GET", "/manifests/1"): (200, {"Content-Type": MANIFEST}, IMAGE),
        ("GET", f"/referrers/{digest_of(IMAGE)}"): (200, {}, json.dumps(index).encode()),
        ("GET", f"/manifests/{digest_of(manifest)}"): (200, {}, manifest),
        ("GET", f"/blobs/{digest_of(CONTENT)}"): (200, {}, blob),
    }


def test_the_referrers_api() -> None:
    with answering(served(artifact())) as image:
        assert attached(image) == CONTENT


def test_a_registry_that_lists_referrers_itself_needs_no_tag() -> None:
    uploads = {
        ("GET", "/manifests/1"): (200, {"Content-Type": MANIFEST}, IMAGE),
        ("POST", "/blobs/uploads/"): (202, {"Location": "/v2/x/blobs/uploads/7?state=a"}, b""),
        ("PUT", "/blobs/uploads/7"): (201, {}, b""),
    }
    for path in ("/manifests/" + digest_of(IMAGE).replace(":", "-"),):
        uploads["PUT", path] = (500, {}, b"")
    digest = None
    with answering(uploads) as image:
        with pytest.raises(CaptureFailed, match="does not take the manifest"):
            attach(image, CONTENT, LATE)
        digest = digest_of(IMAGE)
    uploads["PUT", ""] = (201, {"OCI-Subject": digest}, b"")
    uploads.pop(("PUT", "/manifests/" + digest.replace(":", "-")))
    uploads = {key: uploads[key] for key in sorted(uploads, key=lambda key: -len(key[1]))}
    with answering(uploads) as image:
        assert attach(image, CONTENT, LATE).startswith(f"oci://{image.host}/x@sha256:")


HOSTILE: dict[str, tuple[dict[tuple[str, str], tuple[int, dict[str, str], bytes]], str]] = {
    "another blob": (served(artifact(), blob=b"{}"), "does not have its digest"),
    "a blob that is larger than stated": (served(artifact(size=3)), "is too large"),
    "an artifact of another type": (served(artifact(mediaType="text/html")), "is no fingerprint"),
    "a size that is none": (served(artifact(size="3")), "is no fingerprint"),
    "no layers": (served(b'{"layers": []}'), "is no fingerprint"),
    "no JSON": (served(b"<html>"), "is no fingerprint"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_registry(kind: str) -> None:
    answers, said = HOSTILE[kind]
    with answering(answers) as image, pytest.raises(CaptureFailed, match=said):
        attached(image)


@pytest.mark.parametrize(
    "listed", [[], [7], [{}], [{"artifactType": ARTIFACT_TYPE, "digest": 7}], "x"]
)
def test_referrers_that_are_none(listed: Any) -> None:
    no_fingerprint = pytest.raises(UsageError, match="no fingerprint is attached")
    with answering(served(artifact(), listed=listed)) as image, no_fingerprint:
        attached(image)


def test_a_manifest_that_has_not_its_digest() -> None:
    wanted = "sha256:" + "0" * 64
    refused = pytest.raises(CaptureFailed, match="does not have its digest")
    with answering({("GET", f"/manifests/{wanted}"): (200, {}, IMAGE)}) as image, refused:
        attached(Reference(image.host, "x", wanted))


def test_who_may_not_is_told_how_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    challenge = {"WWW-Authenticate": 'Bearer realm="http://192.0.2.1/token",service="x"'}
    refused = pytest.raises(UsageError, match=r"not allowed \(docker login")
    with answering({("GET", "/manifests/1"): (401, challenge, b"")}) as image, refused:
        attached(image)


ALICE = "YWxpY2U6aHVudGVyMg=="  # alice:hunter2


def log_in(image: Reference, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `docker login` does; ~/.netrc has something else for the same host."""
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    (folder / "config.json").write_text(json.dumps({"auths": {image.host: {"auth": ALICE}}}))
    (folder / "netrc").write_text("machine 127.0.0.1 login eve password wrong\n")
    monkeypatch.setenv("NETRC", str(folder / "netrc"))


def basic(_method: str, _path: str, _query: str, given: str | None) -> Answer | None:
    if given == f"Basic {ALICE}":
        return None
    return 401, {"WWW-Authenticate": 'Basic realm="x"'}, b""


def test_the_engines_credentials_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with answering(served(artifact()), basic) as image:
        log_in(image, tmp_path, monkeypatch)
        assert attached(image) == CONTENT


def test_a_credential_helper_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text('#!/bin/sh\necho \'{"Username": "alice", "Secret": "hunter2"}\'\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with answering(served(artifact()), basic) as image:
        log_in(image, tmp_path, monkeypatch)
        (tmp_path / "config.json").write_text(json.dumps({"credsStore": "test"}))
        assert attached(image) == CONTENT


@pytest.mark.parametrize(
    "config",
    [
        {"credsStore": "no-such-helper"},
        {"auths": {"127.0.0.1": 7}},
        {"auths": {"127.0.0.1": {"auth": "%%%"}}},
        [],
    ],
)
def test_credentials_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: Any
) -> None:
    with answering(served(artifact()), basic) as image:
        log_in(image, tmp_path, monkeypatch)
        text = json.dumps(config).replace("127.0.0.1", image.host)
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(UsageError, match=r"not allowed \(docker login"):
            attached(image)


def test_credentials_that_do_not_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = {("GET", "/manifests/1"): (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")}
    with answering(answers) as image:
        log_in(image, tmp_path, monkeypatch)
        with pytest.raises(UsageError) as refused:
            attached(image)
    assert "hunter2" not in str(refused.value)


class Tokens:
    """A registry that wants a token for each scope, as public ones do."""

    def __init__(self, token: bytes | None = None) -> None:
        self.asked: list[str] = []
        self.host = ""
        self._token = token

    def __call__(self, method: str, path: str, query: str, given: str | None) -> Answer | None:
        scope = "pull" if method in ("GET", "HEAD") else "pull,push"
        if path == "/token":
            self.asked.append(query)
            assert given == f"Basic {ALICE}"
            may = "push" if "push" in query else "pull"
            return 200, {}, self._token or json.dumps({"token": may}).encode()
        if given == "Bearer push" or (given == "Bearer pull" and scope == "pull"):
            return None
        assert given in (None, "Bearer pull")
        realm = f'realm="http://{self.host}/token",service="us",scope="repository:x:{scope}"'
        return 401, {"WWW-Authenticate": f"Bearer {realm}"}, b""


def test_a_token_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tokens = Tokens()
    with answering(served(artifact()), tokens) as image:
        tokens.host = image.host
        log_in(image, tmp_path, monkeypatch)
        assert attached(image) == CONTENT
    assert tokens.asked == ["service=us&scope=repository%3Ax%3Apull"]


def test_a_token_to_read_with_is_exchanged_for_one_to_write_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    uploads: dict[tuple[str, str], Answer] = {
        ("GET", "/manifests/1"): (200, {"Content-Type": MANIFEST}, IMAGE),
        ("POST", "/blobs/uploads/"): (202, {"Location": "/v2/x/blobs/uploads/7?state=a"}, b""),
        ("PUT", ""): (201, {"OCI-Subject": digest_of(IMAGE)}, b""),
    }
    tokens = Tokens()
    with answering(uploads, tokens) as image:
        tokens.host = image.host
        log_in(image, tmp_path, monkeypatch)
        assert attach(image, CONTENT, LATE).startswith(f"oci://{image.host}/x@sha256:")
    assert len(tokens.asked) == 2


NO_TOKENS = {
    "a page": b"<html>",
    "a list": b"[]",
    "nothing": b"{}",
    "cut off": b'{"token": ',
    "nested": b"[" * 100_000,
}


@pytest.mark.parametrize("kind", NO_TOKENS)
def test_a_token_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    tokens = Tokens(NO_TOKENS[kind])
    with answering(served(artifact()), tokens) as image:
        tokens.host = image.host
        log_in(image, tmp_path, monkeypatch)
        with pytest.raises(UsageError, match="not allowed"):
            attached(image)


def test_a_token_without_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tokens = Tokens(b'{"token": "' + b"x" * 10_000_000 + b'"}')
    with answering(served(artifact()), tokens) as image:
        tokens.host = image.host
        log_in(image, tmp_path, monkeypatch)
        with pytest.raises(CaptureFailed, match="a token is too large"):
            attached(image)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oci://r.example.com/a/b:1.4", ("r.example.com", "a/b", "1.4")),
        ("oci://r.example.com:5000/a", ("r.example.com:5000", "a", "latest")),
        ("oci://[::1]:5000/a:1", ("[::1]:5000", "a", "1")),
        ("oci://r/a:1@sha256:" + "0" * 64, ("r", "a", "sha256:" + "0" * 64)),
    ],
)
def test_references(text: str, expected: tuple[str, str, str]) -> None:
    found = Reference.parse(text)
    assert (found.host, found.repository, found.wanted) == expected
    assert parse_target(text).kind is Kind.REGISTRY
    assert Reference.parse(str(found)) == found


def test_docker_hub() -> None:
    api = "https://registry-1.docker.io/v2"
    assert Reference.parse("oci://docker.io/python:3.12").base_url == f"{api}/library/python"
    assert Reference.parse("oci://docker.io/team/app").base_url == f"{api}/team/app"


def test_plain_http_is_for_this_machine_alone() -> None:
    assert Reference.parse("oci://localhost:5000/a").base_url == "http://localhost:5000/v2/a"
    assert Reference.parse("oci://[::1]:5000/a").base_url.startswith("http://")
    assert Reference.parse("oci://127.evil.example.com/a").base_url.startswith("https://")
    assert Reference.parse("oci://localhost.example.com/a").base_url.startswith("https://")
