"""What a process has mapped, and what became of the files since: of real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.agent import mapped_libraries as module
from auditor.agent.mapped_libraries import mapped_libraries, worse
from auditor.agent.process import Process
from auditor.agent.root import LiveRoot, ProcessRoot, TreeRoot

from .trees import write

MAPS = """\
00400000-0041f000 r--p 00000000 00:33 2491167                            /usr/bin/python3.11
7f0000000000-7f0000001000 r--p 00000000 00:33 1      /usr/lib/libz.so.1.2.13
7f0000001000-7f0000002000 r-xp 00001000 00:33 1      /usr/lib/libz.so.1.2.13
7f0000002000-7f0000003000 r-xp 00000000 00:33 2      /opt/my libs/libjemalloc.so.2 (deleted)
7f0000003000-7f0000004000 rw-p 00000000 00:00 0
7f0000004000-7f0000005000 rw-s 00000000 00:05 9      /memfd:x.so (deleted)
7f0000005000-7f0000006000 r--p 00000000 00:33 3      /usr/lib/locale/C.utf8/LC_CTYPE
7f0000006000-7f0000007000 r-xp 00000000 00:33 4      /usr/lib/libssl.so.3 (deleted)
7ffd00000000-7ffd00001000 rw-p 00000000 00:00 0                          [stack]
short line
"""


def test_of_a_recorded_tree(tmp_path: Path) -> None:
    """Its devices, numbers and times are those of another machine."""
    write(tmp_path, "proc/1/maps", MAPS)
    write(tmp_path, "proc/1/stat", "1 (python) " + "S " + "1 " * 50)
    write(tmp_path, "usr/lib/libz.so.1.2.13")
    write(tmp_path, "usr/lib/libssl.so.3")
    assert mapped_libraries(Process(TreeRoot(str(tmp_path)), "/proc/1")) == {
        "/usr/lib/libz.so.1.2.13": None,
        "/opt/my libs/libjemalloc.so.2": "deleted",
        "/memfd:x.so": "deleted",
        "/usr/lib/libssl.so.3": "replaced",
    }


def test_of_this_process() -> None:
    """By the loader of this machine: at least a libc is mapped, under its real path."""
    mapped = mapped_libraries(Process(LiveRoot(), "/proc/self"))
    assert any("libc." in path or "ld-musl" in path for path in mapped)
    assert set(mapped.values()) == {None}


LOADS = """\
import ctypes, sys, threading
loaded = [ctypes.CDLL(path) for path in sys.argv[2:]]
if sys.argv[1] == "thread":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("loaded", flush=True)
sys.stdin.read()
"""


def a_library() -> str:
    """Some library that nothing but the test loads."""
    mapped = mapped_libraries(Process(LiveRoot(), "/proc/self"))
    found = [path for path in mapped if "/libm." in path or "/libm-" in path]
    assert found, "the tests' Python has no libm of its own"
    return found[0]


class Running:
    """A process that has loaded libraries, and what is told of them."""

    def __init__(self, *paths: Path, how: str = "plain", shell: str = "") -> None:
        words = [sys.executable, "-c", LOADS, how, *map(str, paths)]
        if shell:
            words = ["sh", "-c", shell + '; exec "$@"', "sh", *words]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "loaded\n"

    @property
    def pid(self) -> int:
        return self._process.pid

    def fates(self) -> dict[str, str | None]:
        """By the names of the files, seen from the process's own side and from outside."""
        directory = f"/proc/{self.pid}"
        found = mapped_libraries(Process(LiveRoot(), directory))
        if os.geteuid() == 0:
            assert mapped_libraries(Process(ProcessRoot(self.pid), directory)) == found
        return {path.rpartition("/")[2]: fate for path, fate in found.items()}

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Running] = []

    def begin(*paths: Path, **how: str) -> Running:
        running.append(Running(*paths, **how))
        return running[-1]

    yield begin
    for one in running:
        one.end()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return Path(shutil.copy(a_library(), tmp_path / "libone.so"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MARGIN", 0.1)


def rewrite(*paths: Path) -> None:
    """In place, after the margin of the tests."""
    time.sleep(0.4)
    for path in paths:
        content = path.read_bytes()
        with path.open("r+b") as file:
            file.write(content)


def test_nothing_became_of_it(start: Start, library: Path) -> None:
    running = start(library)
    fates = running.fates()
    assert "libone.so" in fates
    assert set(fates.values()) == {None}


def test_deleted(start: Start, library: Path) -> None:
    running = start(library)
    library.unlink()
    assert running.fates()["libone.so"] == "deleted"
    library.parent.rename(library.parent.with_name("elsewhere"))
    assert running.fates()["libone.so"] == "deleted"


def test_replaced_by_another_file(start: Start, library: Path) -> None:
    """As every package manager does it: written beside it, and renamed."""
    running = start(library)
    new = Path(shutil.copy2(library, library.with_name("new")))
    new.replace(library)
    fates = running.fates()
    assert fates.pop("libone.so") == "replaced"
    assert set(fates.values()) == {None}


def test_replaced_by_what_is_mounted_over_it(start: Start, library: Path) -> None:
    """Its name is not lost; device and number are others."""
    other = Path(shutil.copy2(library, library.with_name("other.so")))
    running = start(library)
    told = subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh", str(other), str(library),
         sys.executable, "-c", SAYS, str(running.pid)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    if "unshare" in told.stderr or "mount:" in told.stderr:
        pytest.skip("nothing may be mounted here")
    assert told.stdout == "replaced\n", told.stderr
    assert running.fates()["libone.so"] is None


SAYS = """\
import sys
from auditor.agent.mapped_libraries import mapped_libraries
from auditor.agent.process import Process
from auditor.agent.root import LiveRoot
found = mapped_libraries(Process(LiveRoot(), "/proc/" + sys.argv[1]))
print(*[fate for path, fate in found.items() if path.endswith("/libone.so")])
"""


def test_a_name_that_comes_back(start: Start, library: Path) -> None:
    running = start(library)
    again = library.with_name("again.so")
    os.link(library, again)
    library.unlink()
    os.link(again, library)
    assert running.fates()["libone.so"] is None


def test_a_directory_that_moves_takes_its_files_along(start: Start, tmp_path: Path) -> None:
    directory = tmp_path / "venv"
    directory.mkdir()
    running = start(Path(shutil.copy(a_library(), directory / "libone.so")))
    directory.rename(tmp_path / "old")
    assert running.fates()["libone.so"] is None


@pytest.mark.parametrize("how", ["plain", "thread"])
def test_written_to_in_place(start: Start, library: Path, how: str, impatient: None) -> None:
    running = start(library, how=how)
    rewrite(library)
    fates = running.fates()
    assert fates.pop("libone.so") == "rewritten"
    assert set(fates.values()) == {None}


def test_what_only_gets_another_owner_or_time_is_the_same(
    start: Start, library: Path, impatient: None
) -> None:
    running = start(library)
    time.sleep(0.4)
    library.chmod(0o700)  # the change's time alone
    assert running.fates()["libone.so"] is None
    os.utime(library, (1e9, 1e9))
    assert running.fates()["libone.so"] is None


def installed(tmp_path: Path, *names: str) -> list[Path]:
    """Libraries of one distribution."""
    found = []
    for name in names:
        path = tmp_path / "site-packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        found.append(Path(shutil.copy(a_library(), path)))
    return found


def test_one_of_a_distribution_is_written_to(start: Start, tmp_path: Path, impatient: None) -> None:
    one, other = installed(tmp_path, "some.libs/libone.so", "some/other.so")
    running = start(one, other)
    rewrite(one)
    fates = running.fates()
    assert (fates["libone.so"], fates["other.so"]) == ("rewritten", None)


def test_a_distribution_that_is_younger_was_installed_before_it_was_loaded(
    start: Start, tmp_path: Path, impatient: None
) -> None:
    """By a start script that becomes the program, or in a notebook."""
    old, *_ = installed(tmp_path, "old.libs/libold.so")
    source, target = tmp_path / "site-packages" / "new", tmp_path / "site-packages" / "some"
    installed(tmp_path, "new/libone.so", "new/other.so")
    running = start(
        old, target / "libone.so", target / "other.so",
        shell=f"sleep 0.4; cp -r {source} {target}",
    )  # fmt: skip
    fates = running.fates()
    assert {"libold.so", "libone.so", "other.so"} <= set(fates)
    assert set(fates.values()) == {None}


def test_what_is_installed_before_a_pool_of_threads_starts(
    start: Start, tmp_path: Path, library: Path, impatient: None
) -> None:
    """No thread survives the execution of another program: theirs is the better beginning."""
    running = start(
        tmp_path / "libtwo.so", how="thread", shell=f"sleep 0.4; cp {library} {tmp_path}/libtwo.so"
    )
    assert running.fates()["libtwo.so"] is None
    rewrite(tmp_path / "libtwo.so")
    assert running.fates()["libtwo.so"] == "rewritten"


def test_nothing_is_told_by_a_clock_that_somebody_set(
    start: Start, library: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a preloaded libfaketime does, where it shifts the times of files, too."""
    running = start(library)
    rewrite(library)
    real = time.time
    for shift in (-86400, 86400, 30):
        monkeypatch.setattr(time, "time", lambda shift=shift: real() + shift)
        assert running.fates()["libone.so"] is None
    monkeypatch.setattr(time, "time", real)
    assert running.fates()["libone.so"] == "rewritten"


def test_the_worse_of_two() -> None:
    assert worse(None, None) is None
    assert worse(None, "rewritten") == worse("rewritten", None) == "rewritten"
    assert worse("rewritten", "replaced") == "replaced"
