"""SARIF 2.1.0, as GitHub code scanning takes it: results on the lines of the baseline.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote

from ..model import Comparison, FactFile, Finding, GateEntry, RulePage, Verdict
from . import json as json_report
from .sanitize import fitted
from .wording import entry_cells, in_one_line, named, named_by, verdict_counts, why

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MAX_RESULTS = 5_000  # what code scanning keeps of a run
_VALUE = 300
_MESSAGE = 2000
_NAME = 240
_MAX_TAGS = 20

_LEVELS = {"high": "error", "medium": "warning", "low": "note"}
# What a change's kind is; the others speak of the comparison and of waivers, not of a fact.
_CHANGES = frozenset({"added", "removed", "changed"})
# `fail "python.*"`, `waiver "env.TZ" until 2026-12-31`, `follows env.TZ: warn "env.*"`
_LINE = re.compile(r'(?:follows .*: )?(fail|warn|ignore|leeway|waiver) "(.*)"', re.DOTALL)


def render_verdict(
    verdict: Verdict,
    comparison: Comparison,
    baseline: FactFile,
    pages: Mapping[str, RulePage],
    version: str,
) -> str:
    """A result for each violation (error), warning, and waived change (suppressed).

    Its rule is the one that the likeliest finding about the fact is from, else the policy's
    line. `pages` are the pages of rules by id; `version` is this program's.
    """
    return json_report.render(_Log(verdict, comparison, baseline, pages, version).document())


class _Log:
    def __init__(
        self,
        verdict: Verdict,
        comparison: Comparison,
        baseline: FactFile,
        pages: Mapping[str, RulePage],
        version: str,
    ) -> None:
        self._verdict = verdict
        self._findings = named_by(comparison.findings)
        self._baseline = baseline
        self._pages = pages
        self._version = version
        self._rules: dict[str, dict[str, object]] = {}
        self._seen: Counter[str] = Counter()
        self._uri = _uri(baseline.name)

    def document(self) -> dict[str, object]:
        entries = [
            (level, entry)
            for level, group in (
                ("error", self._verdict.violations),
                ("warning", self._verdict.warnings),
                ("note", self._verdict.waived),
            )
            for entry in group
        ]
        results = [self._result(level, entry) for level, entry in entries[:MAX_RESULTS]]
        driver = {
            "name": "envaudit",
            "version": self._version,
            "rules": list(self._rules.values()),
        }
        run = {
            "tool": {"driver": driver},
            "automationDetails": {
                "id": f"envaudit/{self._uri}/",
                "description": _message(
                    f"{named(self._verdict.fingerprint)} held against the baseline "
                    f"{named(self._verdict.baseline)}."
                ),
            },
            "invocations": [self._invocation(len(entries) - len(results))],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }
        return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}

    def _invocation(self, left_out: int) -> dict[str, object]:
        passed = self._verdict.passed
        told = [
            (
                "note",
                f"The gate {'passed' if passed else 'failed'}: {verdict_counts(self._verdict)}.",
            )
        ]
        if left_out:
            told.append(
                (
                    "warning",
                    f"{left_out:,} results are left out: code scanning keeps {MAX_RESULTS:,}.",
                )
            )
        return {
            "executionSuccessful": True,
            "exitCode": 0 if passed else 1,
            "exitCodeDescription": "passed" if passed else "the policy does not let this pass",
            "toolExecutionNotifications": [
                {"level": level, "message": _message(text)} for level, text in told
            ],
        }

    def _result(self, level: str, entry: GateEntry) -> dict[str, object]:
        rule = self._rule(entry)
        both = in_one_line(entry_cells(entry, _VALUE))
        parts = [f"'{entry.path}'", both and f"'{both}'", why(entry)]
        text = ": ".join(part for part in parts if part)
        result: dict[str, object] = {
            "ruleId": rule,
            "ruleIndex": list(self._rules).index(rule),
            "level": level,
            "message": _message(text),
            "locations": [self._location(entry.path)],
            "partialFingerprints": self._fingerprints(entry),
            "properties": {
                "kind": _text(entry.kind, _NAME),
                "origin": _text(entry.origin, _NAME),
                "decidedBy": _text(entry.decided_by, _NAME),
            },
        }
        if level == "note":
            justification = _text(entry.reason or entry.decided_by)
            result["suppressions"] = [
                {"kind": "external", "status": "accepted", "justification": justification}
            ]
        return result

    def _location(self, path: str) -> dict[str, object]:
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": self._uri, "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": self._baseline.line(path)},
            },
            "logicalLocations": [{"fullyQualifiedName": _text(path, _NAME), "kind": "member"}],
        }

    def _fingerprints(self, entry: GateEntry) -> dict[str, object]:
        """The same in each run in which the same fact differs in the same way, whatever its
        values are, wherever it stands in the file and whatever the policy says."""
        name = f"{entry.path}\0{entry.kind}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(name).hexdigest()
        self._seen[digest] += 1
        number = self._seen[digest]
        return {
            "envauditFact/v1": f"{digest}:{number}",
            # The one that code scanning goes by. It would otherwise take the line's text.
            "primaryLocationLineHash": f"{digest[:16]}:{number}",
        }

    # --- rules

    def _rule(self, entry: GateEntry) -> str:
        finding = self._findings.get(entry.path) if entry.kind in _CHANGES else None
        if finding is not None:
            name = _text(finding.rule, _NAME)
            if name not in self._rules:
                self._rules[name] = _described(name, finding, self._pages.get(finding.rule))
            return name
        name, summary = _policy_line(entry)
        if name not in self._rules:
            self._rules[name] = _policy_rule(name, summary)
        return name


def _described(name: str, finding: Finding, page: RulePage | None) -> dict[str, object]:
    """A rule of ours, with its page."""
    summary = page.summary if page else finding.title or finding.name
    effects = page.effects if page else finding.effects
    severity = page.severity if page else finding.severity
    sources = page.sources if page else finding.sources
    rule: dict[str, object] = {
        "id": name,
        "name": "".join(
            part.capitalize() for part in re.findall(r"[A-Za-z0-9]+", finding.name[:_NAME])
        ),
        "shortDescription": _message(summary),
        "fullDescription": _message(summary),
        "help": _message(page.text if page else finding.remedy, markdown=page is not None),
        "defaultConfiguration": {"level": _LEVELS.get(severity, "warning")},
        "properties": {
            # A set, by SARIF's schema.
            "tags": list(dict.fromkeys(_text(effect, _NAME) for effect in effects[:_MAX_TAGS])),
            "problem.severity": {"high": "error", "medium": "warning"}.get(
                severity, "recommendation"
            ),
        },
    }
    if address := next(filter(_is_address, sources), None):
        rule["helpUri"] = address
    return rule


def _policy_line(entry: GateEntry) -> tuple[str, str]:
    """The id and the meaning of the policy's line that decided: a glob, or a default."""
    match = _LINE.match(entry.decided_by)
    if match:
        kind = "waiver" if match[1] == "waiver" else "policy"
        glob = _text(match[2], _NAME)
        return f"{kind}/{glob}", f"The gate's {kind} has a line about '{glob}'."
    setting = entry.decided_by.rpartition("follows")[2].partition(" = ")
    if setting[1]:
        name = _text(setting[0].rpartition(": ")[2], _NAME)
        return f"policy/{name}", f"The policy's setting '{name}'."
    return "policy/default", "The policy has no line about this fact: every change fails."


def _policy_rule(name: str, summary: str) -> dict[str, object]:
    text = (
        f"{summary} Mend the difference, bless a new baseline (envaudit bless), or let the "
        "change pass in the policy: [gate] in envaudit.toml, with leeway for versions and waivers "
        "that have a reason and an end."
    )
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in re.findall(r"[A-Za-z0-9]+", name[:_NAME])),
        "shortDescription": _message(summary),
        "fullDescription": _message(text),
        "help": _message(text),
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["policy"]},
    }


def _is_address(source: str) -> bool:
    return re.fullmatch(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", source, re.ASCII) is not None


# --- the one place where text becomes SARIF's: a message is plain text, in which `[text](target)`
# --- would be a link and `{0}` a placeholder; JSON does the rest.

_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_PLACEHOLDER = re.compile(r"([{}])")


def _message(text: str, *, markdown: bool = False) -> dict[str, object]:
    """A message; with `markdown` a page of ours, not text from a fingerprint."""
    if markdown:
        return {"text": text, "markdown": text}
    return {"text": _PLACEHOLDER.sub(r"\1\1", _LINK.sub(r"\\[", _text(text)))}


def _uri(name: str) -> str:
    """A relative address; bytes of a file's name that are no text (PEP 383) as they are."""
    try:
        return quote(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return quote(name.encode("utf-8", "replace"))


def _text(text: str, room: int = _MESSAGE) -> str:
    return fitted(text, room)
