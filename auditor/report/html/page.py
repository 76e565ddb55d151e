"""The page itself: its frame, its policy, and the one place where text enters it."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from ..sanitize import fitted, without_commands

_TEXT = 4000  # characters
_ADDRESS = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", re.ASCII)


class Page:
    """One file. A policy in its head (`_policy`) lets run and style it nothing but the two files
    beside this one, by their hash."""

    def __init__(self, name: str, sides: Iterable[tuple[str, str]]) -> None:
        style, script = _own("report.css"), _own("report.js")
        self._root = ET.Element("html", {"lang": "en"})
        head = add(self._root, "head")
        add(head, "meta", "", {"charset": "utf-8"})
        policy = {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}
        add(head, "meta", "", policy)
        size = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
        add(head, "meta", "", size)
        add(head, "meta", "", {"name": "referrer", "content": "no-referrer"})
        sides = list(sides)
        add(head, "title", f"{name}: {', '.join(side for _, side in sides)}")
        _verbatim(head, "style", style)
        body = add(self._root, "body")
        add(body, "a", "Skip to the facts", {"href": "#facts", "class": "skip"})
        self.head = add(body, "header")
        add(self.head, "h1", name)
        theme = {"type": "button", "id": "theme", "aria-label": "Dark or light", "hidden": ""}
        add(self.head, "button", "Dark or light", theme)
        listed = add(self.head, "dl", "", {"class": "sides"})
        for side, told in sides:
            add(listed, "dt", side)
            add(listed, "dd", told)
        self.main = add(body, "main")
        _verbatim(body, "script", script)

    def text(self) -> str:
        page = ET.tostring(self._root, encoding="unicode", method="html")
        return "<!doctype html>\n" + without_commands(page, "&#35;") + "\n"


def add(
    parent: ET.Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None
) -> ET.Element:
    """An element at the end of `parent`."""
    kept = {key: shown(value) for key, value in (attributes or {}).items()}
    element = ET.SubElement(parent, name, kept)
    if text:
        element.text = shown(text)
    return element


def link(parent: ET.Element, text: str) -> None:
    """An address that can be followed; anything else (`javascript:`) is text."""
    if _ADDRESS.fullmatch(text):
        add(parent, "a", text, {"href": text, "rel": "noreferrer noopener"})
    else:
        parent.text = shown(text)


def shown(text: str) -> str:
    """Where text enters the page; what serialises the tree does the escaping."""
    return fitted(text, _TEXT)


def _verbatim(parent: ET.Element, name: str, own: str) -> None:
    """A style or script of ours: what HTML does not escape."""
    ET.SubElement(parent, name).text = own


@cache
def _own(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
