"""The public Python API, as a program uses it: a new interpreter each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

USE = """\
before = auditor.snapshot()
import decimal, zlib
after = auditor.snapshot()
assert auditor.compare(before, after).changes == (), auditor.compare(before, after).changes
baseline = auditor.bless(before, "a test")
assert auditor.gate(after, baseline).passed
import os
os.environ["OMP_NUM_THREADS"] = "3"
changed = auditor.snapshot()
assert [one.path for one in auditor.compare(before, changed).changes] == ["env.OMP_NUM_THREADS"]
assert not auditor.gate(changed, baseline).passed
explained = auditor.explain(before, changed, "performance")
assert explained.changes == auditor.compare(before, changed).changes
assert explained.findings or explained.unexplained == ("env.OMP_NUM_THREADS",)
print(auditor.__version__)
"""
WAYS = {
    "the package": "import auditor\n",
    "a part of it first": "import auditor\nfrom auditor.compare.mechanisms import points_to\n"
    "import auditor.gate.evaluate, auditor.explain.rules\n",
    "a function first": "from auditor import compare, explain, gate\nimport auditor\n"
    "assert callable(compare) and callable(explain) and callable(gate)\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_as_documented(way: str, tmp_path: Path) -> None:
    """However the package came to be imported: its functions are not hidden by its parts."""
    told = subprocess.run(
        [sys.executable, "-c", WAYS[way] + USE],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()
    assert told.stderr == ""


def test_a_snapshot_leaves_the_program_as_it_is(tmp_path: Path) -> None:
    """threadpoolctl, which is asked, sets a variable when it is imported."""
    code = """\
import auditor, os, sys, threading
before = dict(os.environ), threading.active_count()
fingerprint = auditor.snapshot()
assert fingerprint.sections["threads"].status.value in ("ok", "absent"), fingerprint
assert (dict(os.environ), threading.active_count()) == before
assert "threadpoolctl" not in sys.modules
import threadpoolctl
assert os.environ["KMP_DUPLICATE_LIB_OK"] == "True"  # as without us
auditor.snapshot()
assert sys.modules["threadpoolctl"] is threadpoolctl
assert os.environ["KMP_DUPLICATE_LIB_OK"] == "True"
"""
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert told.returncode == 0, told.stderr


def test_nothing_is_imported_before_it_is_used() -> None:
    code = "import auditor, sys; print([name for name in sys.modules if name == 'auditor.api'])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_what_it_does_not_have() -> None:
    code = "import auditor\ntry: auditor.nothing\nexcept AttributeError as error: print(error)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "module 'auditor' has no attribute 'nothing'\n"
