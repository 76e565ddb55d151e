"""A result is written whole or not at all, and leaves nothing else."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from auditor.agent.output import sweep, write_descriptor, write_file


def test_a_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(str(tmp_path / "new"), b"content")
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == b"content"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["new"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o400])
def test_an_existing_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    path.chmod(mode)
    write_file(str(path), b"after")
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == mode


def test_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_file("name-alone", b"content")
    assert (tmp_path / "name-alone").read_bytes() == b"content"


def test_the_file_behind_a_link_is_replaced_not_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_bytes(b"before")
    (tmp_path / "link").symlink_to("real/file")
    write_file(str(tmp_path / "link"), b"after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/file").read_bytes() == b"after"


def test_readers_of_the_old_file_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with path.open("rb") as reader:
        write_file(str(path), b"after")
        assert reader.read() == b"before"


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_file(str(tmp_path), b"content")
    assert os.listdir(tmp_path) == []


def test_a_missing_directory_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_file(str(tmp_path / "no/file"), b"content")
    assert os.listdir(tmp_path) == []


def test_devices_and_pipes_are_written_in_place(tmp_path: Path) -> None:
    write_file("/dev/null", b"content")
    assert not Path("/dev/null").is_file()
    with pytest.raises(OSError, match="space") as raised:
        write_file("/dev/full", b"content")
    assert raised.value.errno == errno.ENOSPC

    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(OSError, match="No such device") as raised:  # nobody reads
        write_file(str(fifo), b"content")
    assert raised.value.errno == errno.ENXIO
    content = os.urandom(1_000_000)  # more than a pipe holds
    # Open for both, so that nobody waits for the other to come.
    with open(os.open(fifo, os.O_RDWR), "rb", buffering=0) as both:
        writer = threading.Thread(target=write_file, args=(str(fifo), content))
        writer.start()
        received = b""
        while len(received) < len(content):
            received += both.read(65536)
        writer.join()
    assert received == content


@pytest.mark.parametrize("failing", ["write", "fsync", "rename"])
def test_a_failure_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="No space"):
        write_file(str(path), b"after")
    monkeypatch.undo()
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["file"]


def test_an_interruption_leaves_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(str(tmp_path / "file"), b"content")
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []


def test_writing_goes_on_where_the_system_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """write(2) may take less than it is given."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda to, content: write(to, bytes(content[:3])))
    reading, writing = os.pipe()
    write_descriptor(writing, b"0123456789")
    os.close(writing)
    monkeypatch.undo()
    assert os.read(reading, 100) == b"0123456789"
    os.close(reading)


def test_readers_never_see_a_part(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    path.write_bytes(contents[0])

    def rewrite() -> None:
        for number in range(40):
            write_file(str(path), contents[number % 2])

    writer = threading.Thread(target=rewrite)
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)


# -- what killed writers leave


def temporary(tmp_path: Path, name: str, age: float) -> Path:
    path = tmp_path / name
    path.write_bytes(b"half")
    now = path.stat().st_mtime
    os.utime(path, (now - age, now - age))
    return path


NOBODY = 2**31 - 1  # no process has this number


@pytest.mark.parametrize(
    ("pid", "age", "swept"),
    [
        (NOBODY, 5, False),  # may live in another PID namespace that shares the directory
        (NOBODY, 120, True),
        (1, 120, False),  # alive
        (1, 7200, True),  # the number was taken again
    ],
)
def test_stale_temporaries_are_swept(tmp_path: Path, pid: int, age: float, swept: bool) -> None:
    path = temporary(tmp_path, f".envaudit-{pid}-0a1b2c3d.tmp", age)
    write_file(str(tmp_path / "file"), b"content")
    assert path.exists() is not swept


@pytest.mark.parametrize(
    "name",
    [".envaudit-x.tmp", ".envaudit-12x-1.tmp", ".envaudit-99999999-1.tmp.bak", "envaudit-1-1.tmp"],
)
def test_nothing_else_is_swept(tmp_path: Path, name: str) -> None:
    path = temporary(tmp_path, name, 7200)
    sweep(str(tmp_path))
    assert path.exists()


def test_a_directory_that_cannot_be_listed_is_not_swept(tmp_path: Path) -> None:
    sweep(str(tmp_path / "missing"))
