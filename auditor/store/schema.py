"""The JSON Schemas (2020-12) of the documents: `python -m auditor.store.schema docs/schema`.

They describe what is written. A reader of a later minor version meets more members, so none
of the objects is closed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from ..model import SCHEMA, ChangeKind, Origin, Status, Weight
from .writing import write

Schema = dict[str, object]

_MAJOR = SCHEMA.split(".")[0]
_SIDES = ("a", "b", "both")
_EFFECTS = ("numerics", "behaviour", "crash", "performance", "text", "time", "security")
_GATE_KINDS = (
    *(kind.value for kind in ChangeKind),
    *("not_compared", "withheld", "waiver", "required", "finding"),
    *("lock_missing", "lock_extra", "lock_version", "lock_source", "lock_integrity"),
    *("lock_python", "lock_unverified"),
)


def schemas() -> dict[str, Schema]:
    """Each document's schema by its kind."""
    return {
        "fingerprint": _document("fingerprint", "One environment", _FINGERPRINT),
        "baseline": _document("baseline", "A fingerprint that was blessed", _BASELINE),
        "comparison": _document("comparison", "What differs between two", _COMPARISON),
        "verdict": _document("verdict", "What the gate says", _VERDICT),
    }


def text_of(schema: Schema) -> str:
    """The content of a schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"


def main(directory: Path) -> None:
    """Write every schema into a directory, which is made where it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    for kind, schema in schemas().items():
        write(directory / f"{kind}.json", text_of(schema))


def _object(required: Schema, optional: Schema | None = None, about: str | None = None) -> Schema:
    described: Schema = {} if about is None else {"description": about}
    members = {**required, **(optional or {})}
    return {**described, "type": "object", "required": list(required), "properties": members}


def _map_of(member: Schema, about: str | None = None) -> Schema:
    described: Schema = {} if about is None else {"description": about}
    return {**described, "type": "object", "additionalProperties": member}


def _list_of(member: Schema, about: str | None = None) -> Schema:
    described: Schema = {} if about is None else {"description": about}
    return {**described, "type": "array", "items": member}


def _one_of(values: Iterable[str] | type[Enum]) -> Schema:
    return {"enum": [value.value if isinstance(value, Enum) else value for value in values]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _document(kind: str, title: str, body: Schema) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"envaudit {kind}: {title}",
        **_with_head(kind, body),
        "$defs": _definitions(kind),
    }


def _with_head(kind: str, body: Schema) -> Schema:
    members, required = body["properties"], body["required"]
    assert isinstance(members, dict)
    assert isinstance(required, list)
    head: Schema = {
        "kind": {"const": kind},
        "schema": {"type": "string", "pattern": rf"^{_MAJOR}\.[0-9]{{1,4}}$"},
    }
    return {"type": "object", "required": [*head, *required], "properties": {**head, **members}}


_TEXT: Schema = {"type": "string"}
_DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_ANY_VALUE: Schema = {
    "description": "A JSON scalar, a list of scalars, or a small object of these",
    "type": ["null", "boolean", "number", "string", "array", "object"],
    "items": _ref("value"),
    "additionalProperties": _ref("value"),
}
_PROVENANCE = _object(
    {},
    {
        "name": _TEXT,
        "target": _TEXT,
        "captured_at": _TIME,
        "agent_version": _TEXT,
        "duration_ms": {"type": "number"},
    },
    about="Where a fingerprint comes from; never compared",
)
_SECTION = _object(
    {
        "status": _one_of(Status),
        "origin": _one_of(Origin),
        "facts": _map_of(_ref("value"), "A fact's path is SECTION.KEY"),
    },
    {
        "reason": {"description": "Why the status is not ok", "type": "string"},
        "gaps": _map_of(_TEXT, "Keys that could not be read, with the reason; * is all others"),
        "origins": _map_of(_one_of(Origin), "Keys of another origin than the section's"),
        "identity": _list_of(_TEXT, "Keys that name an instance: never a difference"),
    },
)
_CHANGE = _object(
    {
        "path": _TEXT,
        "kind": _one_of(ChangeKind),
        "before": _ref("value"),
        "after": _ref("value"),
        "origin": _one_of(Origin),
    },
    {
        "weight": _one_of(Weight),
        "detail": _map_of(_ref("value"), "How: level and direction; added, removed, moved"),
        "folded_under": {"description": "The path that it follows from", "type": "string"},
    },
)
_NOT_COMPARED = _object(
    {"path": _TEXT, "reason": _TEXT},
    {
        "side": {"description": "Who cannot tell", **_one_of(_SIDES)},
        "withheld": {"description": "Kept back by redaction", "type": "boolean"},
    },
)
_EVIDENCE = _object({"path": _TEXT, "before": _ref("value"), "after": _ref("value")})
_FINDING = _object(
    {
        "rule": _TEXT,
        "name": _TEXT,
        "effects": _list_of(_one_of(_EFFECTS)),
        "severity": _TEXT,
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "message": _TEXT,
        "evidence": _list_of(_EVIDENCE),
        "remedy": _TEXT,
        "sources": _list_of(_TEXT),
    },
    {
        "title": {"description": "What the rule says, in a sentence", "type": "string"},
        "confirm": {"description": "How to make sure", "type": "string"},
    },
)
_GATE_ENTRY = _object(
    {
        "path": _TEXT,
        "kind": _one_of(_GATE_KINDS),
        "before": _ref("value"),
        "after": _ref("value"),
        "origin": {
            "description": "Empty for what is not a change",
            **_one_of([*(origin.value for origin in Origin), ""]),
        },
        "message": _TEXT,
        "decided_by": {"description": "The line of the policy that did", "type": "string"},
    },
    {
        "reason": {"description": "The waiver's", "type": ["string", "null"]},
        "decided_at": {"description": "Its place: FILE:LINE", "type": "string"},
        "owner": {"description": "The waiver's", "type": "string"},
    },
)
_FINGERPRINT = _object(
    {
        "digest": {"description": "Over the canonical sections", **_DIGEST},
        "provenance": _ref("provenance"),
        "sections": _map_of(_ref("section")),
    }
)
_BASELINE = _object(
    {
        "digest": {
            "description": "Over the canonical document without digest and signature",
            **_DIGEST,
        },
        "blessed": _object({"at": _TIME}, {"by": _TEXT, "reason": _TEXT}),
        "fingerprint": _ref("fingerprint"),
    },
    {
        "history": _list_of(
            _object({"at": _TIME}, {"by": _TEXT, "reason": _TEXT, "digest": _DIGEST}),
            "The blessings before this one, the oldest first",
        )
    },
)
_COMPARISON = _object(
    {
        "a": _ref("provenance"),
        "b": _ref("provenance"),
        "findings": _list_of(_FINDING, "Best first"),
        "changes": _list_of(_CHANGE),
        "unexplained": _list_of(_TEXT, "Paths of the changes that no finding explains"),
        "not_compared": _list_of(_NOT_COMPARED),
    }
)
_VERDICT = _object(
    {
        "passed": {"type": "boolean"},
        "violations": _list_of(_ref("entry")),
        "warnings": _list_of(_ref("entry")),
        "waived": _list_of(_ref("entry")),
        "not_compared": _list_of(_NOT_COMPARED),
    },
    {
        "baseline": _ref("provenance"),
        "fingerprint": _ref("provenance"),
        "ignored": {"description": "Changes that were let pass", "type": "integer", "minimum": 0},
        "lock": _object(
            {
                "source": _TEXT,
                "format": _TEXT,
                "required": _COUNT,
                "matching": _COUNT,
                "intact": _COUNT,
            },
            about="The lock file that was held against what is installed",
        ),
    },
)


def _definitions(kind: str) -> Schema:
    """What the document's schema refers to."""
    definitions: Schema = {"value": _ANY_VALUE, "provenance": _PROVENANCE}
    if kind in ("fingerprint", "baseline"):
        definitions["section"] = _SECTION
    if kind == "baseline":
        definitions["fingerprint"] = _with_head("fingerprint", _FINGERPRINT)
    if kind == "verdict":
        definitions["entry"] = _GATE_ENTRY
    return definitions


if __name__ == "__main__":
    match sys.argv[1:]:
        case [directory]:
            main(Path(directory))
        case _:
            sys.exit("usage: python -m auditor.store.schema DIRECTORY")
