"""The in-toto statement that is signed: which image, and what was blessed of it.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import re

from ..model import Baseline, Fingerprint
from ..store import canonical, document

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
# The version is of the predicate's meaning; its document has a schema of its own.
PREDICATE_TYPE = "https://github.com/container-envaudit/envaudit/baseline/v1"

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def statement(baseline: Baseline) -> bytes:
    """Canonical JSON: one baseline has exactly one statement, so that a signature of another one,
    with members left out or in another order, is none of it."""
    content = {
        "_type": STATEMENT_TYPE,
        "subject": [_subject(baseline.fingerprint)],
        "predicateType": PREDICATE_TYPE,
        "predicate": document(baseline),
    }
    return canonical(content)


def _subject(fingerprint: Fingerprint) -> dict[str, object]:
    """The image by its digest in a registry, else by its ID; where it has none (an environment
    that is no image) the fingerprint itself."""
    name = fingerprint.get("container.image") or fingerprint.provenance.target or "environment"
    digests = [fingerprint.get(f"container.image_{kind}") for kind in ("digest", "id")]
    for digest in (*digests, str(document(fingerprint)["digest"])):
        found = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
        if found:
            return {"name": str(name), "digest": {"sha256": found[1]}}
    raise AssertionError("a fingerprint has a digest")
