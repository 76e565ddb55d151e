"""Where facts stand in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FactFile:
    """A file of facts and the lines on which they stand, counted from 1.

    `name` is its path from the repository's root, with `/`. `facts` maps a fact's path to its
    line, `sections` a section's name to the line that it begins on.
    """

    name: str
    facts: Mapping[str, int] = field(default_factory=dict)
    sections: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int:
        """The line of a fact; of one that the file does not hold (it is new), and of a glob,
        the one on which its section begins; 1 where that is not there either."""
        if path in self.facts:
            return self.facts[path]
        section = path
        while section:
            if section in self.sections:
                return self.sections[section]
            section = section.rpartition(".")[0]
        return 1
