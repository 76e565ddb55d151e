"""All rules, found by scanning `rules/`."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import cleandoc

from . import rules as folder
from .docstrings import docstring_of
from .rule import HEADINGS, Check, Rule


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule with its judgement and its page, which is the docstring of its module."""

    rule: Rule
    check: Check
    module: str

    @property
    def docstring(self) -> str:
        return _docstring(self)

    @property
    def summary(self) -> str:
        """The docstring's first paragraphs."""
        return _sections(self.docstring)[0]

    @property
    def parts(self) -> dict[str, str]:
        """The text below each of `HEADINGS`."""
        return _sections(self.docstring)[1]


@cache
def all_rules() -> tuple[Entry, ...]:
    """Every rule, by id. Raises `ValueError` for a module that is none: a defect of ours."""
    found = []
    for module_info in pkgutil.iter_modules(folder.__path__):
        module = import_module(f"{folder.__name__}.{module_info.name}")
        rule = getattr(module, "RULE", None)
        check = getattr(module, "check", None)
        if not isinstance(rule, Rule) or not callable(check):
            raise ValueError(f"{module_info.name} has no RULE or no check")
        found.append(Entry(rule, check, module_info.name))
    return tuple(sorted(found, key=lambda entry: entry.rule.id))


def rule_by_id(identifier: str) -> Entry | None:
    """By id in any case, or by name."""
    wanted = identifier.strip().lower()
    for entry in all_rules():
        if wanted in (entry.rule.id.lower(), entry.rule.name):
            return entry
    return None


@cache
def _docstring(entry: Entry) -> str:
    """When it is asked for: to read them all from their sources would take longer than to compare.
    Without a source the name is what there is to say."""
    module = import_module(f"{folder.__name__}.{entry.module}")
    return docstring_of(module) or entry.rule.name.replace("-", " ")


@cache
def _sections(docstring: str) -> tuple[str, dict[str, str]]:
    """The docstring's first paragraphs, and the text under each heading (a line by itself)."""
    parts: dict[str, list[str]] = {"": []}
    heading = ""
    for line in cleandoc(docstring).splitlines():
        if line.strip() in HEADINGS:
            heading = line.strip()
            parts[heading] = []
        else:
            parts[heading].append(line)
    return (
        "\n".join(parts.pop("")).strip(),
        {name: cleandoc("\n".join(lines)).strip() for name, lines in parts.items()},
    )
