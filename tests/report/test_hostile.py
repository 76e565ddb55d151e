"""Every format against everything that a fingerprint can say, by a parser of the format.

The measure is the same for all: a report has the same structure (elements, attributes, tokens,
commands) whatever the facts say, and their text is found in it again, as text.
"""

from __future__ import annotations

import inspect
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

import cmarkgfm
import html5lib
import pyte
import pytest
from cmarkgfm.cmark import Options
from lxml import etree
from markdown_it import MarkdownIt

from auditor.report import github, html, junit, markdown, sarif
from auditor.report import json as json_report
from auditor.report.sanitize import visible
from auditor.report.text import render_comparison, render_verdict
from auditor.store.decode import MAX_KEY_LENGTH
from tests.report.hostile import PAYLOADS, baseline, comparison, pages, sides, verdict
from tests.report.workflow_commands import obeyed, parse

HARMLESS = "harmless"
SCHEMAS = Path(__file__).parent / "schemas"
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def named(payload: str) -> str:
    return ascii(payload[:24]) + (f"*{len(payload)}" if len(payload) > 99 else "")


def hostile(check: Callable[..., None]) -> Callable[..., None]:
    """One test for all payloads: thousands of them would take longer to be told than to run."""

    def test(**arguments: object) -> None:
        failures = {}
        for payload in PAYLOADS:
            try:
                check(**arguments, payload=payload)
            except AssertionError as error:
                failures[named(payload)] = str(error)[:400]
        assert failures == {}

    parameters = [name for name in inspect.signature(check).parameters if name != "payload"]
    test.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in parameters]
    )
    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


def shown(payload: str) -> str:
    """The beginning of what a reader is to see; blanks are nobody's matter."""
    return " ".join(visible(payload[:60]).split())


def told(text: str, payload: str) -> bool:
    return shown(payload) in " ".join(text.split())


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100


# --- every format


REPORTS = {
    "compare text": lambda text: render_comparison(comparison(text), width=80),
    "compare text --all": lambda text: render_comparison(comparison(text), show_all=True),
    "compare text, ASCII": lambda text: render_comparison(
        comparison(text), width=40, ascii_only=True
    ),
    "compare json": lambda text: json_report.render(
        json_report.comparison_document(comparison(text))
    ),
    "compare markdown": lambda text: markdown.render_comparison(comparison(text)),
    "compare html": lambda text: html.render_comparison(comparison(text), *sides(text)),
    "gate text": lambda text: render_verdict(verdict(text)),
    "gate text, narrow": lambda text: render_verdict(verdict(text), width=40),
    "gate json": lambda text: json_report.render(json_report.verdict_document(verdict(text))),
    "gate markdown": lambda text: markdown.render_verdict(
        verdict(text), comparison(text), baseline(text)
    ),
    "gate html": lambda text: html.render_verdict(
        verdict(text), comparison(text), *sides(text), baseline(text)
    ),
    "gate junit": lambda text: junit.render_verdict(verdict(text)),
    "gate sarif": lambda text: sarif.render_verdict(
        verdict(text), comparison(text), baseline(text), pages(text), "1.2.3"
    ),
    "gate github": lambda text: github.render_verdict(verdict(text), baseline(text)),
}


# A terminal can be scrolled, and JSON is for programs: these tell all.
LONG = {"text", "text,", "json"}


@cache
def report(name: str, payload: str) -> str:
    return REPORTS[name](payload)


@pytest.mark.parametrize("name", REPORTS)
@hostile
def test_no_report_can_be_obeyed_or_refused(name: str, payload: str) -> None:
    """By a terminal, by a log of continuous integration, by an encoder."""
    if "--all" in name and len(payload) > 99:
        return  # shows it all, which takes its time
    text = report(name, payload)
    text.encode("utf-8")
    assert not CONTROLS.search(text)
    if name != "gate github":
        assert obeyed(text) == []


# --- a terminal


@pytest.mark.parametrize("name", ["compare text", "gate text, narrow"])
@hostile
def test_a_terminal_shows_the_report_and_does_nothing_else(name: str, payload: str) -> None:
    text = report(name, payload)
    lines = text.split("\n")[:200]
    screen = pyte.Screen(100, len(lines) + 1)
    pyte.Stream(screen).feed("\r\n".join(lines))
    seen = [row.rstrip() for row in screen.display[: len(lines)]]
    # The terminal composes marks with their letters.
    assert seen == [unicodedata.normalize("NFC", line) for line in lines]
    assert (screen.title, screen.mode & {pyte.modes.DECSCNM}) == ("", set())
    default = screen.default_char
    for row in screen.buffer.values():
        for cell in row.values():
            assert cell._replace(data=default.data) == default


# --- JSON


@hostile
def test_json_holds_every_character(payload: str) -> None:
    document = json.loads(report("compare json", payload))
    assert document["changes"][0]["before"] == payload
    assert document["changes"][0]["path"] == f"env.{payload[:MAX_KEY_LENGTH]}"
    judged = json.loads(report("gate json", payload))
    assert judged["waived"][0]["reason"] == payload


# --- HTML and Markdown: the tree


Node: TypeAlias = "tuple[object, object, list[Node]]"


def tree(source: str) -> ET.Element:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(source)


def skeleton(element: ET.Element, ours: frozenset[str] = frozenset()) -> Node:
    """Elements, and attributes with the values of those that are not data."""
    attributes = sorted(
        (name, value if name in ours else "") for name, value in element.attrib.items()
    )
    return element.tag, attributes, [skeleton(child, ours) for child in element]


def text_of(element: ET.Element) -> str:
    return "".join(element.itertext())


OUR_ATTRIBUTES = frozenset({"href", "rel", "class", "id", "type", "http-equiv", "scope", "role"})


@pytest.mark.parametrize("name", ["compare html", "gate html"])
@hostile
def test_html_has_the_same_tree_whatever_the_facts_say(name: str, payload: str) -> None:
    if not payload:
        return  # what would show it is left out
    page, harmless = tree(report(name, payload)), tree(report(name, HARMLESS))
    assert without_links(skeleton(page, OUR_ATTRIBUTES)) == without_links(
        skeleton(harmless, OUR_ATTRIBUTES)
    )
    assert told(text_of(page), payload)
    for element in page.iter():
        if isinstance(element.tag, str):
            assert not any(key.lower().startswith("on") or key == "style" for key in element.attrib)
        if "href" in element.attrib:
            assert re.match(r"(https?://|#)", element.attrib["href"])


def without_links(node: Node) -> Node:
    """An address that is one may be followed: the only element that depends on a fact."""
    tag, attributes, children = node
    return tag, attributes, [] if tag == "dd" else [without_links(child) for child in children]


@cache
def commonmark() -> MarkdownIt:
    parser = MarkdownIt("gfm-like", {"html": True})
    # GitHub makes links of `www.`, `http://` and addresses of mail, not of `evil.test`.
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})
    return parser


def by_markdown_it(source: str) -> str:
    return str(commonmark().render(source))


def by_github(source: str) -> str:
    """GitHub's own implementation, raw HTML let through."""
    extensions = ["table", "autolink", "strikethrough", "tasklist"]
    return str(
        cmarkgfm.markdown_to_html_with_extensions(
            source, options=Options.CMARK_OPT_UNSAFE, extensions=extensions
        )
    )


def without_code(element: ET.Element) -> Iterator[str]:
    """The text in which GitHub looks for mentions and references: all but code."""
    if element.tag not in ("code", "pre"):
        yield element.text or ""
        for child in element:
            yield from without_code(child)
            yield child.tail or ""


@pytest.mark.parametrize("name", ["compare markdown", "gate markdown"])
@pytest.mark.parametrize("parser", [by_markdown_it, by_github])
@hostile
def test_markdown_has_the_same_tree_whatever_the_facts_say(
    name: str, payload: str, parser: object
) -> None:
    if not payload:
        return  # what would show it is left out
    text = report(name, payload)
    page = tree(parser(text))  # type: ignore[operator]
    harmless = tree(parser(report(name, HARMLESS)))  # type: ignore[operator]
    if "\n**Left out: " in text:  # the page is full, and says what is missing
        assert len(text) > 0.9 * markdown.MAX_LENGTH
    else:
        assert without_code_spans(skeleton(page)) == without_code_spans(skeleton(harmless))
    assert told(text_of(page).replace("\u200b", ""), payload)
    loose = "\n".join(without_code(page))
    assert not re.search(r"@\w|#\d|\bGH-\d", loose, re.ASCII | re.IGNORECASE)


def without_code_spans(node: Node) -> Node:
    """Code is harmless: backquotes in a sentence may make some, an empty value has none."""
    tag, attributes, children = node
    return tag, attributes, [without_code_spans(one) for one in children if one[0] != "code"]


@pytest.mark.parametrize("name", ["compare markdown", "gate markdown"])
@hostile
def test_markdown_stays_below_githubs_limit(name: str, payload: str) -> None:
    assert len(report(name, payload)) <= 65_536


# --- JUnit


@cache
def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


@hostile
def test_junit_is_valid_and_has_the_same_tree(payload: str) -> None:
    text = report("gate junit", payload)
    root = etree.parse(io.BytesIO(text.encode()), etree.XMLParser(resolve_entities=False))
    junit_schema().assertValid(root)
    page = ET.fromstring(text)
    assert skeleton(page) == skeleton(ET.fromstring(report("gate junit", HARMLESS)))
    cases = page.findall("testsuite/testcase")
    assert len(cases) == 5
    assert told(cases[0].attrib["name"], payload)
    assert told(cases[4].find("skipped").attrib["message"], payload)  # type: ignore[union-attr]


# --- workflow commands


@hostile
def test_commands_are_those_that_were_meant(payload: str) -> None:
    lines = report("gate github", payload).split("\n")
    commands = [parse(line) for line in lines[:5]]
    names = [command.name if command else None for command in commands]
    assert names == ["error", "error", "error", "warning", "notice"]
    assert lines[5:] == [lines[5], ""]
    assert parse(lines[5]) is None
    first = commands[0]
    assert first is not None
    assert list(first.properties) == ["file", "line", "title"]
    assert first.properties["line"] == "7"
    assert told(first.properties["title"], f"envaudit: env.{payload}"[:30])
    assert told(first.message, payload)
    if len(payload) < 100:
        assert first.properties["file"] == f"{visible(payload)}/baseline.json"


# --- SARIF (held against its schema and GitHub's rules in test_sarif.py)


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items() if key != "helpUri"}
    if isinstance(value, list):
        return [shape(member) for member in value]
    return type(value).__name__


@hostile
def test_sarif_has_the_same_shape(payload: str) -> None:
    log = json.loads(report("gate sarif", payload))
    run = log["runs"][0]
    harmless = json.loads(report("gate sarif", HARMLESS))["runs"][0]
    assert shape(run["results"]) == shape(harmless["results"])
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= {
        result["ruleId"] for result in run["results"]
    }
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        text = result["message"]["text"]
        assert not re.search(r"(?<!\\)\[[^\]]*\]\(", text)
        assert not re.search(r"(?<!\{)\{\d+\}", text)
    for rule in run["tool"]["driver"]["rules"]:
        assert re.match(r"https?://", rule.get("helpUri", "https://"))
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["region"] == {"startLine": 7}
    uri = location["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w.~/%-]+", uri, re.ASCII)
    assert told(run["results"][4]["suppressions"][0]["justification"], payload)


@pytest.mark.parametrize("name", [name for name in REPORTS if name.split()[1] not in LONG])
@hostile
def test_no_value_makes_a_report_long_or_crowds_out_the_rest(name: str, payload: str) -> None:
    """Controls have no width on a terminal, and four characters or more in a page."""
    text = report(name, payload)
    assert len(text) < 500_000  # a value has up to a megabyte, and stands in thirty places
    if name == "gate markdown":
        assert "**Violations**" in text
        assert "env" in text
