"""Which process stands for the application, and what /proc tells of a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.agent import process as process_module
from auditor.agent.collectors import native
from auditor.agent.mounts import mount_of, read_mounts
from auditor.agent.process import OwnProcess, Process, parse_environ
from auditor.agent.redact import Redactor
from auditor.agent.root import LiveRoot, ProcessRoot, TreeRoot
from auditor.agent.run import run_one
from auditor.agent.section import SectionSkipped, Unreadable
from auditor.agent.subject import (
    Subject,
    choose_process,
    follow_shims,
    live_subject,
    runs_several,
)
from auditor.capture import CaptureOptions
from auditor.capture.local import capture_local
from auditor.model import CaptureFailed

from .trees import link, process, write

OURS = 4242


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc in which we are process 4242."""
    monkeypatch.setattr(os, "getpid", lambda: OURS)
    return tmp_path


def chosen(
    tree: Path, pid: int | None = None, own: bool = False, sent: bool = False
) -> tuple[str, bool]:
    found, started = choose_process(TreeRoot(str(tree)), pid, own, sent)
    return found.directory, started


def namespace(tree: Path, pid: int | str, number: int) -> None:
    link(tree, f"proc/{pid}/ns/mnt", f"mnt:[{number}]")


# -- which process


def test_sent_in_from_outside(proc: Path) -> None:
    """`docker exec`: our parent is in no namespace that we see."""
    process(proc, 1, name="python3")
    process(proc, OURS, parent=0)
    assert chosen(proc) == ("/proc/1", True)


def test_sent_in_by_way_of_a_shell(proc: Path) -> None:
    """`docker exec c sh -c "envaudit snapshot"`."""
    process(proc, 1, name="uvicorn")
    process(proc, 4000, name="sh", parent=0)
    process(proc, OURS, parent=4000)
    assert chosen(proc) == ("/proc/1", True)


def test_started_by_the_entrypoint(proc: Path) -> None:
    process(proc, 1, name="entrypoint.sh")
    process(proc, OURS, parent=1)
    assert chosen(proc) == ("/proc/self", False)


def test_started_by_a_shell_below_the_entrypoint(proc: Path) -> None:
    process(proc, 1, name="tini")
    process(proc, 7, name="bash", parent=1)
    process(proc, OURS, parent=7)
    assert chosen(proc) == ("/proc/self", False)


def test_being_the_first_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 1)
    process(tmp_path, 1)
    assert chosen(tmp_path) == ("/proc/self", False)


def test_called_from_the_program_itself(proc: Path) -> None:
    process(proc, 1)
    process(proc, OURS, parent=0)
    assert chosen(proc, own=True) == ("/proc/self", True)


def test_named_by_its_number(proc: Path) -> None:
    process(proc, 77, name="sh")
    assert chosen(proc, pid=77) == ("/proc/77", True)


def test_a_shared_pid_namespace_has_another_containers_process_1(proc: Path) -> None:
    """`docker run --pid container:other`, then `docker exec`: process 1 has other files."""
    process(proc, 1, name="pause")
    process(proc, OURS, parent=0)
    namespace(proc, 1, 111)
    namespace(proc, "self", 222)
    assert chosen(proc) == ("/proc/self", False)
    namespace(proc, 1, 222)
    assert chosen(proc) == ("/proc/1", True)


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("36 35 98:0 / / rw - ext4 /dev/sda1 rw\n", ("/proc/1", True)),
        # something was mounted meanwhile
        (
            "36 35 98:0 / / rw - ext4 /dev/sda1 rw\n48 36 0:5 / /mnt rw - tmpfs none rw\n",
            ("/proc/1", True),
        ),
        ("47 46 98:0 / / rw - ext4 /dev/sda1 rw\n", ("/proc/self", False)),
        (None, ("/proc/1", True)),
    ],
)
def test_mounts_tell_where_the_namespace_may_not_be_seen(
    proc: Path, theirs: str | None, expected: tuple[str, bool]
) -> None:
    """Another user's process: its `ns` is closed to us, its mounts are not."""
    process(proc, 1, name="python3")
    process(proc, OURS, parent=0)
    namespace(proc, "self", 2)
    write(proc, "proc/self/mountinfo", "36 35 98:0 / / rw - ext4 /dev/sda1 rw\n")
    if theirs is not None:
        write(proc, "proc/1/mountinfo", theirs)
    assert chosen(proc) == expected


def test_parents_that_cannot_be_read(proc: Path) -> None:
    """hidepid, or a parent that went away meanwhile."""
    process(proc, OURS, parent=99)
    assert chosen(proc) == ("/proc/self", False)


def test_parents_in_a_circle_end(proc: Path) -> None:
    process(proc, 8, parent=9)
    process(proc, 9, parent=8)
    process(proc, OURS, parent=8)
    assert chosen(proc) == ("/proc/self", False)


# -- behind launchers


def test_behind_one_shim(proc: Path) -> None:
    process(proc, 1, name="tini")
    process(proc, 7, name="python3", parent=1)
    process(proc, OURS, parent=0)
    assert chosen(proc) == ("/proc/7", True)


def test_behind_shims_and_shells(proc: Path) -> None:
    process(proc, 1, name="docker-init")
    process(proc, 6, name="sh", parent=1)
    process(proc, 7, name="gosu", parent=6)
    process(proc, 8, name="gunicorn", parent=7)
    process(proc, 9, name="gunicorn", parent=8)
    assert follow_shims(TreeRoot(str(proc)), 1).directory == "/proc/8"


def test_a_shim_with_several_children_speaks_for_itself(proc: Path) -> None:
    process(proc, 1, name="tini")
    process(proc, 7, name="python3", parent=1)
    process(proc, 8, name="redis-server", parent=1)
    assert follow_shims(TreeRoot(str(proc)), 1).directory == "/proc/1"


@pytest.mark.parametrize("side", ["redis-server", "python3"])
def test_of_several_children_the_only_python_is_the_application(proc: Path, side: str) -> None:
    process(proc, 1, name="sh", exe="/usr/bin/dash")
    process(proc, 7, name=side, exe="/usr/bin/redis-server", parent=1)
    process(proc, 8, name="sh", exe="/usr/bin/dash", parent=1)
    process(proc, 9, name="gunicorn", exe="/usr/bin/python3.11", parent=8)
    root = TreeRoot(str(proc))
    assert follow_shims(root, 1).directory == "/proc/9"
    assert not runs_several(root, follow_shims(root, 1))


def test_of_several_pythons_none_stands_out(proc: Path) -> None:
    process(proc, 1, name="sh", exe="/usr/bin/dash")
    for pid in (7, 8):
        process(proc, pid, name="python3", exe="/usr/bin/python3.11", parent=1)
    root = TreeRoot(str(proc))
    assert follow_shims(root, 1).directory == "/proc/1"
    assert runs_several(root, follow_shims(root, 1))
    process(proc, 20, name="python3", exe="/usr/bin/python3.11", parent=0)
    assert not runs_several(root, Process(root, "/proc/20"))


def started(tree: Path, pid: int, ticks: int) -> None:
    write(tree, f"proc/{pid}/stat", f"{pid} (a ) b) S 0 " + "0 " * 17 + f"{ticks} 0 0\n")


def test_sent_into_a_shared_pid_namespace(proc: Path) -> None:
    """`--pid host` and `--pid container:X`: process 1 is somebody else's."""
    process(proc, 1, name="systemd")
    namespace(proc, 1, 100)
    started(proc, 1, 10)
    process(proc, 700, name="containerd-shim", parent=1)
    namespace(proc, 700, 100)
    started(proc, 700, 20)
    for pid, ticks in ((900, 50), (650, 70)):  # numbers are given again
        process(proc, pid, name="python3", parent=700)
        namespace(proc, pid, 200)
        started(proc, pid, ticks)
    process(proc, OURS, parent=700)
    namespace(proc, OURS, 200)
    namespace(proc, "self", 200)
    started(proc, OURS, 5)
    assert chosen(proc, sent=True) == ("/proc/900", True)
    # A command of the environment's own: beside others, but for what is still to come.
    assert chosen(proc) == ("/proc/self", False)


def test_a_debug_container_is_what_was_started(proc: Path) -> None:
    """It shares its PID namespace, and nothing but ourselves runs in it."""
    process(proc, 1, name="python3")
    namespace(proc, 1, 100)
    process(proc, OURS, parent=0)
    namespace(proc, OURS, 200)
    namespace(proc, "self", 200)
    assert chosen(proc) == ("/proc/self", False)
    # What its entrypoint has started before is not what it starts next.
    process(proc, 50, name="redis-server", parent=0)
    namespace(proc, 50, 200)
    started(proc, 50, 10)
    assert chosen(proc) == ("/proc/self", False)


def test_a_hidden_parent_says_nothing(proc: Path) -> None:
    process(proc, 1, name="entrypoint.sh")
    process(proc, OURS, parent=1)
    namespace(proc, "self", 200)
    assert chosen(proc, sent=True) == ("/proc/self", False)


def test_a_shim_without_children(proc: Path) -> None:
    process(proc, 1, name="pause")
    assert follow_shims(TreeRoot(str(proc)), 1).directory == "/proc/1"


def test_we_are_no_child_of_the_shim(proc: Path) -> None:
    process(proc, 1, name="sh")
    process(proc, 7, name="python3", parent=1)
    process(proc, OURS, parent=1)
    assert follow_shims(TreeRoot(str(proc)), 1).directory == "/proc/7"


def test_a_program_that_is_no_shim_is_the_application(proc: Path) -> None:
    process(proc, 1, name="python3")
    process(proc, 7, name="python3", parent=1)
    assert follow_shims(TreeRoot(str(proc)), 1).directory == "/proc/1"


def test_a_chain_of_shells_ends(proc: Path) -> None:
    process(proc, 1, name="sh")
    for pid in range(2, 30):
        process(proc, pid, name="sh", parent=pid - 1)
    assert follow_shims(TreeRoot(str(proc)), 1).directory == "/proc/9"


# -- what /proc tells of it


def test_the_environment_of_a_process(tmp_path: Path) -> None:
    write(tmp_path, "proc/1/environ", b"A=1\0B=x=y\0A=2\0nothing\0=C:\0EMPTY=\0\0L=\xff\nx\0")
    assert Process(TreeRoot(str(tmp_path)), "/proc/1").environ == {
        "A": "1",  # getenv(3) finds the first
        "B": "x=y",
        "EMPTY": "",
        "L": "\\xff\nx",
    }


@given(st.dictionaries(st.text("ABC_", min_size=1), st.text("abc=/ \n", max_size=20)))
def test_an_environment_comes_back(environ: dict[str, str]) -> None:
    content = b"".join(f"{name}={value}".encode() + b"\0" for name, value in environ.items())
    assert parse_environ(content) == environ


@given(st.binary(max_size=200))
def test_an_environment_of_noise(content: bytes) -> None:
    for name, value in parse_environ(content).items():
        assert name
        (name + value).encode()


def test_an_environment_that_is_too_large(tmp_path: Path) -> None:
    write(tmp_path, "proc/1/environ", b"A=" + b"x" * 10_000_000)
    with pytest.raises(Unreadable, match="larger than 8388608 bytes"):
        _ = Process(TreeRoot(str(tmp_path)), "/proc/1").environ


@pytest.mark.parametrize(
    ("content", "argv"),
    [
        (b"", []),  # a kernel thread, or a process that has ended
        (b"python3\0app.py\0", ["python3", "app.py"]),
        (b"python3\0\0", ["python3", ""]),
        (b"python3\0-c\0\0\0", ["python3", "-c", "", ""]),
        # setproctitle(3) writes over the arguments, and fills up with NUL or not at all.
        (b"gunicorn: master [app]", ["gunicorn: master [app]"]),
        (b"nginx: master process" + bytes(1000), ["nginx: master process"]),
        (b"caf\xe9\0", ["caf\\xe9"]),
    ],
)
def test_the_arguments_of_a_process(tmp_path: Path, content: bytes, argv: list[str]) -> None:
    write(tmp_path, "proc/1/cmdline", content)
    assert Process(TreeRoot(str(tmp_path)), "/proc/1").argv == argv


def test_millions_of_empty_arguments(tmp_path: Path) -> None:
    write(tmp_path, "proc/1/cmdline", b"a\0" + bytes(8_000_000))
    assert len(Process(TreeRoot(str(tmp_path)), "/proc/1").argv) <= process_module.MAX_ARGUMENTS


def test_the_identities_of_a_process(tmp_path: Path) -> None:
    write(tmp_path, "proc/1/status", "Uid:\t1\t2\t3\t4\nGid:\t5\t6\nNSpid:\t900\t12\nPPid:\tx\n")
    found = Process(TreeRoot(str(tmp_path)), "/proc/1")
    assert found.identities("Uid") == (1, 2, 3, 4)
    assert found.pid == 12
    with pytest.raises(Unreadable, match=r"^status has no Gid$"):
        found.identities("Gid")
    with pytest.raises(Unreadable, match=r"^status is incomplete$"):
        _ = found.parent


def test_files_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, "proc/1/environ", b"A=1\0")
    write(tmp_path, "proc/1/cmdline", b"python3\0")
    write(tmp_path, "proc/1/status", "Name:\tpython3\n")
    found = Process(TreeRoot(str(tmp_path)), "/proc/1")
    first = (found.environ, found.argv, found.status)
    for name in ("environ", "cmdline", "status"):
        (tmp_path / "proc/1" / name).unlink()
    assert (found.environ, found.argv, found.status) == first


def test_our_own_environment_is_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVAUDIT_TEST_LATE", "set after the start")
    assert OwnProcess(LiveRoot()).environ["ENVAUDIT_TEST_LATE"] == "set after the start"
    assert "ENVAUDIT_TEST_LATE" not in Process(LiveRoot(), "/proc/self").environ


def test_a_namespace_that_cannot_be_seen_is_taken_as_shared(tmp_path: Path) -> None:
    root = TreeRoot(str(tmp_path))
    assert Process(root, "/proc/1").shares_namespace("net")
    link(tmp_path, "proc/1/ns/net", "net:[1]")
    link(tmp_path, "proc/self/ns/net", "net:[2]")
    assert not Process(root, "/proc/1").shares_namespace("net")


# -- mounts

MOUNTINFO = r"""22 1 0:33 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u
23 22 0:5 / /proc rw,nosuid,nodev,noexec shared:7 master:2 - proc proc rw
24 22 8:1 /data/a\040b /mnt/with\040space\134 ro,relatime - ext4 /dev/sda1 rw
25 22 0:41 / /tmp rw - tmpfs tmpfs ro,size=64k
26 22 0:42 / /tmp rw - tmpfs later rw
garbage
27 22 0:1
28 22 0:43 / /tmpfile rw - tmpfs tmpfs
"""


def test_mounts(tmp_path: Path) -> None:
    write(tmp_path, "proc/1/mountinfo", MOUNTINFO)
    mounts = read_mounts(Process(TreeRoot(str(tmp_path)), "/proc/1"))
    assert [(mount.point, mount.fstype, mount.read_only) for mount in mounts] == [
        ("/", "overlay", False),
        ("/proc", "proc", False),
        ("/mnt/with space\\", "ext4", True),
        ("/tmp", "tmpfs", True),
        ("/tmp", "tmpfs", False),
    ]
    assert mounts[2].root == "/data/a b"

    def point(path: str) -> Any:
        found = mount_of(mounts, path)
        return found and (found.point, found.source)

    assert point("/") == ("/", "overlay")
    assert point("/tmp/x") == ("/tmp", "later")  # what was mounted last hides the other
    assert point("/tmpfile") == ("/", "overlay")
    assert point("/mnt/with space\\/x") == ("/mnt/with space\\", "/dev/sda1")
    assert mount_of([], "/") is None


# -- the subject


def test_what_does_not_run_has_no_runtime_facts(tmp_path: Path) -> None:
    root = TreeRoot(str(tmp_path))
    subject = Subject(root, Process(root, "/proc/1"), Redactor(), running=False)
    with pytest.raises(SectionSkipped, match="not running"):
        subject.require_running()


def test_another_process_with_our_files_is_seen_from_here() -> None:
    subject = live_subject(Redactor(), pid=os.getppid())
    assert subject.process.directory == f"/proc/{os.getppid()}"
    assert subject.root.live
    assert subject.started


def test_another_process_with_other_files_is_seen_through_its_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("auditor.agent.subject._same_files", lambda root, process: False)
    subject = live_subject(Redactor(), pid=os.getpid())
    assert isinstance(subject.root, ProcessRoot)
    assert subject.environ == Process(LiveRoot(), "/proc/self").environ


def test_a_process_that_may_not_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left would read as if it had no Python and no packages."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("auditor.agent.subject._same_files", lambda root, process: False)
    monkeypatch.setattr(ProcessRoot, "stat", refuse)
    pid = os.getpid()
    said = f"process {pid} may not be looked into: run as its user .* or with SYS_PTRACE"
    with pytest.raises(Unreadable, match=said):
        live_subject(Redactor(), pid)
    with pytest.raises(CaptureFailed, match=said):
        capture_local(pid, CaptureOptions())


def test_what_workers_have_loaded_counts(tmp_path: Path) -> None:
    """An application server forks; it is the worker that loads the library."""
    program = (
        "import ctypes, os, sys, time\n"
        "if os.fork() == 0:\n"
        "    ctypes.CDLL('libz.so.1')\n"
        "    print('loaded', flush=True)\n"
        "time.sleep(60)\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == "loaded\n"
        subject = live_subject(Redactor(), server.pid)
        assert len(subject.descendants) == 1
        facts = run_one(subject, native).facts
        assert "loaded.z" in facts
        assert facts.origins["loaded.z"] == "runtime"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()
