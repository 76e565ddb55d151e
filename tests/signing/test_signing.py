"""Signed baselines: what is signed verifies, and nothing else does."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.model import Baseline, Fingerprint, InvalidInput, Origin, Section, Status, UsageError
from auditor.signing import Envelope, envelope_of, require_signed, signature_path
from auditor.signing.ssh import NAMESPACE
from auditor.signing.statement import PREDICATE_TYPE, STATEMENT_TYPE, statement

IMAGE = "sha256:" + "ab" * 32


def keygen(*words: str, content: bytes | None = None) -> bytes:
    return subprocess.run(
        ["ssh-keygen", *words], input=content, capture_output=True, check=True, timeout=60
    ).stdout


def make_key(path: Path, kind: str = "ed25519") -> Path:
    keygen("-q", "-t", kind, "-N", "", "-C", "", "-f", str(path))
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder / name) for name in ("alice", "mallory")}


def allow(path: Path, key: Path, who: str = "alice@example.com", options: str = "") -> Path:
    public = key.with_name(key.name + ".pub").read_text().strip()
    path.write_text(f"{who} {options}{public}\n")
    return path


@pytest.fixture
def allowed(keys: dict[str, Path], tmp_path: Path) -> Path:
    return allow(tmp_path / "allowed_signers", keys["alice"])


def baseline(**facts: Any) -> Baseline:
    facts = {"image": "service:1.4", "image_digest": IMAGE, **facts}
    sections = {
        "container": Section(Status.OK, Origin.RUNTIME, facts),
        "env": Section(Status.OK, Origin.RUNTIME, {"TZ": "UTC", "PATH": ["/a", "/b"]}),
    }
    return store.sealed(
        Baseline(Fingerprint(sections), "2026-11-25T10:00:00Z", reason="release 1.4")
    )


@pytest.fixture
def signed(keys: dict[str, Path], tmp_path: Path) -> tuple[Baseline, Path]:
    one, path = baseline(), tmp_path / "baseline.json.dsse"
    path.write_text(envelope_of(one, keys["alice"]).dumps())
    return one, path


def test_what_is_signed_verifies(signed: tuple[Baseline, Path], allowed: Path) -> None:
    assert require_signed(*signed, allowed) == "alice@example.com"


def test_a_signer_by_any_of_several_names(
    signed: tuple[Baseline, Path], keys: dict[str, Path], tmp_path: Path
) -> None:
    allowed = allow(tmp_path / "allowed", keys["alice"], "alice@example.com,release@example.com")
    assert require_signed(*signed, allowed) == "alice@example.com"


def test_it_is_an_intoto_statement_about_the_image(signed: tuple[Baseline, Path]) -> None:
    envelope = json.loads(signed[1].read_text())
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    content = json.loads(base64.b64decode(envelope["payload"]))
    assert content["_type"] == STATEMENT_TYPE
    assert content["predicateType"] == PREDICATE_TYPE
    assert content["subject"] == [{"name": "service:1.4", "digest": {"sha256": "ab" * 32}}]
    assert content["predicate"] == json.loads(store.dumps(signed[0]))
    assert envelope["signatures"][0]["keyid"].startswith("SHA256:")


def test_other_tools_verify_it(
    signed: tuple[Baseline, Path], allowed: Path, tmp_path: Path
) -> None:
    """By DSSE's definition and `ssh-keygen` alone."""
    envelope = json.loads(signed[1].read_text())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"]
    signature = base64.b64encode(base64.b64decode(envelope["signatures"][0]["sig"])).decode()
    (tmp_path / "sig").write_text(
        f"-----BEGIN SSH SIGNATURE-----\n{signature}\n-----END SSH SIGNATURE-----\n"
    )
    content = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    keygen(
        "-Y", "verify", "-n", NAMESPACE, "-I", "alice@example.com", "-f", str(allowed),
        "-s", str(tmp_path / "sig"), content=content,
    )  # fmt: skip


def test_an_environment_that_is_no_image_is_named_by_its_digest() -> None:
    one = baseline(image_digest=None)
    subject = json.loads(statement(one))["subject"][0]
    assert "sha256:" + subject["digest"]["sha256"] == one.fingerprint.digest


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_other_kinds(kind: str, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", kind)
    path = tmp_path / "x.dsse"
    path.write_text(envelope_of(baseline(), key).dumps())
    assert require_signed(baseline(), path, allow(tmp_path / "allowed", key))


# -- tampering: (envelope's members, baseline) -> the same, changed

Members = dict[str, Any]


def payload_of(members: Members) -> Members:
    content: Members = json.loads(base64.b64decode(members["payload"]))
    return content


def with_payload(members: Members, content: Members, **options: Any) -> Members:
    text = json.dumps(content, **{"separators": (",", ":"), "sort_keys": True, **options})
    return {**members, "payload": base64.b64encode(text.encode()).decode()}


def other_fact(members: Members) -> Members:
    content = payload_of(members)
    content["predicate"]["fingerprint"]["sections"]["env"]["facts"]["TZ"] = "Europe/Berlin"
    return with_payload(members, content)


def other_subject(members: Members) -> Members:
    content = payload_of(members)
    content["subject"][0]["digest"]["sha256"] = "cd" * 32
    return with_payload(members, content)


def second_subject(members: Members) -> Members:
    content = payload_of(members)
    content["subject"].append({"name": "x", "digest": {"sha256": "cd" * 32}})
    return with_payload(members, content)


def other_predicate_type(members: Members) -> Members:
    return with_payload(members, {**payload_of(members), "predicateType": "https://slsa.dev/x"})


def other_reason(members: Members) -> Members:
    content = payload_of(members)
    content["predicate"]["blessed"]["reason"] = "release 1.5"
    return with_payload(members, content)


def flipped(members: Members) -> Members:
    content = bytearray(base64.b64decode(members["signatures"][0]["sig"]))
    content[-5] ^= 1
    return {**members, "signatures": [{"sig": base64.b64encode(content).decode()}]}


def signature(members: Members, value: Any) -> Members:
    return {**members, "signatures": value}


ENVELOPES: dict[str, Callable[[Members], Any]] = {
    "another fact": other_fact,
    "another image": other_subject,
    "one image more": second_subject,
    "another kind of predicate": other_predicate_type,
    "another reason": other_reason,
    "members in another order": lambda m: with_payload(
        m, dict(reversed(payload_of(m).items())), sort_keys=False
    ),
    "white space": lambda m: with_payload(m, payload_of(m), indent=1),
    "another payload type": lambda m: {**m, "payloadType": "application/json"},
    "a flipped bit": flipped,
    "no signature": lambda m: signature(m, []),
    "an empty signature": lambda m: signature(m, [{"keyid": "SHA256:x", "sig": ""}]),
    "a signature of nothing": lambda m: signature(m, [{"sig": base64.b64encode(b"x").decode()}]),
    "signatures that are no list": lambda m: signature(m, m["signatures"][0]),
    "too many signatures": lambda m: signature(m, m["signatures"] * 17),
    "the payload as it is": lambda m: {**m, "payload": "{}"},
    "a member more": lambda m: {**m, "trusted": True},
    "no payload type": lambda m: {key: m[key] for key in ("payload", "signatures")},
    "a list": lambda m: [m],
    "the payload alone": payload_of,
}


@pytest.mark.parametrize("how", ENVELOPES)
def test_a_tampered_envelope_is_refused(
    signed: tuple[Baseline, Path], allowed: Path, how: str
) -> None:
    one, path = signed
    path.write_text(json.dumps(ENVELOPES[how](json.loads(path.read_text()))))
    with pytest.raises(InvalidInput) as refused:
        require_signed(one, path, allowed)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


BASELINES: dict[str, Callable[[Baseline], Baseline]] = {
    "another fact": lambda b: baseline(user="root"),
    "a fact less": lambda b: replace(
        b, fingerprint=replace(b.fingerprint, sections={"env": b.fingerprint.sections["env"]})
    ),
    "a list in another order": lambda b: replace(
        b,
        fingerprint=replace(
            b.fingerprint,
            sections={
                **b.fingerprint.sections,
                "env": Section(Status.OK, Origin.RUNTIME, {"TZ": "UTC", "PATH": ["/b", "/a"]}),
            },
        ),
    ),
    "another reason": lambda b: replace(b, reason="because"),
    "another time": lambda b: replace(b, blessed_at="2026-11-25T10:00:01Z"),
    "another image": lambda b: baseline(image_digest="sha256:" + "cd" * 32),
}


@pytest.mark.parametrize("how", BASELINES)
def test_a_signature_of_another_baseline_is_refused(
    signed: tuple[Baseline, Path], allowed: Path, how: str
) -> None:
    one, path = signed
    with pytest.raises(InvalidInput, match="signature of another baseline"):
        require_signed(store.sealed(BASELINES[how](one)), path, allowed)


def test_a_stripped_signature_is_refused(signed: tuple[Baseline, Path], allowed: Path) -> None:
    one, path = signed
    path.unlink()
    with pytest.raises(InvalidInput, match="is not signed"):
        require_signed(one, path, allowed)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"null", b'{"payload": 1, "payload": 2}'])
def test_damage_is_refused(signed: tuple[Baseline, Path], allowed: Path, content: bytes) -> None:
    one, path = signed
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        require_signed(one, path, allowed)


def test_somebody_elses_signature_is_refused(
    keys: dict[str, Path], allowed: Path, tmp_path: Path
) -> None:
    one, path = baseline(), tmp_path / "x.dsse"
    members = json.loads(envelope_of(one, keys["mallory"]).dumps())
    # What the envelope says of its key is not believed.
    members["signatures"][0]["keyid"] = json.loads(envelope_of(one, keys["alice"]).dumps())[
        "signatures"
    ][0]["keyid"]
    path.write_text(json.dumps(members))
    with pytest.raises(InvalidInput, match="no signature of anybody whom"):
        require_signed(one, path, allowed)


def test_one_good_signature_among_others_is_enough(
    keys: dict[str, Path], allowed: Path, tmp_path: Path
) -> None:
    one, path = baseline(), tmp_path / "x.dsse"
    ours, theirs = (envelope_of(one, keys[name]) for name in ("alice", "mallory"))
    both = Envelope(ours.payload_type, ours.payload, (*theirs.signatures, *ours.signatures))
    path.write_text(both.dumps())
    assert require_signed(one, path, allowed) == "alice@example.com"


def test_a_signature_for_another_purpose_is_refused(
    keys: dict[str, Path], allowed: Path, tmp_path: Path
) -> None:
    """The same key, the same bytes, made for `git` or for files."""
    one = baseline()
    unsigned = Envelope("application/vnd.in-toto+json", statement(one), ())
    for namespace in ("git", "file", "baseline"):
        content = tmp_path / namespace
        content.write_bytes(unsigned.signed_bytes)
        keygen("-q", "-Y", "sign", "-n", namespace, "-f", str(keys["alice"]), str(content))
        armoured = content.with_name(namespace + ".sig").read_text().splitlines()
        path = tmp_path / "x.dsse"
        members = json.loads(unsigned.dumps())
        members["signatures"] = [{"sig": "".join(armoured[1:-1])}]
        path.write_text(json.dumps(members))
        with pytest.raises(InvalidInput, match="no signature of anybody whom"):
            require_signed(one, path, allowed)


@pytest.mark.parametrize(
    "options",
    ['namespaces="git" ', 'valid-before="20200101" ', 'valid-after="29990101" ', "cert-authority "],
)
def test_what_the_file_of_signers_limits_is_kept(
    keys: dict[str, Path], signed: tuple[Baseline, Path], tmp_path: Path, options: str
) -> None:
    limited = allow(tmp_path / "limited", keys["alice"], options=options)
    with pytest.raises(InvalidInput, match="no signature of anybody whom"):
        require_signed(*signed, limited)


def test_a_file_of_signers_may_name_the_namespace(
    keys: dict[str, Path], signed: tuple[Baseline, Path], tmp_path: Path
) -> None:
    named = allow(tmp_path / "named", keys["alice"], options=f'namespaces="{NAMESPACE}" ')
    assert require_signed(*signed, named) == "alice@example.com"


@pytest.mark.parametrize("content", ["", "# nobody\n\n", None])
def test_a_file_that_allows_nobody(
    signed: tuple[Baseline, Path], tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "nobody"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=r"allows nobody|no allowed signers file"):
        require_signed(*signed, path)


def test_a_key_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such key"):
        envelope_of(baseline(), tmp_path / "none")
    (tmp_path / "text").write_text("hunter2\n")
    (tmp_path / "text").chmod(0o600)
    with pytest.raises(UsageError) as refused:
        envelope_of(baseline(), tmp_path / "text")
    assert "hunter2" not in str(refused.value)


def test_where_the_signature_stands() -> None:
    assert signature_path(Path("a/baseline.json")) == Path("a/baseline.json.dsse")
