"""Records the fingerprints of real cases for the tests.

    python -m tests.explain.record CASES SAVED [FOLDER ...]

CASES is a folder of cases, SAVED what `bench/explain.py CASES --save SAVED` captured of them.
Where the cases' files lay on the recording machine (CASES, and the other FOLDERs) is replaced;
nothing else is changed.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor import store
from auditor.model import Fingerprint, Value

RECORDED = Path(__file__).parent / "recorded" / "cases.jsonl.xz"


@dataclass(frozen=True)
class RecordedCase:
    """Two sides of a case, and the globs that its proven cause's evidence matches."""

    name: str
    kind: str
    accept: tuple[str, ...]
    a: Fingerprint
    b: Fingerprint


def recorded_cases() -> list[RecordedCase]:
    """In the order of their names."""
    with lzma.open(RECORDED, "rt", encoding="utf-8") as lines:
        return [_case(json.loads(line)) for line in lines]


def _case(table: dict[str, Any]) -> RecordedCase:
    name = table["case"]
    sides = [store.parse(json.dumps(table[side]).encode(), f"{name}/{side}") for side in "ab"]
    return RecordedCase(name, table["kind"], tuple(table["accept"]), *sides)


def _records(cases: Path, saved: Path, folders: Sequence[str]) -> Iterator[str]:
    for path in sorted(saved.glob("*/a.json")):
        name = path.parent.name
        spec = json.loads((cases / name / "case.json").read_text())
        record = {"case": name, "kind": spec["kind"], "accept": spec["accept"]}
        for side in "ab":
            fingerprint = store.load(path.with_name(f"{side}.json"))
            replaced = _without(fingerprint, (*folders, str(cases.resolve())))
            record[side] = json.loads(store.dumps(store.sealed(replaced)))
        yield json.dumps(record, sort_keys=True) + "\n"


def _without(fingerprint: Fingerprint, folders: Sequence[str]) -> Fingerprint:
    """With another folder instead of these, in every text."""

    def text(value: str) -> str:
        for folder in folders:
            value = value.replace(folder, "/srv/cases")
        return value

    def scrubbed(value: Value) -> Value:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return [scrubbed(member) for member in value]
        if isinstance(value, dict):
            return {text(key): scrubbed(member) for key, member in value.items()}
        return value

    sections = {
        name: replace(
            section,
            facts={text(key): scrubbed(value) for key, value in section.facts.items()},
            identity=frozenset(map(text, section.identity)),
            origins={text(key): origin for key, origin in section.origins.items()},
            gaps={text(key): text(reason) for key, reason in section.gaps.items()},
        )
        for name, section in fingerprint.sections.items()
    }
    return replace(fingerprint, sections=sections)


def main() -> None:
    cases, saved, *folders = sys.argv[1:]
    RECORDED.parent.mkdir(exist_ok=True)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
    with lzma.open(RECORDED, "wt", encoding="utf-8", filters=filters) as out:
        out.writelines(_records(Path(cases), Path(saved), folders))


if __name__ == "__main__":
    main()
