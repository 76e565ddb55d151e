"""Short ways to make fingerprints."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.compare import compare
from auditor.model import Change, Comparison, Fingerprint, Origin, Section, Status, Value

# Names that hold a dot come first: `python.packages.numpy` belongs to `python.packages`.
_DOTTED = ("os.packages", "python.path", "python.packages", "python.sources", "python.integrity")


def section(facts: Mapping[str, Value] | None = None, **members: object) -> Section:
    members = {"status": Status.OK, "origin": Origin.IMAGE, **members}
    return Section(facts=facts or {}, **members)  # type: ignore[arg-type]


def fingerprint(facts: Mapping[str, Value]) -> Fingerprint:
    """From paths; a section that is named by a path `<section>.` exists without facts."""
    sections: dict[str, dict[str, Value]] = {}
    for path, value in facts.items():
        name = next((name for name in _DOTTED if path.startswith(f"{name}.")), "")
        name = name or path.partition(".")[0]
        members = sections.setdefault(name, {})
        if path != f"{name}.":
            members[path[len(name) + 1 :]] = value
    return Fingerprint({name: section(members) for name, members in sections.items()})


def compared(a: Mapping[str, Value], b: Mapping[str, Value]) -> Comparison:
    """Both sides know every section that either names."""
    both = [f"{name}." for name in {**fingerprint(a).sections, **fingerprint(b).sections}]
    known: dict[str, Value] = dict.fromkeys(both)
    return compare(fingerprint({**known, **a}), fingerprint({**known, **b}))


def change(path: str, before: Value, after: Value) -> Change | None:
    """The change that two values of one fact make."""
    changes = compared({path: before}, {path: after}).changes
    assert len(changes) <= 1
    return changes[0] if changes else None
