"""A rule's page, from its docstring and description: for `envaudit explain` and docs/rules/.

Generate the folder with `python -m auditor.explain.pages docs/rules`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ..model import RulePage
from .registry import Entry, all_rules, rule_by_id
from .rule import EFFECTS


def page(entry: Entry) -> str:
    """Markdown."""
    rule = entry.rule
    lines = [
        f"# {rule.id}: {rule.name}",
        "",
        entry.summary,
        "",
        f"Effects: {', '.join(rule.effects)}. Severity: {rule.severity}.",
        "",
    ]
    for heading, text in entry.parts.items():
        lines += [f"## {heading}", "", text, ""]
    lines += ["## How to mend", ""]
    for place, line in (
        ("Image", rule.remedy.image),
        ("Runtime", rule.remedy.runtime),
        ("Host", rule.remedy.host),
    ):
        if line:
            lines += [f"- {place}: {line}"]
    lines += ["", "## Facts it reads", ""]
    lines += [f"- `{glob}`" for glob in rule.reads]
    lines += ["", "## Sources", ""]
    lines += [f"- <{source}>" for source in rule.sources]
    return "\n".join(lines) + "\n"


def described(rule: str) -> RulePage | None:
    """What reports tell of a rule, by its id."""
    entry = rule_by_id(rule)
    if entry is None:
        return None
    return RulePage(
        rule=entry.rule.id,
        name=entry.rule.name,
        summary=" ".join(entry.summary.split("\n\n")[0].split()),
        effects=entry.rule.effects,
        severity=entry.rule.severity,
        text=page(entry),
        sources=entry.rule.sources,
    )


def index() -> str:
    """Markdown: all rules, by effect."""
    lines = [
        "# Rules",
        "",
        "What `envaudit compare` knows about differences that cause trouble. Each page is",
        "generated from the rule's own file in `auditor/explain/rules/` (`make docs`).",
    ]
    for effect in EFFECTS:
        entries = [entry for entry in all_rules() if entry.rule.effects[0] == effect]
        if entries:
            lines += ["", f"## {effect.capitalize()}", "", "| rule | name | what it says |"]
            lines += ["| --- | --- | --- |"]
        lines += map(_row, entries)
    return "\n".join(lines) + "\n"


def _row(entry: Entry) -> str:
    rule = entry.rule
    return f"| [{rule.id}]({rule.id}.md) | {rule.name} | {entry.summary.splitlines()[0]} |"


def write(folder: Path) -> None:
    """All pages into a folder, and away with pages of rules that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{entry.rule.id}.md": page(entry) for entry in all_rules()}
    pages["README.md"] = index()
    for stale in folder.glob("*.md"):
        if stale.name not in pages:
            stale.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
