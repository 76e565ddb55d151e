"""Processes and roots of which a test gives some parts itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from auditor.agent.process import Process
from auditor.agent.redact import Redactor
from auditor.agent.root import TreeRoot
from auditor.agent.subject import Subject

if TYPE_CHECKING:
    from pathlib import Path


class ProcessWith(Process):
    """`/proc/1` of a root, with another environment and, if given, another command line."""

    def __init__(
        self, subject: Subject, environ: dict[str, str], argv: list[str] | None = None
    ) -> None:
        super().__init__(subject.root, "/proc/1")
        self._given = environ
        self._given_argv = argv

    @property
    def environ(self) -> dict[str, str]:
        return self._given

    @property
    def argv(self) -> list[str]:
        return super().argv if self._given_argv is None else self._given_argv


class RootWithOwners(TreeRoot):
    """A recorded tree with the owners and modes of the system that it was recorded from.

    `owners`: path -> (mode, uid, gid); a checkout keeps neither.
    """

    def __init__(self, base: str, owners: dict[str, tuple[int, int, int]]) -> None:
        super().__init__(base)
        self._owners = owners

    def stat(self, path: str) -> os.stat_result:
        found = super().stat(path)
        mode, uid, gid = self._owners.get(path.rstrip("/") or "/", (0o755, 0, 0))
        kind = found.st_mode & ~0o7777
        return os.stat_result((kind | mode, *found[1:4], uid, gid, *found[6:]))


def subject_with(
    subject: Subject, environ: dict[str, str], argv: list[str] | None = None
) -> Subject:
    """The same subject in another environment."""
    process = ProcessWith(subject, environ, argv)
    return Subject(subject.root, process, subject.redactor, started=subject.started)


def write_tree(base: Path, files: dict[str, str]) -> Path:
    for path, content in files.items():
        file = base / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return base


def subject_in(base: Path) -> Subject:
    root = TreeRoot(str(base))
    return Subject(root, Process(root, "/proc/1"), Redactor())
