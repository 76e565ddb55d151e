"""The agent writes the JSON, the digests and the files that the host part reads."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import store
from auditor.agent.canonical import MAX_DEPTH, canonical, digest, readable
from auditor.agent.digests import hmac_sha256_hex, sha256_hex
from auditor.agent.section import Facts, Section
from auditor.agent.snapshot import SCHEMA, fingerprint_document
from tests.strategies import FLOATS, KEYS, SCALARS, TEXTS, VALUES

REPOSITORY = Path(__file__).parents[2]

# Beyond what our own files hold: any integer, any character, deeper values.
ANY_VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), FLOATS, st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)


def by_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@given(ANY_VALUE)
def test_canonical_is_what_json_writes(value: object) -> None:
    assert canonical(value) == by_json(value)


@given(VALUES)
def test_canonical_knows_undecodable_bytes(value: object) -> None:
    """Lone surrogates, as file names have them."""
    assert canonical(value) == by_json(value)
    assert canonical(value).encode("ascii") == store.canonical(value)


def test_canonical_in_words() -> None:
    value: object = {
        "b": [1, -0.0, 1e16, True, None],
        "a": '\u00e9"\\\n\udcff',
        "": {},
        "c": [[], ()],
    }
    assert canonical(value) == (
        '{"":{},"a":"\\u00e9\\"\\\\\\n\\udcff","b":[1,-0.0,1e+16,true,null],"c":[[],[]]}'
    )


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), b"bytes", {1, 2}, object(), [{"a": 1j}]]
)
def test_what_json_has_no_form_for(value: object) -> None:
    with pytest.raises(ValueError, match="JSON has no form"):
        canonical(value)


def test_what_never_ends() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="nested too deeply"):
        canonical(circle)
    value: Any = "bottom"
    for _ in range(MAX_DEPTH):
        value = [value]
    assert canonical(value).count("[") == MAX_DEPTH
    with pytest.raises(ValueError, match="nested too deeply"):
        canonical([value])


class Sub(int):
    """An integer that prints itself otherwise."""

    def __repr__(self) -> str:
        return "sub"


def test_subclasses_are_written_as_what_they_are() -> None:
    assert canonical([Sub(3), True]) == by_json([Sub(3), True]) == "[3,true]"


@st.composite
def section_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Sections as the collectors leave them."""
    facts = Facts()
    values = st.dictionaries(KEYS, SCALARS | st.lists(SCALARS), max_size=4)
    for key, value in draw(values).items():
        facts[key] = value
    for key, why in draw(st.dictionaries(KEYS, TEXTS, max_size=2)).items():
        facts.gap(key, why)
    for key in draw(st.lists(KEYS, max_size=2)):
        facts.identify(key, "x")
    for key in draw(st.lists(KEYS, max_size=2)):
        facts.origins[key] = draw(st.sampled_from(["image", "runtime", "host"]))
    status = draw(st.sampled_from(["ok", "absent", "denied", "error", "skipped"]))
    reason = draw(st.none() | TEXTS)
    origin = draw(st.sampled_from(["image", "host"]))
    return Section("any", origin, status, facts, reason).document()


DOCUMENTS = st.builds(
    fingerprint_document,
    st.fixed_dictionaries(
        {
            "name": st.none() | TEXTS,
            "target": TEXTS,
            "captured_at": st.just("2026-01-31T12:00:00Z"),
            "agent_version": st.just("0.1.0"),
            "duration_ms": st.floats(min_value=0, max_value=1e6),
            "sections_ms": st.dictionaries(TEXTS, st.floats(0, 1e6), max_size=2),
        }
    ),
    st.dictionaries(st.text(min_size=1, max_size=8), section_documents(), max_size=4),
)


@given(DOCUMENTS)
def test_files_are_read_back_as_they_were_written(document: dict[str, Any]) -> None:
    text = readable(document)
    assert json.loads(text) == document
    assert text.endswith("\n}\n")
    fingerprint = store.parse(text.encode("ascii"), "x")
    assert fingerprint.digest == document["digest"]
    assert list(fingerprint.sections) == list(document["sections"])
    assert store.canonical(store.document(fingerprint)["sections"]) == canonical(
        document["sections"]
    ).encode("ascii")


@given(DOCUMENTS)
def test_the_digest_is_the_stores(document: dict[str, Any]) -> None:
    assert digest(document["sections"]) == store.digest(document["sections"])


def test_the_digest_of_nothing() -> None:
    """`printf '{}' | sha256sum`."""
    assert digest({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_one_fact_a_line() -> None:
    facts = Facts()
    facts["version"] = "3.11"
    facts["others"] = ["a", "b"]
    facts.gap("build", "elsewhere")
    sections = {
        "python": Section("python", "image", "ok", facts).document(),
        "gpu": Section("gpu", "host", "absent", Facts(), "no GPU").document(),
    }
    document = {"kind": "fingerprint", "schema": SCHEMA, "sections": sections}
    assert readable(document) == (
        '{\n"kind": "fingerprint",\n"schema": "1.0",\n"sections": {\n'
        '  "python": {\n    "status": "ok",\n    "origin": "image",\n    "facts": {\n'
        '      "others": ["a","b"],\n      "version": "3.11"\n    },\n'
        '    "gaps": {\n      "build": "elsewhere"\n    }\n  },\n'
        '  "gpu": {\n    "status": "absent",\n    "origin": "host",\n    "facts": {},\n'
        '    "reason": "no GPU"\n  }\n'
        "}\n}\n"
    )


@given(st.binary(max_size=200))
def test_sha256(content: bytes) -> None:
    assert sha256_hex(content) == hashlib.sha256(content).hexdigest()


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_hmac(key: bytes, message: bytes) -> None:
    assert hmac_sha256_hex(key, message) == hmac.new(key, message, "sha256").hexdigest()


@pytest.mark.parametrize("length", [0, 63, 64, 65])
def test_hmac_around_the_block_size(length: int) -> None:
    expected = hmac.new(b"k" * length, b"m", "sha256").hexdigest()
    assert hmac_sha256_hex(b"k" * length, b"m") == expected


def test_writing_loads_no_costly_module() -> None:
    """The point of all this: neither `json` nor OpenSSL is loaded."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "from auditor.agent import canonical, digests, snapshot, command; "
        "print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(REPOSITORY)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(result.stdout.split())
    assert "auditor.agent.digests" in loaded
    assert not {"json", "re", "_hashlib", "hashlib", "typing", "collections"} & loaded


def test_a_section_tells_only_what_it_has() -> None:
    assert Section("os", "image", "ok", Facts()).document() == {
        "status": "ok", "origin": "image", "facts": {},
    }  # fmt: skip
