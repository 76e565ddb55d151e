"""Files: nothing hangs the reader, and what is written is whole or not there."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.model import InvalidInput, UsageError
from auditor.store import load, read, write

needs_a_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write anything")


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    """A hang fails the test instead of the run."""

    def expired(*_: object) -> None:
        raise TimeoutError("hangs")

    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def refused(path: str | Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        load(path)
    return str(caught.value)


class TestReading:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        path = tmp_path / "none.json"
        assert refused(path) == f"{path}: cannot be read: no such file or directory"

    def test_a_directory(self, tmp_path: Path) -> None:
        assert refused(tmp_path) == f"{tmp_path}: is a directory, not a file"

    def test_a_named_pipe_that_nobody_writes(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        assert refused(path) == f"{path}: is a named pipe, not a file"

    def test_a_named_pipe_behind_a_link(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        path = tmp_path / "link"
        path.symlink_to("pipe")
        assert refused(path) == f"{path}: is a named pipe, not a file"

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
    def test_a_device(self, device: str) -> None:
        assert refused(device) == f"{device}: is a device, not a file"

    def test_a_socket(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # the names of sockets are short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("s")
            assert refused("s").startswith("s: cannot be read: ")

    def test_a_name_with_a_zero_byte(self) -> None:
        assert "cannot be read" in refused("a\0b")

    def test_an_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.json"
        path.touch()
        assert refused(path) == f"{path}: is empty"

    def test_a_sparse_giant(self, tmp_path: Path) -> None:
        path = tmp_path / "giant.json"
        path.touch()
        os.truncate(path, 2**40)
        assert refused(path) == f"{path}: is larger than 64 MiB"

    @needs_a_user
    def test_no_permission(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.json"
        path.touch(mode=0o000)
        assert refused(path) == f"{path}: cannot be read: permission denied"

    def test_a_file_without_a_size(self) -> None:
        assert read("/proc/self/status").startswith(b"Name:")

    def test_a_stream_that_is_open(self) -> None:
        reader, writer = os.pipe()
        os.write(writer, b"{}")
        os.close(writer)
        try:
            assert read(f"/dev/fd/{reader}") == b"{}"
        finally:
            os.close(reader)

    def test_a_stream_without_end(self) -> None:
        with (
            open("/dev/zero", "rb") as zero,
            pytest.raises(InvalidInput, match="larger than 1 KiB"),
        ):
            read(f"/dev/fd/{zero.fileno()}", limit=1024)

    def test_standard_input(self) -> None:
        code = "from auditor.store import read; print(len(read('-')))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=b"x" * 100_000,
            capture_output=True,
            check=True,
        )
        assert done.stdout == b"100000\n"

    def test_a_terminal_is_not_waited_for(self) -> None:
        master, terminal = os.openpty()
        try:
            with pytest.raises(InvalidInput, match="is a terminal"):
                read(f"/dev/fd/{terminal}")
        finally:
            os.close(master)
            os.close(terminal)

    def test_a_descriptor_that_is_not_open(self) -> None:
        with pytest.raises(InvalidInput, match="bad file descriptor"):
            read("/dev/fd/999")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


class TestWriting:
    @pytest.mark.usefixtures("umask")
    def test_a_new_file(self, tmp_path: Path) -> None:
        path = tmp_path / "new.json"
        write(path, "é\n")
        assert path.read_bytes() == b"\xc3\xa9\n"
        assert mode_of(path) == 0o640
        assert os.listdir(tmp_path) == ["new.json"]

    def test_a_name_in_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write("new.json", "{}\n")
        assert (tmp_path / "new.json").read_text() == "{}\n"

    @pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
    def test_an_existing_file_keeps_its_mode(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "old.json"
        path.write_text("old")
        path.chmod(mode)
        write(path, "new")
        assert path.read_text() == "new"
        assert mode_of(path) == mode

    def test_a_reader_keeps_the_file_that_it_opened(self, tmp_path: Path) -> None:
        path = tmp_path / "old.json"
        path.write_text("old")
        with path.open() as reader:
            write(path, "new")
            assert reader.read() == "old"

    def test_a_link_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "real.json").write_text("old")
        path = tmp_path / "link.json"
        path.symlink_to("real.json")
        write(path, "new")
        assert path.is_symlink()
        assert (tmp_path / "real.json").read_text() == "new"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes links for others")
    def test_a_link_of_a_stranger_is_not(self, tmp_path: Path) -> None:
        (tmp_path / "real.json").write_text("old")
        path = tmp_path / "link.json"
        path.symlink_to("real.json")
        os.chown(path, 4242, 4242, follow_symlinks=False)
        with pytest.raises(UsageError, match="symbolic link of another user"):
            write(path, "new")
        assert (tmp_path / "real.json").read_text() == "old"

    @pytest.mark.parametrize("failing", ["fsync", "rename", "fchmod"])
    def test_a_failure_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        path = tmp_path / "old.json"
        path.write_text("old")
        monkeypatch.setattr(os, failing, full)
        with pytest.raises(UsageError) as caught:
            write(path, "new")
        assert str(caught.value) == f"{path}: cannot be written: no space left on device"
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["old.json"]

    def test_an_interrupt_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "new.json", "new")
        assert os.listdir(tmp_path) == []

    def test_a_directory(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError) as caught:
            write(tmp_path, "new")
        assert str(caught.value) == f"{tmp_path}: cannot be written: is a directory"

    def test_a_directory_that_is_not_there(self, tmp_path: Path) -> None:
        path = tmp_path / "none" / "new.json"
        with pytest.raises(UsageError) as caught:
            write(path, "new")
        assert str(caught.value) == (
            f"{path}: cannot be written: there is no directory {tmp_path / 'none'}"
        )

    @needs_a_user
    def test_a_directory_without_permission(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o555)
        with pytest.raises(UsageError, match="permission denied"):
            write(tmp_path / "new.json", "new")

    @needs_a_user
    def test_a_file_that_is_read_only(self, tmp_path: Path) -> None:
        path = tmp_path / "old.json"
        path.touch(mode=0o444)
        with pytest.raises(UsageError, match="the file is read-only"):
            write(path, "new")

    def test_a_device_is_written_in_place(self) -> None:
        write("/dev/null", "new")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    def test_a_named_pipe_is_written_in_place(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        text = "x" * 200_000  # more than a pipe holds
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer = threading.Thread(target=write, args=(path, text))
        writer.start()
        select.select([reader], [], [])  # until the writer is there: before, a read sees an end
        os.set_blocking(reader, True)
        with open(reader) as received:
            assert received.read() == text
        writer.join()
        assert stat.S_ISFIFO(path.stat().st_mode)

    def test_a_named_pipe_that_nobody_reads(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        with pytest.raises(UsageError, match="cannot be written"):
            write(path, "new")

    def test_a_redirected_stream_is_appended_to(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with path.open("w") as log:
            log.write("before\n")
            log.flush()
            write(f"/dev/fd/{log.fileno()}", "new\n")
        assert path.read_text() == "before\nnew\n"


class TestSweeping:
    DEAD = 2**22 - 1  # pid_max on 64 bits is at most 2**22

    def leave(self, directory: Path, process: int, age: float) -> Path:
        path = directory / f".envaudit-{process}-0123abcd.tmp"
        path.touch()
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))
        return path

    @pytest.mark.parametrize("held", [True, False])
    @pytest.mark.parametrize("age", [0, 7200])
    def test_stale_is_what_nobody_holds(self, tmp_path: Path, age: float, held: bool) -> None:
        left = self.leave(tmp_path, self.DEAD, age)
        with left.open("rb") as file:
            if held:
                fcntl.flock(file, fcntl.LOCK_EX)
            write(tmp_path / "new.json", "new")
            assert left.exists() is held

    @pytest.mark.parametrize(
        ("alive", "age", "swept"),
        [
            (False, 120, True),
            (False, 5, False),  # may live in another PID namespace
            (True, 120, False),
            (True, 7200, True),  # nobody writes for two hours: the number was taken again
        ],
    )
    def test_without_locks_the_age_tells(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        alive: bool,
        age: float,
        swept: bool,
    ) -> None:
        def no_locks(*_: object) -> None:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr(fcntl, "flock", no_locks)
        left = self.leave(tmp_path, os.getpid() if alive else self.DEAD, age)
        write(tmp_path / "new.json", "new")
        assert left.exists() is not swept

    def test_files_of_others_are_let_be(self, tmp_path: Path) -> None:
        for name in (
            ".envaudit-abc.tmp",
            ".envaudit-1-0123abcd.tmp.bak",
            "x.envaudit-1-0123abcd.tmp",
        ):
            path = tmp_path / name
            path.touch()
            os.utime(path, (0, 0))
        write(tmp_path / "new.json", "new")
        assert len(os.listdir(tmp_path)) == 4
