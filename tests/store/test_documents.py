"""The laws of the file form: round trip, one digest everywhere, one fact a line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.agent import canonical as agent
from auditor.model import Baseline, Fingerprint, InvalidInput, Origin, Provenance, Section, Status
from auditor.store import (
    canonical,
    digest,
    document,
    dumps,
    parse,
    parse_baseline,
    sealed,
)
from tests.strategies import VALUES, baselines, fingerprints

SMALL = sealed(
    Fingerprint(
        sections={
            "os": Section(
                status=Status.OK,
                origin=Origin.IMAGE,
                facts={"version_id": "13", "id": "debian"},
            ),
            "env": Section(
                status=Status.DENIED,
                origin=Origin.RUNTIME,
                facts={},
                reason="permission denied",
                gaps={"*": "permission denied"},
            ),
        },
        provenance=Provenance(name="prod", captured_at="2026-01-31T12:00:00Z"),
    )
)

SMALL_TEXT = """{
"kind": "fingerprint",
"schema": "1.0",
"digest": "sha256:DIGEST",
"provenance": {"captured_at":"2026-01-31T12:00:00Z","name":"prod"},
"sections": {
  "os": {
    "status": "ok",
    "origin": "image",
    "facts": {
      "id": "debian",
      "version_id": "13"
    }
  },
  "env": {
    "status": "denied",
    "origin": "runtime",
    "facts": {},
    "reason": "permission denied",
    "gaps": {
      "*": "permission denied"
    }
  }
}
}
"""


def test_the_file_form_has_one_fact_a_line_in_sorted_order() -> None:
    hexadecimal = SMALL.digest.removeprefix("sha256:")
    assert dumps(SMALL) == SMALL_TEXT.replace("DIGEST", hexadecimal)


def test_canonical_bytes() -> None:
    value = {"b": [1, 1.5, -0.0, 1e16, True, None], "a": {"é": "\udc80\n"}, "B": {}}
    assert canonical(value) == (
        rb'{"B":{},"a":{"\u00e9":"\udc80\n"},"b":[1,1.5,-0.0,1e+16,true,null]}'
    )


def test_the_digest_is_sha256_over_the_canonical_sections() -> None:
    # printf '{"os":{"facts":{"id":"debian"},"origin":"image","status":"ok"}}' | sha256sum
    sections = {"os": {"status": "ok", "origin": "image", "facts": {"id": "debian"}}}
    assert digest(sections) == (
        "sha256:6daabe2c22b30415a5f0acdbffb08dd9ca0409b147b3ddfb33d007075ff84b60"
    )


@given(fingerprints())
def test_fingerprints_survive_the_file(fingerprint: Fingerprint) -> None:
    assert parse(dumps(fingerprint).encode("ascii"), "f.json") == fingerprint


@given(baselines())
def test_baselines_survive_the_file(baseline: Baseline) -> None:
    data = dumps(baseline).encode("ascii")
    assert parse_baseline(data, "b.json") == baseline
    assert parse(data, "b.json") == baseline.fingerprint


@given(VALUES)
def test_the_agent_and_the_host_agree_on_every_byte(value: object) -> None:
    assert agent.canonical(value).encode("ascii") == canonical(value)


@given(fingerprints())
def test_the_agent_and_the_host_write_the_same_file(fingerprint: Fingerprint) -> None:
    members = document(fingerprint)
    assert agent.digest(cast("dict[str, object]", members["sections"])) == members["digest"]
    assert agent.readable(members) == dumps(fingerprint)


def test_a_baseline_holds_the_lines_of_its_fingerprint() -> None:
    text = dumps(Baseline(SMALL, blessed_at="2026-02-01T08:30:00Z", reason="release 12"))
    assert dumps(SMALL).rstrip("\n") in text
    assert '"blessed": {"at":"2026-02-01T08:30:00Z","reason":"release 12"},\n' in text


@given(fingerprints())
def test_the_file_form_cannot_carry_a_terminal_control(fingerprint: Fingerprint) -> None:
    assert set(dumps(fingerprint)) <= {"\n", "\x7f", *map(chr, range(0x20, 0x7F))}


@given(st.data())
def test_every_cut_is_told_as_truncated(data: st.DataObject) -> None:
    text = dumps(data.draw(fingerprints())).rstrip("\n")
    end = data.draw(st.integers(min_value=1, max_value=len(text) - 1))
    with pytest.raises(InvalidInput, match=r"^f\.json: is truncated"):
        parse(text[:end].encode("ascii"), "f.json")


def test_any_spelling_of_the_same_sections_has_the_same_digest() -> None:
    respelt = json.dumps(document(SMALL), indent=4, sort_keys=True, ensure_ascii=False)
    assert parse(b"\xef\xbb\xbf" + respelt.encode(), "f.json") == SMALL


def test_newer_minors_bring_members_and_sections_that_are_let_be() -> None:
    members = json.loads(dumps(SMALL))
    members["schema"] = "1.9"
    members["signature"] = {"by": "someone"}
    members["provenance"]["builder"] = {"id": 7}
    members["sections"]["probes"] = {"status": "ok", "origin": "runtime", "facts": {"dot": "ab"}}
    members["sections"]["os"]["confidence"] = 0.5
    members["digest"] = digest(members["sections"])
    fingerprint = parse(json.dumps(members).encode(), "f.json")
    assert fingerprint.schema == "1.9"
    assert fingerprint.get("probes.dot") == "ab"
    assert fingerprint.provenance.extra == {"builder": {"id": 7}}
    assert fingerprint.sections["os"] == SMALL.sections["os"]


def test_the_digest_is_computed_when_written() -> None:
    stale = replace(SMALL, digest="sha256:" + "0" * 64)
    assert document(stale)["digest"] == SMALL.digest
