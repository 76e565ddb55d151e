"""A root is read as a process in it would read it, and never left, whatever lies in it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.agent import root as root_module
from auditor.agent.root import LiveRoot, OutOfTime, ProcessRoot, Root, TreeRoot, decode
from auditor.agent.section import Unreadable

from .trees import link, write

# Every way in which a collector may ask for a path.
READS: dict[str, Callable[[Root, str], Any]] = {
    "head": lambda root, path: root.head(path, 100),
    "read": lambda root, path: root.read(path, 100),
    "text": lambda root, path: root.text(path),
    "value": lambda root, path: root.value(path),
    "stat": lambda root, path: root.stat(path),
    "lstat": lambda root, path: root.lstat(path),
    "readlink": lambda root, path: root.readlink(path),
    "listdir": lambda root, path: root.listdir(path),
    "sizes": lambda root, path: root.sizes(path),
    "realpath": lambda root, path: root.realpath(path),
}
QUESTIONS: dict[str, Callable[[Root, str], Any]] = {
    "exists": lambda root, path: root.exists(path),
    "is_file": lambda root, path: root.is_file(path),
    "is_dir": lambda root, path: root.is_dir(path),
    "is_link": lambda root, path: root.is_link(path),
    "names": lambda root, path: root.names(path),
    "glob": lambda root, path: root.glob(path),
    "first_file": lambda root, path: root.first_file(path),
}
CONTENT = {"head", "read", "text", "value"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with a world outside that must not be seen."""
    write(tmp_path, "outside/secret", "outside")
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.fixture(params=["tree", "live"])
def rooted(request: pytest.FixtureRequest, tree: Path) -> tuple[Root, str]:
    """Both kinds of root, and what stands before a path in each."""
    return (TreeRoot(str(tree)), "") if request.param == "tree" else (LiveRoot(), str(tree))


def test_reads_what_is_there(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    write(tree, "etc/os-release", "ID=debian\n")
    link(tree, "etc/link", "os-release")
    assert root.read(base + "/etc/os-release") == b"ID=debian\n"
    assert root.value(base + "/etc/link") == "ID=debian"
    assert root.head(base + "/etc/os-release", 3) == b"ID="
    assert root.head(base + "/etc/os-release", 3, 3) == b"deb"
    assert root.head(base + "/etc/os-release", 3, 1000) == b""
    assert root.listdir(base + "/etc") == ["link", "os-release"]
    assert root.sizes(base + "/etc") == {"link": 10, "os-release": 10}
    assert root.readlink(base + "/etc/link") == "os-release"
    assert root.realpath(base + "/etc/link") == base + "/etc/os-release"
    assert root.glob(base + "/etc", "os-", "ease") == [base + "/etc/os-release"]
    assert root.first_file(base + "/etc", base + "/etc/link") == base + "/etc/link"
    assert root.is_link(base + "/etc/link")
    assert not root.is_link(base + "/etc/os-release")
    assert root.is_dir(base + "/etc")
    assert not root.exists(base + "/nothing")
    assert root.names(base + "/nothing") == []


def test_what_is_missing_raises_what_the_system_raises(
    rooted: tuple[Root, str], tree: Path
) -> None:
    root, base = rooted
    write(tree, "file")
    with pytest.raises(FileNotFoundError):
        root.read(base + "/missing")
    with pytest.raises(NotADirectoryError):
        root.read(base + "/file/below")
    with pytest.raises(NotADirectoryError):
        root.listdir(base + "/file")
    with pytest.raises(OSError, match="nvalid") as raised:
        root.readlink(base + "/file")
    assert raised.value.errno == errno.EINVAL
    with pytest.raises(IsADirectoryError):
        root.read(base + "/")


def test_a_file_above_the_limit_is_refused(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    write(tree, "file", "x" * 100)
    assert root.read(base + "/file", 100) == b"x" * 100
    with pytest.raises(Unreadable, match=r"^larger than 99 bytes$"):
        root.read(base + "/file", 99)


def test_a_sparse_terabyte_costs_nothing(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    with write(tree, "giant").open("wb") as file:
        try:
            file.truncate(2**40)
        except OSError:
            pytest.skip("this file system holds no file of 1 TiB")
    with pytest.raises(Unreadable, match="larger than 4096 bytes"):
        root.read(base + "/giant", 4096)
    assert root.head(base + "/giant", 4, 2**39) == bytes(4)
    assert root.sizes(base + "/")["giant"] == 2**40


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        # A relative name: those of sockets are short.
        before = Path.cwd()
        os.chdir(path.parent)
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero's numbers
    except PermissionError:
        pytest.skip("making a device needs the capability MKNOD")


@pytest.mark.parametrize("make", [make_fifo, make_socket, make_device])
@pytest.mark.parametrize("read", sorted(CONTENT))
def test_only_regular_files_are_opened(
    rooted: tuple[Root, str], tree: Path, make: Callable[[Path], None], read: str
) -> None:
    root, base = rooted
    make(tree / "strange")
    link(tree, "METADATA", "strange")
    for path in ("/strange", "/METADATA"):
        with pytest.raises(Unreadable, match=r"^not a regular file$"):
            READS[read](root, base + path)
        assert not root.is_file(base + path)
        assert root.exists(base + path)
    assert root.sizes(base + "/") == {}


def test_a_link_to_dev_zero_is_refused() -> None:
    with pytest.raises(Unreadable, match="not a regular file"):
        LiveRoot().read("/dev/zero")
    with pytest.raises(Unreadable, match="not a regular file"):
        TreeRoot("/").read("/dev/zero")


def test_a_fifo_that_takes_the_place_of_a_file_does_not_hang(tree: Path) -> None:
    """What the check before opening saw may be gone when the file is opened."""
    os.mkfifo(tree / "fifo")
    assert root_module._READ & os.O_NONBLOCK, "or the next line waits for ever"
    with pytest.raises(Unreadable, match="not a regular file"):
        root_module.regular(os.open(tree / "fifo", root_module._READ))


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("absolute", "/outside/secret"),
        ("up", "../outside/secret"),
        ("far-up", "../../../../../../../../../../outside/secret"),
        ("a/b/up", "../../../../outside/secret"),
        ("base", "{outside}/secret"),
        ("proc/1/root", "{outside}"),
        ("self", "/proc/self/root"),
        ("cwd", "/proc/self/cwd"),
        ("fd", "/proc/self/fd/0"),
    ],
)
def test_no_link_leads_out_of_a_tree(tree: Path, path: str, target: str) -> None:
    link(tree, path, target.format(outside=tree.parent / "outside"))
    root = TreeRoot(str(tree))
    for asked in (path, path + "/secret", path + "/outside/secret", path + "/../outside/secret"):
        for name, read in READS.items():
            if name in ("lstat", "readlink") and asked == path:
                continue
            with pytest.raises(OSError) as raised:
                read(root, "/" + asked)
            assert raised.value.errno in (errno.ENOENT, errno.ENOTDIR)
        assert root.first_file("/" + asked) is None


def test_links_are_resolved_in_the_tree(tree: Path) -> None:
    write(tree, "usr/lib/python3.11/os.py", "inside")
    link(tree, "lib", "usr/lib")
    link(tree, "usr/bin/absolute", "/lib/python3.11/os.py")
    link(tree, "usr/bin/relative", "../../lib/../lib/./python3.11//os.py")
    link(tree, "usr/bin/too-far-up", "../../../../../lib/python3.11/os.py")
    link(tree, "a/b/c/chain", "/usr/bin/relative")
    root = TreeRoot(str(tree))
    for path in (
        "/lib/python3.11/os.py",
        "lib/python3.11/os.py",
        "/../../lib/python3.11/os.py",
        "/usr/bin/absolute",
        "/usr/bin/relative",
        "/usr/bin/too-far-up",
        "/a/b/c/chain",
        "//usr/./bin//absolute",
    ):
        assert root.read(path) == b"inside"
        assert root.realpath(path) == "/usr/lib/python3.11/os.py"
    assert root.realpath("/lib/..") == "/usr"  # `..` of what the link leads to
    assert root.realpath("/") == "/"
    assert root.realpath("/..") == "/"
    assert root.listdir("/..") == ["a", "lib", "usr"]
    # The last link itself, behind links.
    assert root.readlink("/a/../usr/bin/absolute") == "/lib/python3.11/os.py"
    assert root.is_link("/usr/bin/absolute")


def test_loops_of_links_end(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    link(tree, "one", "two")
    link(tree, "two", "one")
    link(tree, "self", "self")
    link(tree, "here", ".")
    link(tree, "dir/up", "../dir")
    for path in ("/one", "/self", "/one/below"):
        with pytest.raises(OSError, match="symbolic links") as raised:
            root.read(base + path)
        assert raised.value.errno == errno.ELOOP
        assert not root.exists(base + path)
    # A directory that leads to itself can be gone through as often as the system lets one.
    assert root.listdir(base + "/dir/up/up/up") == ["up"]
    with pytest.raises(OSError, match="symbolic links"):
        root.listdir(base + "/here" * 50)


def test_as_many_links_as_the_system_allows(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    write(tree, "l0", "end")
    for number in range(1, 43):
        link(tree, f"l{number}", f"l{number - 1}")
    assert root.read(base + "/l40") == b"end"
    with pytest.raises(OSError, match="symbolic links"):
        root.read(base + "/l41")


def test_names_with_nul_are_no_names(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    for read in READS.values():
        with pytest.raises(ValueError, match="null"):
            read(root, base + "/etc\0/passwd")
    answers = [question(root, base + "/a\0b") for question in QUESTIONS.values()]
    assert answers == [False, False, False, False, [], [], None]


def test_names_and_contents_that_are_no_utf8(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    os.mkdir(os.fsencode(tree) + b"/d\xff")
    with open(os.fsencode(tree) + b"/d\xff/f\xfe", "wb") as file:
        file.write(b"caf\xe9\n")
    (name,) = root.listdir(base + "/")
    assert os.fsencode(name) == b"d\xff"
    (inner,) = root.listdir(base + "/" + name)
    path = base + "/" + name + "/" + inner
    assert root.read(path) == b"caf\xe9\n"
    assert root.text(path) == "caf\\xe9\n"
    assert root.realpath(path) == path


@given(st.binary())
def test_decoded_text_is_text(content: bytes) -> None:
    decode(content).encode("utf-8")  # no lone surrogate is left


def test_a_directory_with_too_many_entries_is_refused(
    rooted: tuple[Root, str], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, base = rooted
    monkeypatch.setattr(root_module, "MAX_ENTRIES", 5)
    for number in range(5):
        write(tree, f"five/{number}")
        write(tree, f"six/{number}")
    write(tree, "six/6")
    assert len(root.listdir(base + "/five")) == 5
    assert len(root.sizes(base + "/five")) == 5
    for read in (root.listdir, root.sizes):
        with pytest.raises(Unreadable, match=r"^more than 5 entries$"):
            read(base + "/six")
    assert root.names(base + "/six") == []


def test_a_deadline_ends_every_read(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    write(tree, "file", "content")
    root.deadline = time.monotonic() - 1
    for read in READS.values():
        with pytest.raises(OutOfTime):
            read(root, base + "/file")
    root.deadline = time.monotonic() + 3600
    assert root.read(base + "/file") == b"content"


def test_offsets_that_no_file_has(rooted: tuple[Root, str], tree: Path) -> None:
    """A hostile file's numbers reach `head`: more than the system's offsets can hold."""
    root, base = rooted
    write(tree, "file", "content")
    for offset in (2**63, 2**64, 2**70):
        assert root.head(base + "/file", 10, offset) == b""


def test_no_descriptor_is_left_open(rooted: tuple[Root, str], tree: Path) -> None:
    root, base = rooted
    write(tree, "a/b/file", "content")
    link(tree, "a/loop", "loop")
    link(tree, "a/up", "/a/../a/b/file")
    os.mkfifo(tree / "a/fifo")
    before = sorted(os.listdir("/proc/self/fd"))
    for path in ("/a/b/file", "/a/up", "/a/loop", "/a/fifo", "/a", "/missing/x", "/a/b/file/x"):
        for read in READS.values():
            with contextlib.suppress(OSError, ValueError):
                read(root, base + path)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_file_that_is_swapped_for_a_link_never_leads_out(tree: Path) -> None:
    write(tree, "spare/f", "inside")
    link(tree, "bad/f", str(tree.parent / "outside/secret"))
    write(tree, "f", "inside")

    def good() -> None:
        os.link(tree / "spare/f", tree / "new")
        os.rename(tree / "new", tree / "f")

    def bad() -> None:
        os.symlink(tree.parent / "outside/secret", tree / "new")
        os.rename(tree / "new", tree / "f")

    outcomes = read_while_swapping(TreeRoot(str(tree)), "/f", good, bad)
    assert outcomes <= {"inside", "ENOENT", "ELOOP", "ENOTDIR", "not a regular file"}
    assert "inside" in outcomes


def test_a_directory_that_is_swapped_for_a_link_never_leads_out(tree: Path) -> None:
    """The race against the resolution itself: a directory on the way becomes a link."""
    write(tree, "real/deep/secret", "inside")
    write(tree.parent, "outside/deep/secret", "outside")
    (tree / "d").symlink_to("real")

    def good() -> None:
        os.symlink("real", tree / "new")
        os.rename(tree / "new", tree / "d")

    def bad() -> None:
        os.symlink(tree.parent / "outside", tree / "new")
        os.rename(tree / "new", tree / "d")

    outcomes = read_while_swapping(TreeRoot(str(tree)), "/d/deep/secret", good, bad)
    assert outcomes <= {"inside", "ENOENT", "ELOOP", "ENOTDIR"}
    assert "inside" in outcomes


def test_a_directory_that_is_moved_away_never_leads_out(tree: Path) -> None:
    """`..` of a directory that was moved out of the tree is not what is outside."""
    write(tree, "a/b/mark", "inside")
    write(tree, "secret", "inside")
    elsewhere = tree.parent / "outside/b"

    def good() -> None:
        os.rename(elsewhere, tree / "a/b")

    def bad() -> None:
        os.rename(tree / "a/b", elsewhere)

    outcomes = read_while_swapping(TreeRoot(str(tree)), "/a/b/../../secret", bad, good)
    assert outcomes <= {"inside", "ENOENT"}
    assert "inside" in outcomes


@pytest.mark.parametrize(
    ("read", "path"), [("read", "/a/b/secret"), ("listdir", "/a/b"), ("sizes", "/a/b")]
)
@pytest.mark.parametrize("step", range(9))
def test_a_swap_at_every_step_never_leads_out(
    tree: Path, monkeypatch: pytest.MonkeyPatch, step: int, read: str, path: str
) -> None:
    """The race, made certain: before the system call of each number in turn, everything on the
    way becomes a link to what is outside."""
    write(tree, "a/b/secret", "inside")
    write(tree.parent, "outside/b/secret", "outside")
    write(tree.parent, "outside/b/more", "outside")
    calls = 0

    def swapping(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **options: Any) -> Any:
            nonlocal calls
            if "dir_fd" in options:
                calls += 1
                if calls == step + 1:
                    swap()
            return call(*args, **options)

        return made

    def swap() -> None:
        outside = tree.parent / "outside"
        for moved, target in (("a/b/secret", "b/secret"), ("a/b", "b"), ("a", "")):
            os.rename(tree / moved, tree / ("moved-" + moved.replace("/", "-")))
            os.symlink(outside / target, tree / moved)

    for name in ("open", "stat", "readlink"):
        monkeypatch.setattr(os, name, swapping(getattr(os, name)))
    root = TreeRoot(str(tree))
    outcome: object
    try:
        outcome = READS[read](root, path)
    except OSError as error:
        outcome = errno.errorcode[error.errno or 0]
    except Unreadable as error:
        outcome = str(error)
    monkeypatch.undo()
    assert calls > 0
    assert outcome in (
        b"inside", ["secret"], {"secret": 6}, "ENOENT", "ELOOP", "ENOTDIR", [], {},
        "not a regular file",
    )  # fmt: skip


def read_while_swapping(root: TreeRoot, path: str, *changes: Callable[[], None]) -> set[str]:
    """What came of reading, again and again, while another thread made the changes 1,000 times."""

    def swap() -> None:
        for _ in range(1000):
            for change in changes:
                change()

    outcomes = set()
    swapper = threading.Thread(target=swap)
    swapper.start()
    while swapper.is_alive():
        try:
            outcomes.add(root.read(path).decode())
        except OSError as error:
            outcomes.add(errno.errorcode[error.errno or 0])
        except Unreadable as error:
            outcomes.add(str(error))
    swapper.join()
    return outcomes


def test_a_process_is_seen_through_its_root() -> None:
    """Our own: its kernel files come from this side, its files from behind its root."""
    root = ProcessRoot(os.getpid())
    assert not root.live
    assert root.realpath("/proc/self") == f"/proc/{os.getpid()}"
    assert root.read("/proc/self/cmdline") == Path("/proc/self/cmdline").read_bytes()
    assert root.read(__file__) == Path(__file__).read_bytes()
    assert root.statvfs("/").f_bsize == os.statvfs("/").f_bsize
    assert root.statvfs("/proc/self").f_bsize == os.statvfs("/proc/self").f_bsize
    root.deadline = time.monotonic() - 1
    for path in ("/proc/self/cmdline", __file__):
        with pytest.raises(OutOfTime):
            root.read(path)


def test_a_copy_of_a_system_tells_nothing_of_its_file_system(tree: Path) -> None:
    with pytest.raises(Unreadable, match="only the running system tells"):
        TreeRoot(str(tree)).statvfs("/")


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["a/l", "a/m", "a/c/n", "b/o", "p"]),
        st.lists(st.sampled_from([*"abcdlmnop", ".", ""]), max_size=4),
        max_size=4,
    ),
    st.lists(st.sampled_from([*"abcdlmnop", "."]), max_size=5),
)
def test_links_lead_where_the_kernel_follows_them(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, list[str]], asked: list[str]
) -> None:
    """Without `..` and absolute targets nothing can leave, so the two must agree."""
    base = tmp_path_factory.mktemp("tree").resolve()
    write(base, "a/c/d", "a/c/d")
    write(base, "b/d", "b/d")
    for path, target in links.items():
        text = "/".join(target).lstrip("/")
        if text:
            link(base, path, text)
    path = "/" + "/".join(asked)
    try:
        expected = os.path.realpath(f"{base}{path}", strict=True)[len(str(base)) :] or "/"
    except OSError as error:
        expected = errno.errorcode[error.errno or 0]
    try:
        found = TreeRoot(str(base)).realpath(path)
    except OSError as error:
        found = errno.errorcode[error.errno or 0]
    assert found == expected
