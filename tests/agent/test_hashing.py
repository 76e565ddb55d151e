"""Many files are held against their recorded hashes by several threads, or by one."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from auditor.agent import hashing
from auditor.agent.hashing import hold_against_hashes
from auditor.agent.root import LiveRoot, OutOfTime, TreeRoot
from auditor.agent.section import Unreadable


def checksum(content: bytes, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, content).digest()
    return algorithm + "=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[str, str]]:
    """300 files of 0 to 3 MB."""
    found = []
    for number in range(300):
        content = b"%d" % number * (number * 40 if number % 100 else number * 10_000)
        (tmp_path / str(number)).write_bytes(content)
        found.append((f"/{number}", checksum(content)))
    return found


@pytest.fixture(params=[1, 2, 8], ids="{0} processors".format)
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    number: int = request.param
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(number)))
    return number


def test_each_changed_file_is_found_and_no_other(
    tmp_path: Path, files: list[tuple[str, str]], processors: int
) -> None:
    changed = {"/7", "/100", "/200", "/299"}
    for path in changed:
        content = bytearray((tmp_path / path[1:]).read_bytes())
        content[-1] ^= 1  # the same size: only the hash tells
        (tmp_path / path[1:]).write_bytes(content)
    results = hold_against_hashes(TreeRoot(str(tmp_path)), files)
    assert {path for (path, _), same in results.items() if same is not True} == changed
    assert len(results) == len(files)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha224", "sha1", "md5"])
def test_every_hash_that_record_may_name(tmp_path: Path, algorithm: str) -> None:
    (tmp_path / "file").write_bytes(b"content")
    good, bad = (("/file", checksum(content, algorithm)) for content in (b"content", b"other"))
    assert hold_against_hashes(TreeRoot(str(tmp_path)), [good, bad]) == {good: True, bad: False}


def test_what_cannot_be_told_costs_one_file(
    tmp_path: Path, files: list[tuple[str, str]], processors: int
) -> None:
    gone, unknown = ("/gone", checksum(b"")), ("/1", "crc32=abc")
    results = hold_against_hashes(TreeRoot(str(tmp_path)), [gone, *files, unknown])
    assert isinstance(results[gone], FileNotFoundError)
    assert isinstance(results[unknown], Unreadable)
    assert all(results[file] is True for file in files)


def test_progress_is_told_up_to_the_end(
    tmp_path: Path, files: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    told: list[tuple[int, int]] = []
    hold_against_hashes(TreeRoot(str(tmp_path)), files, lambda *state: told.append(state))
    assert told == sorted(told)
    assert told[-1] == (300, 300)


def test_where_no_thread_may_be_started_one_does_it_all(
    tmp_path: Path, files: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(threading.Thread, "start", refused)
    results = hold_against_hashes(TreeRoot(str(tmp_path)), files)
    assert list(results.values()) == [True] * 300


def test_the_deadline_ends_every_thread(
    tmp_path: Path, files: list[tuple[str, str]], processors: int
) -> None:
    root = LiveRoot()
    root.deadline = time.monotonic() - 1
    files = [(str(tmp_path) + path, recorded) for path, recorded in files]
    before = threading.active_count()
    with pytest.raises(OutOfTime):
        hold_against_hashes(root, files)
    _wait_for_threads(before)


def test_an_interruption_ends_every_thread(
    tmp_path: Path, files: list[tuple[str, str]], processors: int
) -> None:
    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        hold_against_hashes(TreeRoot(str(tmp_path)), files, interrupt)
    _wait_for_threads(before)


def test_a_file_that_hangs_a_helper_does_not_hold_us_after_an_interruption(
    tmp_path: Path, files: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead network file system: the helper stays behind, and dies with the process."""
    free = threading.Event()
    holding = hashing._matches
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})

    def hang(root: TreeRoot, path: str, recorded: str) -> bool:
        if threading.current_thread() is not threading.main_thread():
            free.wait()
        return holding(root, path, recorded)

    def interrupt(done: int, _: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hashing, "_matches", hang)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        hold_against_hashes(TreeRoot(str(tmp_path)), files, interrupt)
    free.set()
    _wait_for_threads(before)


def _wait_for_threads(number: int) -> None:
    until = time.monotonic() + 20
    while threading.active_count() > number:
        assert time.monotonic() < until, "a thread goes on"
        time.sleep(0.01)
