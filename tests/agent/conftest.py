"""Subjects that are recorded trees: see HOW.md in each directory of tests/targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auditor.agent.process import Process
from auditor.agent.redact import Redactor
from auditor.agent.root import TreeRoot
from auditor.agent.run import run_one
from auditor.agent.subject import Subject
from auditor.capture import bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from auditor.agent.run import Collector
    from auditor.agent.section import Section

TARGETS = Path(__file__).parent.parent / "targets"


@pytest.fixture(scope="session")
def zipapp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The single-file agent, with code for the Python of the tests."""
    path = tmp_path_factory.mktemp("zipapp") / "envaudit.pyz"
    path.write_bytes(bundle.zipapp())
    return path


@pytest.fixture
def subject_of() -> Callable[..., Subject]:
    """`subject_of(name, **options)`: a tree of tests/targets, or any directory by its path."""

    def build(name: str | Path, redactor: Redactor | None = None, **options: Any) -> Subject:
        root = TreeRoot(str(TARGETS / name))
        return Subject(root, Process(root, "/proc/1"), redactor or Redactor(), **options)

    return build


@pytest.fixture
def collect() -> Callable[[Collector, Subject], Section]:
    """`collect(module, subject)`: one collector's section."""

    def run(collector: Collector, subject: Subject) -> Section:
        return run_one(subject, collector, None)

    return run
