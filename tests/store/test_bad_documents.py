"""What a stranger may hand in: each is refused with one line that names what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from auditor.model import InvalidInput
from auditor.store import canonical, digest, parse, parse_baseline
from auditor.store.encode import baseline_digest

Edit = Callable[[dict[str, Any]], object]


def sound() -> dict[str, Any]:
    sections = {
        "os": {
            "status": "ok",
            "origin": "image",
            "facts": {"id": "debian", "libc.version": "2.41"},
            "gaps": {"codename": "no such file"},
            "origins": {"id": "host"},
            "identity": ["id"],
        }
    }
    return {
        "kind": "fingerprint",
        "schema": "1.0",
        "digest": digest(sections),
        "provenance": {"name": "prod", "duration_ms": 12.5},
        "sections": sections,
    }


def blessed() -> dict[str, Any]:
    members: dict[str, Any] = {
        "kind": "baseline",
        "schema": "1.0",
        "blessed": {"at": "2026-02-01T08:30:00Z", "by": "release"},
        "fingerprint": sound(),
    }
    return {**members, "digest": baseline_digest(members)}


def spelt(document: object) -> bytes:
    return json.dumps(document).encode()


def refused(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse(data, "f.json")
    message = str(caught.value)
    assert message.startswith("f.json: ")
    assert message.isascii()
    assert message.isprintable(), "one line, no terminal controls"
    assert len(message) < 300
    return message.removeprefix("f.json: ")


def test_the_sound_documents_are_accepted() -> None:
    assert parse(spelt(sound()), "f.json").get("os.id") == "debian"
    assert parse_baseline(spelt(blessed()), "b.json").blessed_by == "release"


NOT_JSON: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "is empty"),
    ("white space", b" \n\t\n", "is empty"),
    ("binary", b"\x7fELF\x02\x01\x01\0\0\0", "is binary, not a JSON document"),
    ("UTF-16", '{"kind": "fingerprint"}'.encode("utf-16"), "is binary, not a JSON document"),
    ("Latin-1", b'{"kind": "caf\xe9"}', "is not UTF-8 (byte 14)"),
    ("gzip", b"\x1f\x8b\x08\x08\x01\x02\x03\x04\x05", "is not UTF-8 (byte 2)"),
    ("cut in an object", b'{"kind": "fingerprint", ', "is truncated"),
    ("cut in a string", b'{"kind": "finger', "is truncated"),
    ("cut in an escape", b'{"kind": "finger\\u00', "is truncated"),
    ("cut after a backslash", b'{"kind": "finger\\', "is truncated"),
    ("cut in a literal", b'{"kind": tru', "is truncated"),
    ("prose", b"hello", "is not JSON: Expecting value (line 1, column 1)"),
    ("no comma", b'{"a": 1\n"b": 2}', "is not JSON: Expecting ',' delimiter (line 2, column 1)"),
    ("two documents", b"{}\n{}", "is not JSON: Extra data (line 2, column 1)"),
    ("a raw control", b'{"a": "\x01"}', "is not JSON: Invalid control character"),
    ("closing only", b"]]]]", "is not JSON"),
    ("a key twice", b'{"kind": 1, "kind": 2}', 'holds the key "kind" twice in one object'),
    (
        "a key twice, deep, spelt differently",
        b'{"sections": {"os": {"facts": {"id": 1, "\\u0069d": 2}}}}',
        'holds the key "id" twice in one object',
    ),
    ("NaN", b'{"a": NaN}', "holds NaN, which is not JSON"),
    ("infinity", b'{"a": -Infinity}', "holds -Infinity, which is not JSON"),
    ("infinity in digits", b'{"a": 1e999}', "holds the number 1e999, which is too large"),
    (
        "2^64",
        b'{"a": 18446744073709551616}',
        "holds the integer 18446744073709551616, which does not fit in 64 bits",
    ),
    (
        "-2^63 - 1",
        b'{"a": -9223372036854775809}',
        "holds the integer -9223372036854775809, which does not fit in 64 bits",
    ),
    ("a million digits", b'{"a": ' + b"9" * 10**6 + b"}", "holds the integer 999999"),
    ("33 levels", b"[" * 33 + b"]" * 33, "is nested deeper than 32 levels"),
    ("5,000 lists", b"[" * 5000 + b"]" * 5000, "is nested deeper than 32 levels"),
    ("5,000 objects", b'{"a":' * 5000 + b"1" + b"}" * 5000, "is nested deeper than 32 levels"),
    ("5,000 lists, cut", b"[" * 5000, "is nested deeper than 32 levels"),
    ("too many values", b"[" + b"0," * 2_000_001 + b"0]", "holds more than 2,000,000 values"),
    ("a list", b"[]", "is a list, not an envaudit document"),
    ("a string", b'"fingerprint"', "is a string, not an envaudit document"),
    ("null", b"null", "is null, not an envaudit document"),
]


@pytest.mark.parametrize(
    ("data", "told"), [case[1:] for case in NOT_JSON], ids=[case[0] for case in NOT_JSON]
)
def test_not_json(data: bytes, told: str) -> None:
    assert refused(data).startswith(told)


def test_brackets_in_strings_are_no_nesting() -> None:
    document = sound()
    document["provenance"]["note"] = "[" * 5000 + '"{\\' * 50
    assert parse(spelt(document), "f.json").provenance.extra["note"]


def test_strings_without_end_take_linear_time() -> None:
    assert refused(b'{"a": "' + b'\\"' * 3_000_000).startswith("is truncated")


def at(*path: str, to: object) -> Edit:
    """Put a value at a place of the document, and make the digest right again."""

    def edit(document: dict[str, Any]) -> None:
        place = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        if path[0] == "sections" and isinstance(document["sections"], dict):
            document["digest"] = digest(document["sections"])

    return edit


def without(*path: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        place = document
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return edit


def instead(other: dict[str, Any]) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        document.clear()
        document.update(other)

    return edit


OS = ("sections", "os")
WRONG: list[tuple[Edit, str]] = [
    (without("kind"), 'has no "kind": it is not an envaudit document'),
    (at("kind", to=3), "kind must be a string, not a number"),
    (at("kind", to="sbom"), 'is of the unknown kind "sbom"'),
    (at("kind", to="comparison"), "is a comparison, not a fingerprint"),
    (at("kind", to="verdict"), "is a verdict, not a fingerprint"),
    (without("schema"), "schema is missing"),
    (at("schema", to=1.0), "schema must be a string, not a number"),
    (at("schema", to="one"), 'schema is "one": it must be MAJOR.MINOR, such as 1.0'),
    (at("schema", to="1.0.0"), 'schema is "1.0.0": it must be MAJOR.MINOR, such as 1.0'),
    (
        at("schema", to="2.0"),
        "schema 2.0 is newer than this envaudit reads (1.x): update envaudit",
    ),
    (at("schema", to="0.9"), "schema 0.9 is older than this envaudit reads (1.x)"),
    (without("digest"), "digest is missing"),
    (at("digest", to="md5:00"), "digest must be sha256: and 64 hexadecimal digits"),
    (
        at("digest", to="sha256:" + "0" * 64),
        "is damaged or edited: the digest does not match the sections",
    ),
    (without("sections"), "sections is missing"),
    (at("sections", to=[]), "sections must be an object, not a list"),
    (at("sections", "", to={}), 'sections[""]: a section\'s name has 1 to 8,192 characters'),
    (at(*OS, to="ok"), "sections.os must be an object, not a string"),
    (without(*OS, "facts"), "sections.os.facts is missing"),
    (at(*OS, "facts", to=["id"]), "sections.os.facts must be an object, not a list"),
    (without(*OS, "status"), "sections.os.status is missing"),
    (
        at(*OS, "status", to="fine"),
        'sections.os.status is "fine": it must be one of ok, absent, denied, error, skipped',
    ),
    (at(*OS, "status", to=None), "sections.os.status must be a string, not null"),
    (
        at(*OS, "origin", to="moon"),
        'sections.os.origin is "moon": it must be one of image, runtime, host',
    ),
    (at(*OS, "reason", to=404), "sections.os.reason must be a string, not a number"),
    (at(*OS, "gaps", to="*"), "sections.os.gaps must be an object, not a string"),
    (
        at(*OS, "gaps", to={"codename": True}),
        "sections.os.gaps.codename must be a string, not true or false",
    ),
    (
        at(*OS, "origins", to={"id": "moon"}),
        'sections.os.origins.id is "moon": it must be one of image, runtime, host',
    ),
    (at(*OS, "identity", to="id"), "sections.os.identity must be a list, not a string"),
    (at(*OS, "identity", to=[1]), "sections.os.identity[0] must be a string, not a number"),
    (
        at(*OS, "facts", "k" * 8193, to=1),
        f'sections.os.facts["{"k" * 60}..."]: the key is longer than 8,192 characters',
    ),
    (
        at(*OS, "facts", "id", to="x" * 1_048_577),
        "sections.os.facts.id is larger than 1,048,576 characters",
    ),
    (
        at(*OS, "facts", "id", to=[[[[[[[[[1]]]]]]]]]),
        "sections.os.facts.id is nested deeper than 8 levels",
    ),
    (
        at(*OS, "facts", "\x1b[2J", to=[[[[[[[[[1]]]]]]]]]),
        r'sections.os.facts["\u001b[2J"] is nested deeper than 8 levels',
    ),
    (at("provenance", to=[]), "provenance must be an object, not a list"),
    (at("provenance", "name", to=7), "provenance.name must be a string, not a number"),
    (
        at("provenance", "duration_ms", to=True),
        "provenance.duration_ms must be a number, not true or false",
    ),
]


@pytest.mark.parametrize(("edit", "told"), WRONG, ids=[told[:60] for _, told in WRONG])
def test_wrong_members_are_named_by_their_path(edit: Edit, told: str) -> None:
    document = sound()
    edit(document)
    assert refused(spelt(document)) == told


def test_an_edited_fact_is_noticed() -> None:
    document = sound()
    document["sections"]["os"]["facts"]["id"] = "ubuntu"
    assert refused(spelt(document)).startswith("is damaged or edited")


def test_too_many_facts() -> None:
    document = sound()
    document["sections"]["os"]["facts"] = {str(number): 0 for number in range(200_001)}
    document["digest"] = digest(document["sections"])
    assert refused(canonical(document)) == "holds more than 200,000 facts"


BAD_BASELINES: list[tuple[Edit, str]] = [
    (
        instead(sound()),
        "is a fingerprint, not a baseline: bless it first (envaudit bless FINGERPRINT -o BASELINE)",
    ),
    (at("kind", to="verdict"), "is a verdict, not a baseline"),
    (at("schema", to="3.1"), "schema 3.1 is newer than this envaudit reads (1.x): update envaudit"),
    (without("digest"), "digest is missing"),
    (without("blessed"), "blessed is missing"),
    (at("blessed", to="yes"), "blessed must be an object, not a string"),
    (at("blessed", to={}), "blessed.at is missing"),
    (
        at("blessed", "at", to="yesterday"),
        'blessed.at is "yesterday": it must be a time such as 2026-01-31T12:00:00Z',
    ),
    (
        at("blessed", "at", to="2026-02-30T08:30:00Z"),
        'blessed.at is "2026-02-30T08:30:00Z": it must be a time such as 2026-01-31T12:00:00Z',
    ),
    (
        at("blessed", "by", to="somebody else"),
        "is damaged or edited: the digest does not match the baseline",
    ),
    (
        at("fingerprint", "provenance", "name", to="another"),
        "is damaged or edited: the digest does not match the baseline",
    ),
    (
        at("fingerprint", "sections", "os", "facts", "id", to="ubuntu"),
        "fingerprint: is damaged or edited: the digest does not match the sections",
    ),
    (
        at("fingerprint", "schema", to="2.0"),
        "fingerprint: schema 2.0 is newer than this envaudit reads (1.x): update envaudit",
    ),
    (at("fingerprint", "kind", to="baseline"), "fingerprint: kind must be fingerprint"),
    (
        at("fingerprint", "sections", "os", to=3),
        "fingerprint: sections.os must be an object, not a number",
    ),
]


@pytest.mark.parametrize(
    ("edit", "told"), BAD_BASELINES, ids=[told[:60] for _, told in BAD_BASELINES]
)
def test_bad_baselines_are_refused_by_name(edit: Edit, told: str) -> None:
    document = blessed()
    edit(document)
    with pytest.raises(InvalidInput) as caught:
        parse_baseline(spelt(document), "b.json")
    assert str(caught.value) == f"b.json: {told}"
