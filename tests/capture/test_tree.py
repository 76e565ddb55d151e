"""Layers merged: whiteouts, replacements, links; against a model, and what is freed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.agent.section import Unreadable
from auditor.capture import tree as tree_module
from auditor.capture.archive import ArchiveRoot
from auditor.capture.chunks import Stream
from auditor.capture.tar import TarStream
from auditor.capture.tree import Layer, Node, Tree
from auditor.model import InvalidInput

from .making import Entry, directory, fifo, hard_link, link, tar

Entries = Mapping[str, Any] | Iterable[tuple[str, Any]]


def layer(entries: Entries, number: int = 0, whiteouts: bool = True) -> Layer:
    stream = TarStream(Stream([tar(entries)]), time.monotonic() + 60)
    return Layer(stream, number, whiteouts)


def merged(*layers: Entries) -> Tree:
    tree = Tree(time.monotonic() + 60)
    for number, entries in enumerate(layers):
        tree.apply(layer(entries, number))
    return tree


def shown(tree: Tree) -> dict[str, str]:
    """Every path with what stands there: `5`, `2 -> target`, or the content of a file in /etc."""
    found: dict[str, str] = {}
    pending: list[tuple[str, Node]] = [("", tree.root)]
    while pending:
        path, node = pending.pop()
        for name, child in (node.children or {}).items():
            below = f"{path}/{name}"
            content = b"".join(part for _, part in child.extents).decode()
            found[below] = {"2": f"-> {child.link}", "0": content}.get(child.kind, child.kind)
            pending.append((below, child))
    return dict(sorted(found.items()))


def of(tree: Tree) -> ArchiveRoot:
    return ArchiveRoot(tree)


LOWER: dict[str, Entry] = {
    "etc/": directory(), "etc/a": "1", "etc/b": "2", "etc/d/x": "3", "etc/d/y": "4",
}  # fmt: skip


@pytest.mark.parametrize(
    ("upper", "left"),
    [
        ({"etc/.wh.a": ""}, {"b", "d", "d/x", "d/y"}),
        ({"etc/.wh.d": ""}, {"a", "b"}),
        ({"etc/.wh..wh..opq": ""}, set()),
        ({"etc/d/.wh..wh..opq": ""}, {"a", "b", "d"}),
        ({"etc/d/.wh..wh..opq": "", "etc/d/z": "9"}, {"a", "b", "d", "d/z"}),
        ({"etc/d/z": "9", "etc/d/.wh..wh..opq": ""}, {"a", "b", "d", "d/z"}),
        # What its own layer adds is not removed, in whatever order.
        ({"etc/.wh.a": "", "etc/a": "9"}, {"a", "b", "d", "d/x", "d/y"}),
        ({"etc/a": "9", "etc/.wh.a": ""}, {"a", "b", "d", "d/x", "d/y"}),
        ({"etc/.wh.d": "", "etc/d/z": "9"}, {"a", "b", "d", "d/z"}),
        ({"etc/d/z": "9", "etc/.wh.d": ""}, {"a", "b", "d", "d/z"}),
        # A file for a directory and the other way round.
        ({"etc/d": "9"}, {"a", "b", "d"}),
        ({"etc/a/": directory(), "etc/a/new": "9"}, {"a", "a/new", "b", "d", "d/x", "d/y"}),
        ({"etc/a/new": "9"}, {"a", "a/new", "b", "d", "d/x", "d/y"}),
        # A directory over a directory keeps its entries.
        ({"etc/": directory(0o700)}, {"a", "b", "d", "d/x", "d/y"}),
        # Whiteouts of what is not there, and AUFS's own files.
        ({"etc/.wh.no": "", "no/.wh.x": "", "no/.wh..wh..opq": ""}, {"a", "b", "d", "d/x", "d/y"}),
        ({".wh..wh.aufs": "", ".wh..wh.plnk/7.1": "x"}, {"a", "b", "d", "d/x", "d/y"}),
    ],
)  # fmt: skip
def test_whiteouts_and_replacements(upper: dict[str, Entry], left: set[str]) -> None:
    found = shown(merged(LOWER, upper))
    below = {path.removeprefix("/etc/") for path in found if path.startswith("/etc/")}
    assert below == left


def test_attributes_are_the_upper_layers() -> None:
    root = of(merged(LOWER, {"etc/": directory(0o700), "etc/a": "new"}))
    assert root.stat("/etc").st_mode & 0o777 == 0o700
    assert root.read("/etc/a") == b"new"


def test_a_whiteout_is_no_file_in_a_root_file_system() -> None:
    tree = Tree(time.monotonic() + 60)
    tree.apply(layer({"etc/.wh.a": "plain"}, whiteouts=False))
    assert of(tree).read("/etc/.wh.a") == b"plain"


def test_what_the_lower_layer_had_may_come_back() -> None:
    tree = merged(LOWER, {"etc/.wh.d": ""}, {"etc/d/y": "again"})
    assert [path for path in shown(tree) if path.startswith("/etc/d")] == ["/etc/d", "/etc/d/y"]


# -- links ------------------------------------------------------------------------------------


def test_an_entry_below_a_link_goes_where_the_link_leads() -> None:
    """As containerd does: /lib is a link to usr/lib, and an upper layer brings lib/x."""
    lower = {"usr/lib/": directory(), "lib": link("usr/lib"), "etc/real/": directory()}
    root = of(merged(lower, {"lib/etc-x": "1"}))
    assert root.listdir("/usr/lib") == ["etc-x"]
    assert root.readlink("/lib") == "usr/lib"
    # An entry for the directory itself replaces the link.
    root = of(merged(lower, {"lib/": directory(), "lib/x": "1"}))
    assert root.listdir("/usr/lib") == []
    assert root.listdir("/lib") == ["x"]


@pytest.mark.parametrize("target", ["../../../../usr", "/usr", "/../usr"])
def test_links_do_not_lead_out(target: str) -> None:
    tree = merged({"usr/": directory(), "a/b/l": link(target)}, {"a/b/l/etc": "inside"})
    assert "/usr/etc" in shown(tree)


def test_entries_behind_a_circle_of_links_are_refused() -> None:
    with pytest.raises(InvalidInput, match="links lead in circles"):
        merged({"a": link("b"), "b": link("a"), "a/x": "1"})
    root = of(merged({"a": link("b"), "b": link("a")}))  # nobody goes there: no harm
    with pytest.raises(OSError, match="symbolic links"):
        root.stat("/a")


def test_hard_links_across_layers() -> None:
    lower: dict[str, Entry] = {"etc/a": "one", "etc/h": hard_link("etc/a")}
    root = of(merged(lower, {"etc/a": "two"}))
    assert (root.read("/etc/a"), root.read("/etc/h")) == (b"two", b"one")
    root = of(merged(lower, {"etc/.wh.a": ""}))
    assert root.read("/etc/h") == b"one"
    root = of(merged({"etc/a": "one"}, {"etc/h": hard_link("etc/a")}))
    assert root.read("/etc/h") == b"one"
    root = of(merged({"etc/a": "one"}, [("etc/h", hard_link("etc/b")), ("etc/b", "late")]))
    assert root.read("/etc/h") == b"late"


@pytest.mark.parametrize(
    ("entries", "saying"),
    [
        ({"h": hard_link("nowhere")}, "has no file"),
        ({"a": hard_link("b"), "b": hard_link("a")}, "has no file"),
        ({"d/": directory(), "d/h": hard_link("d")}, "hard link to a directory"),
        ({"etc/.wh.": ""}, "removes nothing"),
        ({"etc/.wh...": ""}, "removes nothing"),
        ({"etc/.wh..": ""}, "removes nothing"),
    ],
)
def test_entries_that_mean_nothing_are_refused(entries: dict[str, Entry], saying: str) -> None:
    with pytest.raises(InvalidInput, match=saying):
        merged({"etc/x": "1"}, entries)


# -- a model ----------------------------------------------------------------------------------

PATHS = ("etc/r", "etc/r/a", "etc/r/b", "etc/r/a/x", "etc/r/a/y", "etc/r/b/x")
NAMES = st.sampled_from(PATHS)
LAYERS = st.lists(
    st.dictionaries(
        st.tuples(NAMES, st.sampled_from(["file", "directory", "whiteout", "opaque"])),
        st.text("abc", min_size=1, max_size=2),
        max_size=5,
    ),
    min_size=1,
    max_size=4,
)


def consistent(entries: Mapping[tuple[str, str], str]) -> dict[str, tuple[str, str]]:
    """path -> (kind, content): one entry a path, and nothing below a file of the same layer."""
    chosen: dict[str, tuple[str, str]] = {}
    for (path, kind), content in entries.items():
        if kind == "whiteout":
            path = path.rpartition("/")[0] + "/.wh." + path.rpartition("/")[2]  # noqa: PLW2901
            path = path.lstrip("/")  # noqa: PLW2901
        elif kind == "opaque":
            path += "/.wh..wh..opq"  # noqa: PLW2901
        chosen.setdefault(path, (kind, content))
    files = [path for path, (kind, _) in chosen.items() if kind == "file"]
    return {
        path: entry
        for path, entry in chosen.items()
        if not any(path.startswith(file + "/") for file in files)
    }


def model(layers: Iterable[Mapping[str, tuple[str, str]]]) -> dict[str, str]:
    """The specification, read out loud, on a flat table."""
    found: dict[str, str] = {}

    def drop(path: str, itself: bool) -> None:
        for there in list(found):
            if there.startswith(path + "/") or (itself and there == path):
                del found[there]

    for entries in layers:
        for path, (kind, _) in entries.items():
            if kind == "whiteout":
                drop("/" + path.replace(".wh.", "", 1), True)
            elif kind == "opaque":
                drop("/" + path.removesuffix("/.wh..wh..opq"), False)
        for path, (kind, content) in entries.items():
            if kind not in ("file", "directory"):
                continue
            parts = path.split("/")
            for length in range(1, len(parts)):
                parent = "/" + "/".join(parts[:length])
                if found.get(parent, "") != "5":
                    drop(parent, True)
                    found[parent] = "5"
            if not (kind == "directory" and found.get("/" + path) == "5"):
                drop("/" + path, True)
                found["/" + path] = "5" if kind == "directory" else content
    return dict(sorted(found.items()))


def as_entries(entries: Mapping[str, tuple[str, str]]) -> list[tuple[str, Entry]]:
    return [
        (path, directory() if kind == "directory" else content if kind == "file" else "")
        for path, (kind, content) in entries.items()
    ]


@given(LAYERS, st.randoms(use_true_random=False))
def test_any_layers_merge_as_the_specification_says(raw, chance) -> None:
    """In whatever order the entries of a layer stand; and what is gone costs nothing."""
    layers = [consistent(entries) for entries in raw]
    expected = model(layers)
    assert shown(merged(*map(as_entries, layers))) == expected
    shuffled = []
    for entries in layers:
        pairs = as_entries(entries)
        chance.shuffle(pairs)
        shuffled.append(pairs)
    tree = merged(*shuffled)
    assert shown(tree) == expected
    assert tree.count == 1 + len(expected)
    assert tree.kept == sum(len(content) for content in expected.values() if content != "5")


# -- memory -----------------------------------------------------------------------------------


def test_what_is_replaced_or_removed_is_freed() -> None:
    big = {"etc/big": "x" * 1_000_000, "etc/h": hard_link("etc/big")}
    tree = merged(big)
    assert tree.kept >= 1_000_000
    tree.apply(layer({"etc/big": "small"}, 1))
    assert tree.kept >= 1_000_000  # still there under its other name
    tree.apply(layer({"etc/.wh.h": ""}, 2))
    assert tree.kept == len("small")
    tree.apply(layer({".wh.etc": ""}, 3))
    assert (tree.kept, tree.count) == (0, 1)


def test_the_same_layer_twice() -> None:
    one = layer({"etc/": directory(), "etc/a": "1", "etc/h": hard_link("etc/a")})
    tree = Tree(time.monotonic() + 60)
    for _ in range(2):
        tree.apply(one)
    assert (tree.count, tree.kept) == (3, 1)
    tree.apply(layer({".wh.etc": ""}))
    tree.apply(one)
    assert shown(tree) == {"/etc": "5", "/etc/a": "1", "/etc/h": "1"}
    assert (tree.count, tree.kept) == (3, 1)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "MAX_FILES", 100)
    with pytest.raises(InvalidInput, match="more than 100 files"):
        merged({f"f{number}": "" for number in range(200)})
    with pytest.raises(InvalidInput, match="more than 100 files"):  # by directories alone
        merged({"/".join("a" * 30) + f"/{n}/" + "/".join("b" * 30): "" for n in range(9)})
    monkeypatch.setattr(tree_module, "MAX_KEPT", 1000)
    with pytest.raises(InvalidInput, match="of metadata"):
        merged({"etc/a": "x" * 2000})
    with pytest.raises(InvalidInput, match="of metadata"):  # by names and links alone
        merged({f"{n}": link("x" * 200) for n in range(50)})


# -- the root ---------------------------------------------------------------------------------


def test_what_is_not_kept_is_noted() -> None:
    root = of(merged({"srv/data": b"x" * 10_000, "srv/empty": ""}))
    assert root.read("/srv/empty") == b""
    with pytest.raises(Unreadable, match="not kept"):
        root.head("/srv/data", 10, 5000)
    with pytest.raises(Unreadable, match="not kept"):
        root.digest("/srv/data", "sha256")
    [missing] = root.missing.values()
    assert (missing.parts, missing.digests) == ({(5000, 10)}, {"sha256"})


def test_what_the_system_would_refuse() -> None:
    root = of(merged({"etc/f": "1", "etc/p": fifo(), "etc/l": link("f")}))
    with pytest.raises(NotADirectoryError):
        root.stat("/etc/f/x")
    with pytest.raises(NotADirectoryError):
        root.listdir("/etc/f")
    with pytest.raises(FileNotFoundError):
        root.stat("/nowhere")
    with pytest.raises(IsADirectoryError):
        root.read("/etc")
    with pytest.raises(Unreadable, match="not a regular file"):
        root.read("/etc/p")
    with pytest.raises(OSError, match="Invalid argument"):
        root.readlink("/etc/f")
    assert root.realpath("/etc/../etc/l") == "/etc/f"
    assert root.is_link("/etc/l")
