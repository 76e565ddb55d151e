"""A result is written whole or not at all, and leaves nothing else."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from auditor.agent.files import sweep, write_file
from auditor.agent.output import Counter, write_descriptor


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


def test_a_mount_point_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can take the place of a file that is a mount of its own. (With a real mount:
    tests/engine/test_deployment.py.)"""
    path = tmp_path / "file"

    def refuse(*_: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    for before in (b"", b"longer than what comes"):
        path.write_bytes(before)
        inode = path.stat().st_ino
        monkeypatch.setattr(os, "rename", refuse)
        write_file(str(path), b"after")
        monkeypatch.undo()
        assert path.read_bytes() == b"after"
        assert path.stat().st_ino == inode
        assert os.listdir(tmp_path) == ["file"]


OVERWRITER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from auditor.agent import files
os.chdir(sys.argv[2])
if os.getuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
files.write_file("open", b"after")
for name in ("closed", "new"):
    try:
        files.write_file(name, b"after")
        print("written:", name)
    except PermissionError:
        pass
"""


def test_a_file_in_a_directory_that_takes_none() -> None:
    """What may be written to is overwritten; what may not is left as it is."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own is for root only
        place = Path(name)
        (place / "open").write_bytes(b"before, and longer")
        (place / "open").chmod(0o666)
        (place / "closed").write_bytes(b"before")
        (place / "closed").chmod(0o444)
        place.chmod(0o555)
        try:
            ended = subprocess.run(
                [sys.executable, "-S", "-c", OVERWRITER, PROJECT, name],
                capture_output=True,
                check=False,
            )
        finally:
            place.chmod(0o755)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
        assert (place / "open").read_bytes() == b"after"
        assert (place / "closed").read_bytes() == b"before"
        assert sorted(os.listdir(place)) == ["closed", "open"]


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


@pytest.mark.parametrize("pid", [NOBODY, 1])
@pytest.mark.parametrize("age", [0, 5, 7200])
def test_a_temporary_that_nobody_holds_is_swept(tmp_path: Path, pid: int, age: float) -> None:
    path = temporary(tmp_path, f".envaudit-{pid}-0a1b2c3d.tmp", age)
    write_file(str(tmp_path / "file"), b"content")
    assert not path.exists()


@pytest.mark.parametrize("pid", [NOBODY, 1])
@pytest.mark.parametrize("age", [0, 5, 7200])
def test_a_temporary_that_is_held_is_let_be(tmp_path: Path, pid: int, age: float) -> None:
    """Its writer may live in another PID namespace that shares the directory."""
    path = temporary(tmp_path, f".envaudit-{pid}-0a1b2c3d.tmp", age)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_file(str(tmp_path / "file"), b"content")
        assert path.exists()


@pytest.mark.parametrize(
    ("pid", "age", "swept"),
    [
        (NOBODY, 5, False),  # may live in another PID namespace that shares the directory
        (NOBODY, 120, True),
        (1, 120, False),  # alive
        (1, 7200, True),  # the number was taken again
    ],
)
def test_without_locks_the_age_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pid: int, age: float, swept: bool
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    path = temporary(tmp_path, f".envaudit-{pid}-0a1b2c3d.tmp", age)
    write_file(str(tmp_path / "file"), b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    assert path.exists() is not swept


def test_a_sweeper_that_comes_between_costs_one_more_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening a temporary and locking it."""
    opened = os.open
    swept: list[str] = []

    def open_and_sweep(path: str, flags: int, mode: int = 0o777) -> int:
        descriptor = opened(path, flags, mode)
        if flags & os.O_CREAT and len(swept) < 3:
            swept.append(path)
            sweep(str(tmp_path))
        return descriptor

    monkeypatch.setattr(os, "open", open_and_sweep)
    write_file(str(tmp_path / "file"), b"content")
    assert len(set(swept)) == 3
    assert os.listdir(tmp_path) == ["file"]


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


# -- many writers, and writers that are killed

WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from auditor.agent.files import write_file
for number in range(int(sys.argv[4])):
    write_file(sys.argv[2], sys.argv[3].encode() * 50_000)
"""
# Forks, which only a process without threads may.
KILLER = """
import os, signal, sys, time
sys.path.insert(0, sys.argv[1])
from auditor.agent.files import write_file
path, directory = sys.argv[2], os.path.dirname(sys.argv[2])
left = set()
for number in range(500):
    pid = os.fork()
    if pid == 0:
        while True:
            write_file(path, b"AB"[number % 2 :][:1] * 50_000)
    time.sleep(number % 25 * 0.0002)
    os.kill(pid, signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    with open(path, "rb") as file:
        content = file.read()
    assert content in (b"A" * 50_000, b"B" * 50_000), len(content)
    left.update(name for name in os.listdir(directory) if name != os.path.basename(path))
print(len(left))
"""
PROJECT = str(Path(__file__).parents[2])


def test_writers_that_are_killed_leave_nothing(tmp_path: Path) -> None:
    """500 times a writer that would never stop is killed somewhere in its work: the file is
    whole at any time, and what was left behind is gone after the next run."""
    path = tmp_path / "fingerprint.json"
    path.write_bytes(b"A" * 50_000)
    ended = subprocess.run(
        [sys.executable, "-S", "-c", KILLER, PROJECT, str(path)], capture_output=True, check=False
    )
    assert ended.stderr == b""
    assert int(ended.stdout) > 0, "no writer was killed while it wrote: nothing was tested"
    write_file(str(path), b"after")
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == b"after"


def test_writers_that_race_leave_one_whole_file(tmp_path: Path) -> None:
    """200 at once, 20 of which a process each."""
    path = tmp_path / "fingerprint.json"
    processes = [
        subprocess.Popen([sys.executable, "-S", "-c", WRITER, PROJECT, str(path), letter, "20"])
        for letter in "ABCDEFGHIJKLMNOPQRST"
    ]
    threads = [
        threading.Thread(target=write_file, args=(str(path), b"%d" % (number % 10) * 50_000))
        for number in range(180)
    ]
    for thread in threads:
        thread.start()
    seen = set()
    # All of them: on a busy machine the processes may have ended before this thread's turn.
    while any(process.poll() is None for process in processes) or any(
        thread.is_alive() for thread in threads
    ):
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 50_000
            assert len(set(content)) == 1, "a torn file"
            seen.add(content[:1])
    for thread in threads:
        thread.join()
    assert [process.returncode for process in processes] == [0] * 20
    assert len(seen) > 1
    assert os.listdir(tmp_path) == [path.name]


# -- a counter for who watches


def test_a_counter_at_a_terminal_takes_itself_away(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    monkeypatch.setattr(os, "isatty", lambda number: number == 2)
    monkeypatch.setattr("auditor.agent.output._PACE", 0)
    before = os.dup(2)
    os.dup2(theirs, 2)
    try:
        counter = Counter("reading")
        counter(1000, 2000)
        counter(5, 2000)
        counter.clear()
    finally:
        os.dup2(before, 2)
    for descriptor in (before, theirs):
        os.close(descriptor)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    lines = shown.split("\r")
    assert lines[1:3] == ["envaudit: reading: 1000 of 2000", "envaudit: reading: 5 of 2000   "]
    assert set(lines[3]) == {" "}
    assert len(lines[3]) >= len("envaudit: reading: 5 of 2000")
    assert lines[4:] == [""]


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_a_counter_is_silent(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    quiet: bool,
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: terminal)
    counter = Counter("reading", quiet)
    counter(1, 2)
    counter.clear()
    assert capfd.readouterr().err == ""
