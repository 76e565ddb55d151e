"""Numbers as only somebody hostile would write them, in every file that collectors read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.agent.collectors import SECTIONS, load
from auditor.agent.collectors.network import resolver_options
from auditor.agent.collectors.time import read_rule
from auditor.agent.openssl_conf import security_level
from auditor.agent.root import whole_number
from auditor.agent.run import run
from auditor.agent.section import ERROR, Unreadable
from auditor.agent.subject import Subject

from .trees import copy_of

HOSTILE = {
    "superscript": "²",
    "Arabic": "\u0661",
    "underscore": "1_000",
    "plus": "+1",
    "space": " 1",
    "more than 64 bits": "9" * 20,
    "5,000 digits": "9" * 5000,
    "none": "",
}
TREES = ("debian12-docker-v1", "debian12-locales-zones", "debian12-openssl", "debian12-python-venv")

# What the kernel itself writes of the process is indispensable to them.
SAY_NOTHING_WITHOUT_A_USER = {"filesystem", "process"}


@pytest.mark.parametrize("kind", ["superscript", "underscore", "5,000 digits"])
@pytest.mark.parametrize("name", TREES)
def test_no_section_is_lost(
    name: str, kind: str, tmp_path: Path, subject_of: Callable[..., Subject]
) -> None:
    """In every text of a recorded tree at once. What has no number any more is a gap."""
    tree = copy_of(name, tmp_path)
    changed = 0
    for file in tree.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if b"\0" in content and "proc" not in file.parts:
                continue  # no text
            hostile = re.sub(b"[0-9]+", HOSTILE[kind].encode(), content)
            changed += hostile != content
            file.chmod(0o644)
            file.write_bytes(hostile)
    assert changed
    assert broken(subject_of(tree)) - SAY_NOTHING_WITHOUT_A_USER <= broken(subject_of(name))


def broken(subject: Subject) -> set[str]:
    """The recorded trees do not have all that a live system has."""
    sections = run(subject, [load(section) for section in SECTIONS])
    return {section.name for section in sections if section.status == ERROR}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_number(text: str) -> None:
    assert whole_number(text) is None
    assert resolver_options(["ndots:" + text]) == {"ndots": text}
    if text[:1] not in ("9", "1"):  # a level is one digit
        assert security_level("DEFAULT@SECLEVEL=" + text) is None


@pytest.mark.parametrize("text", ["EST²", "EST5:²", "EST5:", "EST" + "9" * 20])
def test_an_offset_that_is_no_number(text: str) -> None:
    with pytest.raises(Unreadable):
        read_rule(text)


def test_what_is_a_number() -> None:
    assert [whole_number(text) for text in ("0", "007", "9" * 18)] == [0, 7, 10**18 - 1]
    assert resolver_options(["ndots:5"]) == {"ndots": 5}
    assert security_level("DEFAULT@SECLEVEL=2") == 2
    assert read_rule("EST5") == (-18000, False)
