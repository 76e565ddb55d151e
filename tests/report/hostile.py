"""What somebody who owns a container could put into its fingerprint to take over a report, and
comparisons and verdicts that hold it wherever text can stand."""

from __future__ import annotations

# ruff: noqa: E501 (payloads are read more easily side by side)
from auditor.model import (
    Change,
    ChangeKind,
    Comparison,
    Evidence,
    FactFile,
    Finding,
    Fingerprint,
    GateEntry,
    NotCompared,
    Origin,
    Provenance,
    RulePage,
    Section,
    Status,
    Verdict,
    Weight,
)
from auditor.store.decode import MAX_KEY_LENGTH

MEGABYTE = 1024 * 1024

_TERMINAL = [
    "\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;http://evil.test\x1b\\x\x1b]8;;\x1b\\",
    "\x1b[6n", "\x1bP+q544e\x1b\\", "\x1b[?1049h", "\x9b31m", "\x9d0;t\x9c", "\x07\x08\x0b\x0c", "a\rb", "a\r\nb",
    "a\nb", "\n\n\n", "a\tb", "\x7f\x7f", "\x1b[1A\x1b[2K", "\x1b(0lqk\x1b(B", "\x0e\x0f", "\x1bc", "\x85", "\x00", "a\x00b",
]  # fmt: skip
_RICH = [
    "[red]x[/red]",
    "[link=http://evil.test]x[/link]",
    "[/]",
    "[bold",
    ":skull:",
    "[@click=f()]x[/]",
]
_MARKDOWN = [
    "# heading", "- list", "1. list", "> quote", "```\ncode\n```", "    code", "---", "***", "===", "a\n===\n",
    "**bold**", "*it*", "__b__", "_i_", "~~s~~", "`code`", "``c`", "`", "```", "a`b", "a``b`", "\\", "a\\", "\\`",
    "[x](http://evil.test)", "![x](http://evil.test/i.png)", "[x]: http://evil.test", "[^1]", "<http://evil.test>",
    "http://evil.test", "https://evil.test/a_b_c", "www.evil.test", "WWW.EVIL.TEST", "mailto:a@evil.test", "a@evil.test",
    "@somebody", "x @somebody/team", "#123", "org/repo#1", "GH-12", "a|b", "|", "\\|", "a\\|b", "a\\\\|b", "| --- |",
    "| a | b |\n| --- | --- |", "$x^2$", "$$\\foo$$", "&lt;b&gt;", "&#42;x&#42;", "&copy;", "- [ ] task", "[!NOTE]",
    "> [!WARNING]\n> x", "<!-- x", "-->", "<details>", "</details>", "</summary>", "</td></tr></table>", "a  \nb",
]  # fmt: skip
_HTML = [
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>", '" onmouseover="alert(1)', "' onfocus='alert(1)", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "</style><b>", "</title><b>",
    "<iframe src=//evil.test>", "<base href=//evil.test>", "<meta http-equiv=refresh content=0>", "<b", "<!--",
    "<![CDATA[x]]>", "]]>", "]]]]><![CDATA[>", "<?xml version='1.0'?>", "<!DOCTYPE x>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "&x;", "&#0;", "&#x1b;", "<plaintext>", "<template>", "<math><mi//xlink:href='data:x'>", "{{7*7}}", "{% x %}", "${7*7}",
    "https://evil.test/\"><script>", "https://evil.test/ x",
]  # fmt: skip
_COMMANDS = [
    "::set-output name=a::b", "::error::x", "\n::error::x", "x\r\n::error file=a::b", "%0A::error::x", "%0D%0A::stop-commands::x",
    "::add-mask::x", "  ::warning::x", "::stop-commands::x", "::debug::", "##[error]x", "##[add-path]/x", "##vso[task.setvariable variable=a]b",
    "##teamcity[buildStop]", "a ##[command]x", "::group::x", "%", "%25", "%3A%2C", "a,line=1::b", "::",
]  # fmt: skip
_FORMULAS = [
    "=1+1",
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    '=HYPERLINK("http://evil.test")',
]
_UNICODE = [
    "\u202etxt.exe", "\u2066x\u2069", "\u200bzero", "\ufeff", "\u2028", "\u2029", "\udcff", "\ud800", "\udfff\ud800",
    "e" + "\u0301" * 50, "\ue000", "\uffff", "\ufffe", "\U0001fffe", "\U000e0041\U000e0042", "\u3164", "\u00a0", "\u00ad",
    "\u0000\u0001\u0002", "\u061c", "caf\u00e9 \u6771\u4eac \U0001f600", "\U0010ffff",
]  # fmt: skip
_DATA = [
    "", " ", "  padded  ", '"', "'", "{0}", "{{0}}", "[a](1)", "[a](https://evil.test)", '{"a": 1}', "null", "\\u0000", "\\x1b",
    "<" * MEGABYTE, "\x1b" * 70_000, "|" * 70_000, "a b " * (MEGABYTE // 4), "../../etc/passwd",
]  # fmt: skip
PAYLOADS = [
    *_TERMINAL, *_RICH, *_MARKDOWN, *_HTML, *_COMMANDS, *_FORMULAS, *_UNICODE, *_DATA,
]  # fmt: skip


def comparison(text: str) -> Comparison:
    """The payload as value, name, section, target, label, reason and in every word of a finding."""
    name = text[:MAX_KEY_LENGTH]
    path = f"env.{name}"
    line = "".join(text.splitlines()) or "x"  # remedies are of several lines, each its own
    return Comparison(
        a=Provenance(text, text, text, text),
        b=Provenance(None, text),
        changes=(
            Change(path, "env", ChangeKind.CHANGED, text, f"{text}x", Origin.RUNTIME, Weight.HIGH),
            Change(f"{name}.new", name, ChangeKind.ADDED, None, text, Origin.IMAGE),
            Change(
                f"container.labels.{name}", "container", ChangeKind.REMOVED, [text, text], None,
                Origin.HOST, Weight.LOW,
            ),
            Change(
                "env.object", "env", ChangeKind.CHANGED, {text: text, "k": 1}, {text: 1}, Origin.IMAGE
            ),
            Change(
                "env.list", "env", ChangeKind.CHANGED, ["x", text], ["x"], Origin.RUNTIME,
                detail={"removed": [text], "added": [], "moved": ["x"]}, folded_under=path,
            ),
            Change(
                "env.version", "env", ChangeKind.CHANGED, "1", "2", Origin.IMAGE,
                detail={"level": text, "direction": text},
            ),
        ),
        not_compared=(NotCompared(path, text, "b"), NotCompared(f"{name}.*", text, text, True)),
        findings=(
            Finding(
                text, text, (text, text), text, 0.9, text, (Evidence(path, text, {text: text}),),
                f"image: {line}\nruntime: {line}", (text, "https://docs.test/a_b?c=d#e"), text, text,
            ),
            Finding("EA101", "name", ("numerics",), "high", 0.1, text, (), line, (text,)),
        ),
        unexplained=(path, name),
    )  # fmt: skip


def sides(text: str) -> tuple[Fingerprint, Fingerprint]:
    """The payload as what is equal, what one side does not know, and what names an instance."""
    name = f"{text[:MAX_KEY_LENGTH]}."
    ours = Section(
        Status.OK, Origin.IMAGE, {name: text, f"{name}b": [text], f"{name}c": {text: text}}
    )
    theirs = Section(
        Status.OK,
        Origin.HOST,
        {name: text},
        text,
        {f"{name}b": text},
        identity=frozenset({f"{name}c"}),
    )
    only = Section(Status.OK, Origin.RUNTIME, {"": text})
    return Fingerprint({"env": ours, name: only}), Fingerprint({"env": theirs})


def verdict(text: str) -> Verdict:
    """The payload as value, name, message, and in the policy's lines and waivers."""
    name = text[:MAX_KEY_LENGTH]
    path = f"env.{name}"
    return Verdict(
        passed=False,
        baseline=Provenance(text, text, text),
        fingerprint=Provenance(None, text, "2026-01-31T12:00:00Z"),
        violations=(
            GateEntry(path, "changed", text, f"{text}x", "runtime", text, f'fail "{text}"'),
            GateEntry(name, "added", None, text, text, text, text),
            GateEntry(name, text, None, None, "", text, f"{text} = fail"),
        ),
        warnings=(GateEntry(f"{name}.*", "removed", [text], None, text, text, text),),
        waived=(
            GateEntry(
                "env.W", "changed", "1", "2", text, text, f'waiver "{text}" until {text}', text
            ),
        ),
        ignored=1,
        not_compared=(NotCompared(path, text, "b"),),
    )


def baseline(text: str) -> FactFile:
    return FactFile(f"{text[:1000]}/baseline.json", {f"env.{text[:MAX_KEY_LENGTH]}": 7}, {"env": 3})


def pages(text: str) -> dict[str, RulePage]:
    return {text: RulePage(text, text, text, (text,), text, "# A page of ours", (text,))}
