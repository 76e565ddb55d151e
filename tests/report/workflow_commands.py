"""Which lines of a log GitHub's runner takes for commands, after its own `ActionCommand`
(https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs), and the same for
Azure Pipelines and TeamCity, whose commands begin with `##`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ANYWHERE = re.compile(r"##(?:vso|teamcity)?\[", re.IGNORECASE)


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    message: str


def parse(line: str) -> Command | None:
    """A command in today's form: at the beginning of the line, blanks before it not counted."""
    line = line.lstrip()
    if not line.startswith("::"):
        return None
    head, separator, message = line[2:].partition("::")
    if not separator:
        return None
    name, _, rest = head.partition(" ")
    properties = {}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        key, equals, value = part.partition("=")
        if equals:
            properties[key] = _unescaped(value, {"%3A": ":", "%2C": ","})
    return Command(name, properties, _unescaped(message, {}))


def obeyed(log: str) -> list[str]:
    """The lines of a log that any of these systems would obey."""
    lines = re.split(r"\r\n|\n|\r", log)
    return [
        line
        for line in lines
        if line.lstrip().startswith("::")
        or re.search(r"##(?:vso|teamcity)?\[", line, re.IGNORECASE)
    ]


def _unescaped(text: str, more: dict[str, str]) -> str:
    codes = {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}  # in this order, as the runner does it
    for code, character in codes.items():
        text = text.replace(code, character)
    return text
