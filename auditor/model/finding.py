"""A finding: a rule that fired, with its evidence and the remedy."""

from __future__ import annotations

from dataclasses import dataclass

from .fingerprint import Value


@dataclass(frozen=True, slots=True)
class Evidence:
    """A change or fact that a finding rests on."""

    path: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class RulePage:
    """What a rule knows, for readers: `text` is its page in Markdown, `summary` its first
    sentence, `sources` the addresses that it rests on."""

    rule: str
    name: str
    summary: str
    effects: tuple[str, ...]
    severity: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about a comparison.

    `title` is the rule's summary; `confidence` is between 0 and 1; `confirm` says how to make
    sure, `remedy` how to make the sides alike, a line for each place where that can be done.
    """

    rule: str
    name: str
    effects: tuple[str, ...]
    severity: str
    confidence: float
    message: str
    evidence: tuple[Evidence, ...]
    remedy: str
    sources: tuple[str, ...]
    title: str = ""
    confirm: str = ""
