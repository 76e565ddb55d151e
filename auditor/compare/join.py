"""The join of two fingerprints, fact by fact.

What one side does not know is not compared, and neither is what redaction withholds; a fact is
added or removed only where the other side knows that it has none.
"""

from __future__ import annotations

from dataclasses import replace

from ..model import (
    Change,
    ChangeKind,
    Comparison,
    Fingerprint,
    NotCompared,
    Origin,
    Section,
    Value,
)
from .fold import fold
from .values import Detail, difference, means_absent
from .versions import Scheme, describe, equivalent, os_scheme, scheme_of
from .weights import weight_of
from .withheld import suspicious, why_not_comparable

# The order in which people look: what they mend most easily comes first.
ORIGINS = (Origin.IMAGE, Origin.RUNTIME, Origin.HOST)
SECTIONS = (
    "os",
    "os.packages",
    "kernel",
    "cpu",
    "gpu",
    "limits",
    "process",
    "container",
    "env",
    "locale",
    "time",
    "filesystem",
    "network",
    "python",
    "python.path",
    "python.packages",
    "python.sources",
    "python.integrity",
    "conda",
    "native",
    "threads",
    "frameworks",
    "probes",
    "vulnerabilities",
)
# Where two sides disagree, the later decision counts: an image's default is overridden when
# the container is started.
_DECIDED = (Origin.IMAGE, Origin.HOST, Origin.RUNTIME)


def compare(a: Fingerprint, b: Fingerprint) -> Comparison:
    """Everything that differs from `a` to `b`, and everything that could not be compared.

    Provenance is not compared. Changes are ordered by origin, section and path;
    `compare(b, a)` is the mirror image.
    """
    join = _Join(a, b)
    for name in sorted(a.sections.keys() | b.sections.keys()):
        join.section(name)
    return Comparison(
        a=a.provenance,
        b=b.provenance,
        changes=tuple(sorted(fold(join.changes), key=_place)),
        not_compared=tuple(sorted(join.not_compared, key=_place_of_unknown)),
    )


def _place(change: Change) -> tuple[int, int, str, str]:
    return (ORIGINS.index(change.origin), *_section_place(change.section), change.path)


def _section_place(section: str) -> tuple[int, str]:
    """Sections of newer minor versions come last, by name."""
    return (SECTIONS.index(section) if section in SECTIONS else len(SECTIONS), section)


def _place_of_unknown(entry: NotCompared) -> tuple[int, str, str]:
    named = entry.path.removesuffix(".*")
    while named not in SECTIONS and "." in named:
        named = named.rpartition(".")[0]
    return (*_section_place(named), entry.path)


class _Join:
    """Collects the changes of one comparison."""

    def __init__(self, a: Fingerprint, b: Fingerprint) -> None:
        self._a = a
        self._b = b
        self._os_packages = _shared_order(a, b)
        self.changes: list[Change] = []
        self.not_compared: list[NotCompared] = []

    def section(self, name: str) -> None:
        ours, theirs = self._a.sections.get(name), self._b.sections.get(name)
        self._note(f"{name}.*", _why_all_unknown(ours), _why_all_unknown(theirs))
        if ours is None or theirs is None:
            return
        identity = ours.identity | theirs.identity
        gaps, their_gaps = _gaps(ours), _gaps(theirs)
        for gap in sorted((gaps.keys() | their_gaps.keys()) - identity):
            self._note(f"{name}.{gap}", _why_unknown(ours, gap), _why_unknown(theirs, gap))
        for key in sorted(ours.facts.keys() | theirs.facts.keys()):
            if key not in identity:
                self._fact(name, key, ours, theirs)

    def _note(self, path: str, ours: str | None, theirs: str | None) -> None:
        if ours is not None and theirs is not None:
            reason = ours if ours == theirs else f"A: {ours}; B: {theirs}"
            self.not_compared.append(NotCompared(path, reason, "both"))
        elif ours is not None:
            self.not_compared.append(NotCompared(path, ours, "a"))
        elif theirs is not None:
            self.not_compared.append(NotCompared(path, theirs, "b"))

    def _fact(self, section: str, key: str, ours: Section, theirs: Section) -> None:
        path = f"{section}.{key}"
        if key not in ours.facts or key not in theirs.facts:
            self._one_sided(section, key, ours, theirs)
            return
        before, after = ours.facts[key], theirs.facts[key]
        if isinstance(before, str) and before == after and not suspicious(before):
            return  # nearly all facts: spares them the closer looks below
        withheld = why_not_comparable(before, after)
        if withheld is not None:
            gap = NotCompared(path, withheld.reason, withheld.side, withheld=True)
            self.not_compared.append(gap)
            return
        detail = self._difference(path, before, after)
        if detail is not None:
            origin = max(ours.origin_of(key), theirs.origin_of(key), key=_DECIDED.index)
            self._add(
                Change(path, section, ChangeKind.CHANGED, before, after, origin, detail=detail)
            )

    def _one_sided(self, section: str, key: str, ours: Section, theirs: Section) -> None:
        path = f"{section}.{key}"
        if key in ours.facts:
            kind, here, there = ChangeKind.REMOVED, ours, theirs
        else:
            kind, here, there = ChangeKind.ADDED, theirs, ours
        # Where the other side does not know, its gap is noted with the reason.
        if there.why_unknown(key) is None and not means_absent(path, here.facts[key]):
            before, after = ours.facts.get(key), theirs.facts.get(key)
            self._add(Change(path, section, kind, before, after, here.origin_of(key)))

    def _add(self, change: Change) -> None:
        weight = weight_of(change.path, change.kind, change.detail)
        self.changes.append(replace(change, weight=weight))

    def _difference(self, path: str, before: Value, after: Value) -> Detail | None:
        detail = difference(path, before, after)
        if not detail and detail is not None:
            scheme = scheme_of(path, self._os_packages)
            if scheme is not None:
                return (
                    None if equivalent(before, after, scheme) else describe(before, after, scheme)
                )
        return detail


def _shared_order(a: Fingerprint, b: Fingerprint) -> Scheme | None:
    """The order of OS packages' versions, where both sides have the same."""
    schemes = {os_scheme(side.get("os.package_manager"), side.get("os.id")) for side in (a, b)}
    return schemes.pop() if len(schemes) == 1 else None


def _why_all_unknown(section: Section | None) -> str | None:
    """Why whatever a section does not list is unknown, or None where it is known."""
    return "section not collected" if section is None else section.why_unknown("*")


def _why_unknown(section: Section, key: str) -> str | None:
    """Of a key, or of all below one (`mounts.*`), which a wider gap may cover on this side."""
    return None if key in section.facts else section.why_unknown(key)


def _gaps(section: Section) -> dict[str, str]:
    """Single facts that are unknown. Where the whole section is, its own entry says so."""
    if not section.status.known:
        return {}
    return {
        key: reason
        for key, reason in section.gaps.items()
        if key != "*" and key not in section.facts
    }
