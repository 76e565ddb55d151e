"""Hypothesis strategies for the values of the model."""

from __future__ import annotations

from hypothesis import strategies as st

from auditor.model import (
    Baseline,
    Fingerprint,
    Origin,
    Provenance,
    Section,
    Status,
)
from auditor.store import sealed

# Every character, and the lone surrogates that stand for undecodable bytes (PEP 383).
CHARACTERS = st.one_of(
    st.characters(codec="utf-8"), st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
)
TEXTS = st.text(CHARACTERS, max_size=20)

INTEGERS = st.integers(min_value=-(2**63), max_value=2**64 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=6,
)

SECTION_NAMES = st.one_of(
    st.sampled_from(["os", "os.packages", "env", "cpu", "python", "python.packages", "native"]),
    st.text(CHARACTERS, min_size=1, max_size=8),
)
KEYS = st.one_of(st.sampled_from(["id", "numpy", "libc.version", "PATH", "__LD_PRELOAD"]), TEXTS)
REASONS = st.text(CHARACTERS, min_size=1, max_size=20)


@st.composite
def sections(draw: st.DrawFn) -> Section:
    return Section(
        status=draw(st.sampled_from(Status)),
        origin=draw(st.sampled_from(Origin)),
        facts=draw(st.dictionaries(KEYS, VALUES, max_size=5)),
        reason=draw(st.none() | REASONS),
        gaps=draw(st.dictionaries(KEYS | st.just("*"), TEXTS, max_size=2)),
        origins=draw(st.dictionaries(KEYS, st.sampled_from(Origin), max_size=2)),
        identity=draw(st.frozensets(KEYS, max_size=2)),
    )


PROVENANCES = st.builds(
    Provenance,
    name=st.none() | TEXTS,
    target=st.none() | TEXTS,
    captured_at=st.none() | st.just("2026-01-31T12:00:00Z"),
    agent_version=st.none() | st.just("0.1.0"),
    duration_ms=st.none() | st.floats(min_value=0, max_value=1e6),
    extra=st.dictionaries(TEXTS.map("x-".__add__), VALUES, max_size=2),
)

SCHEMAS = st.sampled_from(["1.0", "1.1", "1.27"])


@st.composite
def fingerprints(draw: st.DrawFn) -> Fingerprint:
    """Sound fingerprints of any minor version, with their digest."""
    return sealed(
        Fingerprint(
            sections=draw(st.dictionaries(SECTION_NAMES, sections(), max_size=4)),
            provenance=draw(PROVENANCES),
            schema=draw(SCHEMAS),
        )
    )


@st.composite
def baselines(draw: st.DrawFn) -> Baseline:
    return sealed(
        Baseline(
            fingerprint=draw(fingerprints()),
            blessed_at="2026-02-01T08:30:00Z",
            blessed_by=draw(st.none() | TEXTS),
            reason=draw(st.none() | TEXTS),
        )
    )
