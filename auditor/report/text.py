"""A comparison for a person at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rich.text import Text

from ..model import (
    Change,
    ChangeKind,
    Comparison,
    Evidence,
    Finding,
    NotCompared,
    Origin,
    Provenance,
    Weight,
)
from .layout import HIGH, ONLY_A, ONLY_B, QUIET, STRONG, Layout, Row, columns
from .sanitize import printable
from .screen import Screen
from .values import distance, pair, parts, version_note, words
from .verdict import render_verdict
from .wording import SIDES, WHERE, count, likely

__all__ = ["render_comparison", "render_verdict"]

# Names of facts that could not be compared, per reason, unless everything is shown.
_MAX_NAMES = 12
_MAX_FINDINGS = 5  # in full, unless everything is shown


def render_comparison(
    comparison: Comparison,
    *,
    show_all: bool = False,
    width: int | None = None,
    color: bool = False,
    ascii_only: bool = False,
) -> str:
    """The report. `width` in columns, None for a pipe; `show_all` unfolds noise, consequences
    and long lists; `ascii_only` for streams that can show nothing else."""
    screen = Screen(width, color, ascii_only)
    return screen.render(_Report(comparison, Layout(screen, show_all), show_all).lines())


class _Report:
    def __init__(self, comparison: Comparison, layout: Layout, show_all: bool) -> None:
        self._comparison = comparison
        self._layout = layout
        self._symbols = layout.symbols
        self._show_all = show_all
        self._causes = [change for change in comparison.changes if change.folded_under is None]
        self._by_path = {change.path: change for change in comparison.changes}
        self._followers: dict[str, list[Change]] = {}
        for change in comparison.changes:
            if change.folded_under is not None:
                self._followers.setdefault(change.folded_under, []).append(change)

    def lines(self) -> Iterator[Text]:
        yield from self._header()
        yield Text()
        yield from self._summary()
        if self._comparison.findings:
            yield Text()
            yield from self._findings(self._comparison.findings)
        if self._comparison.unexplained:
            yield Text()
            yield from self._unexplained(self._comparison.unexplained)
        for origin in Origin:
            changes = [change for change in self._causes if change.origin is origin]
            if changes:
                yield Text()
                yield from self._origin(origin, changes)
        if self._comparison.not_compared:
            yield Text()
            yield from self._not_compared(self._comparison.not_compared)
        if self._comparison.changes:
            yield Text()
            yield from self._ending()

    # --- the top

    def _header(self) -> Iterator[Text]:
        sides = (("A", self._comparison.a), ("B", self._comparison.b))
        for line in columns((side, *_who(provenance, self._layout)) for side, provenance in sides):
            first, *rest = self._layout.wrapped(line, indent=0, hang=3)
            first.stylize(STRONG, 0, 1)
            yield from (first, *rest)

    def _summary(self) -> Iterator[Text]:
        unknown = len(self._comparison.not_compared)
        if not self._comparison.changes:
            same = "No difference in what could be compared." if unknown else "No difference."
            yield Text(same, STRONG)
            return
        weights = Counter(change.weight for change in self._causes)
        summary = Text().append(count(len(self._causes), "difference"), STRONG).append(": ")
        told = [
            Text(f"{weights[weight]} {weight.value}", HIGH if weight is Weight.HIGH else "")
            for weight in Weight
            if weights[weight]
        ]
        summary.append_text(Text(", ").join(told))
        origins = Counter(change.origin for change in self._causes)
        where = [f"{origin.value} {origins[origin]}" for origin in Origin if origins[origin]]
        following = len(self._comparison.changes) - len(self._causes)
        extra = [f"{following} more follow from them"] if following > 1 else []
        extra = ["1 more follows from them"] if following == 1 else extra
        extra += [f"{unknown} not compared"] if unknown else []
        yield summary
        yield from self._layout.wrapped(f" {self._symbols.dot} ".join(where + extra), QUIET)
        legend = Text().append("! ", HIGH).append("high weight   ", QUIET)
        legend.append("+ ", ONLY_B).append("only in B   ", QUIET)
        yield legend.append("- ", ONLY_A).append("only in A", QUIET)

    # --- findings

    def _findings(self, findings: Sequence[Finding]) -> Iterator[Text]:
        """The first few in full, the others by a line each."""
        title = Text().append("FINDINGS", STRONG)
        yield title.append("  what can be responsible, the likeliest first", QUIET)
        shown = len(findings) if self._show_all else _MAX_FINDINGS
        for number, finding in enumerate(findings[:shown], 1):
            yield Text()
            yield from self._finding(number, finding)
        if findings[shown:]:
            yield Text()
        for number, finding in enumerate(findings[shown:], shown + 1):
            paths = self._layout.names([self._safe(e.path) for e in finding.evidence], 48, 1)
            line = (
                f"{number}. {self._safe(finding.title or finding.name)} ({finding.rule}): {paths}"
            )
            yield from self._layout.wrapped(line, QUIET, hang=3)

    def _finding(self, number: int, finding: Finding) -> Iterator[Text]:
        """A rule that fired: what, how likely, the evidence, how to confirm and to mend it."""
        lead = f"{number}. "
        title = self._safe(finding.title or finding.name).rstrip(".")
        yield from self._layout.wrapped(lead + title, HIGH, hang=len(lead))
        effects = ", ".join(map(self._safe, finding.effects))
        sure = likely(finding.confidence)
        rule = f"{self._safe(finding.rule)} {self._safe(finding.name)}"
        dot = f" {self._symbols.dot} "
        yield from self._layout.wrapped(dot.join((sure, effects, rule)), QUIET, indent=3)
        yield from self._layout.wrapped(self._safe(finding.message), indent=3)
        rows, seen = [], []
        for position, evidence in enumerate(finding.evidence):
            path = self._safe(evidence.path)
            # The decisive change with its values; objects and what is the same by name only.
            change = self._by_path.get(evidence.path)
            if change is None or (position and _is_large(evidence)):
                seen.append(path)
                continue
            rows.append(replace(self._row(change), name=path, mark=" "))
        yield from self._layout.rows(rows)
        if seen:
            yield from self._layout.wrapped(f"with {', '.join(seen)}", QUIET, indent=6, hang=2)
        if finding.confirm:
            confirm = f"Confirm  {self._safe(finding.confirm)}"
            yield from self._layout.wrapped(confirm, indent=3, hang=9)
        for place, remedy in enumerate(finding.remedy.splitlines()):
            indent = 3 if place == 0 else 12
            label = "Mend     " if place == 0 else ""
            hang = 9 if place == 0 else 0
            yield from self._layout.wrapped(label + self._safe(remedy), indent=indent, hang=hang)

    def _unexplained(self, paths: Sequence[str]) -> Iterator[Text]:
        """By name: their values stand below with all the others."""
        title = "UNEXPLAINED"
        told = f"  no finding names {count(len(paths), 'difference')}"
        yield Text().append(title, STRONG).append(told, QUIET)
        room = sum(map(len, paths)) * 2 if self._show_all else 2 * self._layout.width
        listed = self._layout.names([self._safe(path) for path in paths], room)
        yield from self._layout.wrapped(listed, QUIET, indent=3)

    # --- changes

    def _origin(self, origin: Origin, changes: Sequence[Change]) -> Iterator[Text]:
        title = f"{origin.value.upper()}  "
        for number, line in enumerate(self._layout.wrapped(title + WHERE[origin], QUIET, hang=2)):
            if number == 0:
                line.stylize(f"not dim {STRONG}", 0, len(title))
            yield line
        sections = [list(group) for _, group in groupby(changes, key=lambda change: change.section)]
        for section in sorted(sections, key=lambda group: min(one.weight.rank for one in group)):
            yield from self._section(section)

    def _section(self, changes: Sequence[Change]) -> Iterator[Text]:
        ranked = sorted(changes, key=lambda change: change.weight.rank)
        shown = [one for one in ranked if self._show_all or one.weight is not Weight.LOW]
        hidden = len(ranked) - len(shown)
        title = self._safe(changes[0].section)
        noise = f"{hidden} of low weight: --all shows {'it' if hidden == 1 else 'them'}"
        if not shown:
            yield Text().append(f" {title}  ", STRONG).append(noise, QUIET)
            return
        yield from self._layout.wrapped(title, STRONG, indent=1)
        below = [self._follow_lines(one) for one in shown]
        yield from self._layout.rows([self._row(one) for one in shown], below)
        if hidden:
            yield Text(f"      {noise}", QUIET)

    def _row(self, change: Change, follows: bool = False) -> Row:
        mark = "!" if change.weight is Weight.HIGH and not follows else " "
        name = self._safe(change.path) if follows else self._name(change)
        path, symbols = change.path, self._symbols
        if change.kind in (ChangeKind.ADDED, ChangeKind.REMOVED):
            added = change.kind is ChangeKind.ADDED
            value = words(path, change.after if added else change.before, symbols)
            side = "only in B" if added else "only in A"
            return Row(name, mark, "+" if added else "-", value=value, note=side, follows=follows)
        members = tuple(parts(path, change.detail, symbols))
        if members and not isinstance(change.before, dict):
            return Row(name, mark, parts=members, follows=follows)
        apart = distance(change.detail)
        if apart is not None:
            return Row(name, mark, value=apart, follows=follows)
        before, after = self._sides(change)
        note = version_note(change.detail, symbols)
        return Row(name, mark, before=before, after=after, note=note, follows=follows)

    def _sides(self, change: Change) -> tuple[str, str]:
        """Both values; of two objects only the members that differ."""
        before, after = change.before, change.after
        if isinstance(before, dict) and isinstance(after, dict):
            before, after = (
                {key: value for key, value in mine.items() if other.get(key, ...) != value}
                for mine, other in ((before, after), (after, before))
            )
        return pair(change.path, before, after, self._symbols)

    def _follow_lines(self, change: Change) -> list[Text]:
        """What follows from a change: a count and some names, or with --all each."""
        followers = self._followers.get(change.path, [])
        if self._show_all:
            return self._layout.rows([self._row(one, follows=True) for one in followers])
        followers = [one for one in followers if not _comes_along(one, change)]
        if not followers:
            return []
        verb = "follows" if len(followers) == 1 else "follow"
        lead = f"      +{len(followers)} that {verb} from it: "
        names = [self._safe(follower.path) for follower in followers]
        room = self._layout.width - len(lead)
        if len(names[0]) > room - 8:
            return [Text(lead.rstrip(": "), QUIET)]
        return [Text(lead + self._layout.names(names, room), QUIET)]

    # --- the rest

    def _not_compared(self, entries: Sequence[NotCompared]) -> Iterator[Text]:
        yield Text().append("NOT COMPARED", STRONG).append("  neither equal nor different", QUIET)
        reasons: dict[tuple[str, str], list[str]] = {}
        for entry in entries:
            side = "" if entry.withheld else f"{SIDES.get(entry.side, entry.side)}: "
            reasons.setdefault((side, entry.reason), []).append(self._safe(entry.path))
        for (side, reason), paths in reasons.items():
            yield from self._layout.wrapped(f"{side}{self._safe(reason)}", indent=1, hang=2)
            limit = None if self._show_all else _MAX_NAMES
            names = self._layout.names(paths, room=10**9, limit=limit)
            yield from self._layout.wrapped(names, QUIET, indent=6)

    def _ending(self) -> Iterator[Text]:
        low = sum(change.weight is Weight.LOW for change in self._causes)
        folded = len(self._comparison.changes) - len(self._causes)
        hidden = [f"{low} of low weight"] * bool(low) + [f"{folded} that follow"] * bool(folded)
        hints = [f"--all shows also the {' and the '.join(hidden)}"] if hidden else []
        hints = [] if self._show_all else hints
        hints += ["--format json is for programs", "envaudit gate keeps it from coming back"]
        yield from self._layout.wrapped("; ".join(hints) + ".", QUIET)

    def _safe(self, text: str) -> str:
        return printable(text, ascii_only=self._symbols.ascii_only)

    def _name(self, change: Change) -> str:
        return self._safe(change.key) or '""'


def _is_large(evidence: Evidence) -> bool:
    return any(isinstance(value, (dict, list)) for value in (evidence.before, evidence.after))


def _comes_along(follower: Change, cause: Change) -> bool:
    """What is told of a distribution comes and goes with it: not worth a line."""
    one_sided = cause.kind in (ChangeKind.ADDED, ChangeKind.REMOVED)
    return one_sided and follower.kind is cause.kind and follower.key == cause.key


def _who(provenance: Provenance, layout: Layout) -> Iterable[str]:
    """Name, target and time of one side."""
    ascii_only = layout.symbols.ascii_only
    target = printable(provenance.target or "", ascii_only=ascii_only)
    name = printable(provenance.name or "", ascii_only=ascii_only)
    time = printable(provenance.captured_at or "", ascii_only=ascii_only)
    if len(time) >= len("2026-01-31T12:00:00Z") and time.endswith("Z"):
        time = f"{time[:10]} {time[11:19]} UTC"
    return name or target or "(unnamed)", target if name and name != target else "", time
