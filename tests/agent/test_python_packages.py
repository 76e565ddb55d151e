"""The installed distributions, where they came from, and whether they are as they were installed.

What is installed in the recorded tree is what `importlib.metadata` of its interpreters told.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.agent import distributions as distributions_module
from auditor.agent.collectors import python_integrity, python_packages, python_sources
from auditor.agent.distributions import Record, find_distributions, normalise
from auditor.agent.root import OutOfTime, TreeRoot
from auditor.agent.section import Section
from auditor.agent.subject import Subject

from .trees import copy_of, link, process, write

SITE = "opt/venv/lib/python3.11/site-packages"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of("debian12-python-venv", tmp_path)


@pytest.fixture
def section(subject_of: Callable[..., Subject], collect: Any) -> Callable[..., Section]:
    def read(collector: Any, tree: Path | str, **options: Any) -> Section:
        found: Section = collect(collector, subject_of(tree, **options))
        return found

    return read


@pytest.fixture
def packages(section: Callable[..., Section]) -> Callable[..., dict[str, str]]:
    def read(tree: Path | str) -> dict[str, str]:
        found = section(python_packages, tree)
        assert (found.status, found.facts.gaps) == ("ok", {})
        values: dict[str, str] = found.facts.values
        return values

    return read


def install(
    tree: Path,
    name: str,
    version: str,
    files: dict[str, str] | None = None,
    info: str | None = None,
    site: str = SITE,
) -> str:
    """A distribution as pip leaves it; returns the path of its metadata directory."""
    info = info or f"{name}-{version}.dist-info"
    contents = dict(files or {})
    contents[info + "/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    rows = []
    for path, content in contents.items():
        write(tree, f"{site}/{path}", content)
        rows.append(f"{path},{sha256(content)},{len(content)}")
    write(tree, f"{site}/{info}/RECORD", "\n".join([*rows, info + "/RECORD,,", ""]))
    return f"{site}/{info}"


def sha256(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


# -- python.packages


def test_a_virtual_environment(packages: Callable[..., dict[str, str]]) -> None:
    assert packages("debian12-python-venv") == {
        "alpha-lib": "1.0",
        "beta-tools": "2.1.post1",
        "delta": "0.0.4",
        "epsilon": "0.5",
        "gamma": "0.3",
        "zeta": "6",
    }


SYSTEM = {"alpha-lib": "1.0", "beta-tools": "2.1.post1"}


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["/opt/shared/bin/python", "x"], {**SYSTEM, "gamma": "0.3"}),
        (["/usr/bin/python3", "x"], {**SYSTEM, "gamma": "0.3"}),
        (["/usr/bin/python3", "-s", "x"], SYSTEM),
    ],
)
def test_the_other_interpreters(
    packages: Callable[..., dict[str, str]],
    tree: Path,
    argv: list[str],
    expected: dict[str, str],
) -> None:
    environ = {"HOME": "/root", "PATH": "/usr/bin"}
    process(tree, 1, argv=argv, environ=environ, exe="/usr/bin/python3.11", cwd="/")
    assert packages(tree) == expected


def test_without_site_nothing_is_installed(section: Callable[..., Section], tree: Path) -> None:
    process(tree, 1, argv=["/opt/venv/bin/python", "-S", "x"], cwd="/")
    found = section(python_packages, tree)
    assert (found.status, found.reason) == ("absent", "no distribution is installed")


def test_conda(packages: Callable[..., dict[str, str]], section: Callable[..., Section]) -> None:
    assert packages("conda-environment") == {"idna": "3.7"}
    source = section(python_sources, "conda-environment").facts["idna"]
    assert source["installer"] == "conda"
    assert source["tags"] == ["py3-none-any"]
    assert section(python_integrity, "conda-environment").facts.values == {"idna": "intact"}


def test_no_interpreter(section: Callable[..., Section], tmp_path: Path) -> None:
    for collector in (python_packages, python_sources, python_integrity):
        assert section(collector, tmp_path).status == "absent"


def test_the_first_on_the_path_counts(packages: Callable[..., dict[str, str]], tree: Path) -> None:
    """As an import would meet it."""
    install(tree, "gamma", "9.9", site="root/.local/lib/python3.11/site-packages")
    for info in (tree / "root/.local/lib/python3.11/site-packages").glob("gamma-0.3*"):
        (info / "METADATA").unlink()
        (info / "RECORD").rename(info / "METADATA.old")
        info.rename(info.with_name("removed"))
    environ = {"HOME": "/root", "PATH": "/usr/bin"}
    process(tree, 1, argv=["/opt/shared/bin/python", "x"], environ=environ, cwd="/")
    assert packages(tree)["gamma"] == "0.3"  # the venv's before the user's
    process(tree, 1, argv=["/usr/bin/python3", "x"])
    assert packages(tree)["gamma"] == "9.9"


def test_what_an_interrupted_pip_left_is_not_installed(
    packages: Callable[..., dict[str, str]], tree: Path
) -> None:
    """pip renames what it is about to remove; the metadata inside keeps the name."""
    install(tree, "numpy", "1.26.4", info="~umpy-1.26.4.dist-info")
    install(tree, "gamma", "0.1", info="~amma-0.1.dist-info")
    write(tree, SITE + "/~-py-1.0.dist-info/METADATA", "Name: x-py\nVersion: 1.0\n")
    found = packages(tree)
    assert "numpy" not in found
    assert "x-py" not in found
    assert found["gamma"] == "0.3"


@pytest.mark.parametrize(
    ("entry", "metadata", "expected"),
    [
        ("Foo.Bar-1.0.dist-info", "Name: Foo.Bar\nVersion: 1.0\n", ("foo-bar", "1.0")),
        # A name in the metadata counts, that of the directory stands in for it.
        ("foo_bar-1.0.dist-info", None, ("foo-bar", "1.0")),
        ("foo_bar-1.0.dist-info", "", ("foo-bar", "1.0")),
        ("foo_bar-1.0.dist-info", "\nName: other\n", ("foo-bar", "1.0")),
        ("foo-1.0.dist-info", "Name: foo\r\nVersion: 2.0+local.7\r\n\r\n", ("foo", "2.0+local.7")),
        ("foo-1.0.dist-info", "Name:foo\nVersion:  3\nVersion: 4\n", ("foo", "3")),
        ("foo-1.0.dist-info", b"Name: caf\xe9\nVersion: 1\n", ("caf\\xe9", "1")),
        ("foo-1.0.dist-info", "Name: " + "n" * 1000 + "\nVersion: 1\n", ("n" * 256, "1")),
        ("foo-1.0.dist-info", "Name: foo\nVersion: " + "1" * 9000, ("foo", "1" * 256)),
        ("foo-1.0-py3.11.egg-info", None, ("foo", "1.0")),
    ],
)
def test_names_and_versions(
    packages: Callable[..., dict[str, str]],
    tree: Path,
    entry: str,
    metadata: str | bytes | None,
    expected: tuple[str, str],
) -> None:
    place = f"{SITE}/{entry}/" + ("PKG-INFO" if entry.endswith(".egg-info") else "METADATA")
    if metadata is None:
        write(tree, f"{SITE}/{entry}/top_level.txt")
    else:
        write(tree, place, metadata)
    name, version = expected
    assert packages(tree)[name] == version


def test_eggs_in_all_their_forms(packages: Callable[..., dict[str, str]], tree: Path) -> None:
    write(tree, SITE + "/single-1.2.egg-info", "Name: single\nVersion: 1.2\n")  # distutils
    write(tree, SITE + "/folder-1.3-py3.11.egg-info/PKG-INFO", "Name: folder\nVersion: 1.3\n")
    write(tree, SITE + "/egg-1.4-py3.11.egg/EGG-INFO/PKG-INFO", "Name: egg\nVersion: 1.4\n")
    write(tree, SITE + "/empty.egg-link", "")
    write(tree, SITE + "/gone.egg-link", "/srv/gone\n.")
    link(tree, SITE + "/zero.egg-link", "/dev/zero")
    found = packages(tree)
    assert (found["single"], found["folder"], found["egg"]) == ("1.2", "1.3", "1.4")
    assert found["epsilon"] == "0.5"
    assert not {"empty", "gone", "zero"} & set(found)


@pytest.mark.parametrize("strange", ["fifo", "zero", "loop", "sparse", "directory", "denied"])
def test_metadata_that_is_no_file(
    packages: Callable[..., dict[str, str]], tree: Path, strange: str
) -> None:
    """The name of the directory tells as much."""
    metadata = tree / SITE / "bad-2.0.dist-info/METADATA"
    metadata.parent.mkdir()
    if strange == "fifo":
        os.mkfifo(metadata)
    elif strange == "zero":
        metadata.symlink_to("/dev/zero")
    elif strange == "loop":
        metadata.symlink_to("METADATA")
    elif strange == "directory":
        metadata.mkdir()
    elif strange == "sparse":
        with metadata.open("wb") as file:
            file.truncate(2**36)
    else:
        metadata.touch(0o000)
    assert packages(tree)["bad"] == "2.0"


def test_metadata_outside_the_tree(packages: Callable[..., dict[str, str]], tree: Path) -> None:
    write(tree.parent, "outside/METADATA", "Name: outside\nVersion: 6\n")
    (tree / SITE / "out-1.0.dist-info").symlink_to(tree.parent / "outside")
    (tree / SITE / "up-1.0.dist-info").symlink_to("../" * 12 + "outside")
    found = packages(tree)
    assert "outside" not in found


def test_too_many_distributions_are_refused(
    section: Callable[..., Section], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributions_module, "MAX_DISTRIBUTIONS", 5)
    found = section(python_packages, tree)
    assert (found.status, found.reason) == ("error", "more than 5 distributions")


@pytest.mark.skipif(os.getuid() == 0, reason="root reads every directory")
def test_a_directory_that_may_not_be_read(section: Callable[..., Section], tree: Path) -> None:
    (tree / SITE).chmod(0)
    found = section(python_packages, tree)
    (tree / SITE).chmod(0o755)
    assert found.facts.gaps == {"*": f"/{SITE} may not be read"}


def test_a_directory_that_is_denied(
    section: Callable[..., Section], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For root, too: the refusal is made by hand."""
    listdir = TreeRoot.listdir

    def refuse(self: TreeRoot, path: str) -> list[str]:
        if path == "/" + SITE:
            raise PermissionError(13, "Permission denied")
        return listdir(self, path)

    monkeypatch.setattr(TreeRoot, "listdir", refuse)
    found = section(python_packages, tree)
    assert found.facts.gaps == {"*": f"/{SITE} may not be read"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Foo", "foo"), ("foo.bar", "foo-bar"), ("foo__bar", "foo-bar"), ("A-._-b", "a-b"),
        ("zope.interface", "zope-interface"), ("ruamel.yaml.clib", "ruamel-yaml-clib"),
    ],
)  # fmt: skip
def test_normalised_names(name: str, expected: str) -> None:
    assert normalise(name) == expected


@given(st.from_regex(r"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?\Z"))
def test_normalised_names_follow_pep_503(name: str) -> None:
    import re

    assert normalise(name) == re.sub(r"[-_.]+", "-", name).lower()


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1,
                               max_size=12), st.binary(max_size=60), max_size=4))  # fmt: skip
def test_entries_of_noise(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, bytes]
) -> None:
    base = tmp_path_factory.mktemp("site")
    for name, content in entries.items():
        if name not in (".", "..") and len(name.encode()) < 200:
            write(base, f"site/{name}.dist-info/METADATA", content)
            write(base, f"site/{name}.egg-link", content)
            write(base, f"site/{name}.egg-info", content)
    for name, found in find_distributions(TreeRoot(str(base)), ["/site", "/missing"]).items():
        assert name == found.name
        assert 0 < len(name) <= 256
        assert len(found.version) <= 256


# -- python.sources


def test_where_each_came_from(section: Callable[..., Section]) -> None:
    found = section(python_sources, "debian12-python-venv")
    assert (found.status, found.facts.gaps) == ("ok", {})
    both = ["py2-none-any", "py3-none-any"]
    assert found.facts.values == {
        "alpha-lib": {
            "installer": "pip",
            "tags": both,
            "url": "file:///rec/wheels/Alpha_Lib-1.0-py2.py3-none-any.whl",
            "record": "sha256:2ea400bc49fef59f3e73397f293fe9584804d93bfced8512235e8a771fb5f5f5",
        },
        "beta-tools": {
            "installer": "pip",
            "tags": both,
            "record": "sha256:14eb8e6985496e7c903f70309aab3213edce00b978257492c3167bd00db8bc67",
        },
        "delta": {
            "installer": "pip",
            "tags": ["py3-none-any"],
            "url": "file:///srv/src/delta",
            "editable": True,
            "record": "sha256:a6d40d697fada7e8c9f8786e5477579d63cd271f12b85983604b4be9cff889bb",
        },
        "epsilon": {"editable": True},
        "gamma": {
            "installer": "pip",
            "tags": both,
            "record": "sha256:e3b0cc0edfdaafff4fd10e72d8ab907ca0d621200782fb6d47599c080bfbc632",
        },
        "zeta": {
            "installer": "pip",
            "tags": ["py3-none-any"],
            "url": "file:///srv/src/zeta",
            "editable": True,
            "record": "sha256:737652b3a6d1de72f00372c68774aafdaf2a76a12bdde9e806f4ca46ad27d7c8",
        },
    }


def test_one_wheel_installed_twice_has_one_record(
    section: Callable[..., Section], tree: Path
) -> None:
    """In another place and way: other scripts, bytecode, REQUESTED; the same wheel."""
    here = section(python_sources, tree).facts["alpha-lib"]["record"]
    process(tree, 1, argv=["/usr/bin/python3", "x"], environ={"PATH": "/usr/bin"}, cwd="/")
    assert section(python_sources, tree).facts["alpha-lib"]["record"] == here


def test_another_build_of_one_version_has_another_record(
    section: Callable[..., Section], tree: Path
) -> None:
    before = section(python_sources, tree).facts["gamma"]["record"]
    record = tree / SITE / "gamma-0.3.dist-info/RECORD"
    text = record.read_text()
    record.write_text(text.replace("sha256=6c1T", "sha256=7c1T"))
    assert section(python_sources, tree).facts["gamma"]["record"] != before


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {
                "url": "https://git.example.org/a.git",
                "vcs_info": {"vcs": "git", "commit_id": "c" * 40, "requested_revision": "v1.2"},
            },
            {"url": "https://git.example.org/a.git", "commit": "c" * 40, "revision": "v1.2"},
        ),
        (
            {"url": "https://example.org/a.whl", "archive_info": {"hash": "sha256=" + "a" * 64}},
            {"url": "https://example.org/a.whl", "archive": "sha256=" + "a" * 64},
        ),
        ({"url": "file:///srv", "dir_info": {}}, {"url": "file:///srv"}),
        ({"url": "file:///srv", "dir_info": {"editable": False}}, {"url": "file:///srv"}),
        ({"url": "file:///srv", "dir_info": ["editable"], "vcs_info": 7}, {"url": "file:///srv"}),
        ({"url": "file:///srv", "vcs_info": {"commit_id": {"a": 1}}}, {"url": "file:///srv"}),
    ],
)
def test_direct_urls(
    section: Callable[..., Section], tree: Path, document: object, expected: dict[str, object]
) -> None:
    info = install(tree, "web", "1")
    write(tree, info + "/direct_url.json", json.dumps(document))
    found = section(python_sources, tree).facts["web"]
    del found["record"]
    assert found == expected


@pytest.mark.parametrize(
    "text", ["[" * 5000, "{}", "[]", "nul", '{"url"', "\x00", '{"url": NaN,}', "7"]
)
def test_a_direct_url_that_is_none(section: Callable[..., Section], tree: Path, text: str) -> None:
    info = install(tree, "web", "1")
    write(tree, info + "/direct_url.json", text)
    found = section(python_sources, tree)
    assert found.status == "ok"
    assert found.facts.gaps == {"web": "direct_url.json cannot be understood"}
    assert "gamma" in found.facts


def test_credentials_in_direct_urls_do_not_leave(
    section: Callable[..., Section], tree: Path
) -> None:
    secret = "Zq8" + "mK2vT9xLw4RpB7nY"
    info = install(tree, "web", "1")
    write(
        tree,
        info + "/direct_url.json",
        json.dumps(
            {
                "url": f"https://deploy:{secret}@git.example.org/a.git?token={secret}",
                "vcs_info": {"commit_id": "c" * 40, "requested_revision": f"tok_{secret}"},
            }
        ),
    )
    write(tree, info + "/INSTALLER", f"pip {secret}\n")
    write(tree, info + "/WHEEL", f"Tag: py3-none-any\nGenerator: {secret}\n")
    text = repr(section(python_sources, tree).facts.values)
    assert secret not in text
    assert "git.example.org/a.git" in text


def test_a_stale_duplicate_is_told(section: Callable[..., Section], tree: Path) -> None:
    """What `pip install --target` or a copied layer leaves: two versions of one name."""
    install(tree, "gamma", "0.2")
    install(tree, "gamma", "0.4")
    assert section(python_packages, tree).facts["gamma"] == "0.2"
    assert section(python_sources, tree).facts["gamma"]["hides"] == ["0.3", "0.4"]


# -- python.integrity


def test_everything_is_intact(section: Callable[..., Section]) -> None:
    for integrity in ("fast", "full"):
        found = section(python_integrity, "debian12-python-venv", integrity=integrity)
        assert found.facts.values == {
            "alpha-lib": "intact",
            "beta-tools": "intact",
            "delta": "intact",
            "gamma": "intact",
            "zeta": "intact",
        }
        assert found.facts.gaps == {"epsilon": "its installer left no RECORD"}


def test_an_absolute_path_is_none_of_the_site_directory(
    section: Callable[..., Section], tree: Path
) -> None:
    """Also where dots in a name, or a way up, make it look like a relative one."""
    info = install(tree, "odd", "1", {"odd/x.py": "x"})
    write(tree, "srv/data..csv", "12345")
    record = tree / info / "RECORD"
    record.write_text(record.read_text() + "/srv/data..csv,,5\n/srv/../srv/data..csv,,5\n")
    assert section(python_integrity, tree).facts["odd"] == "intact"


def test_switched_off(section: Callable[..., Section]) -> None:
    found = section(python_integrity, "debian12-python-venv", integrity="off")
    assert (found.status, found.reason) == ("skipped", "switched off (--integrity off)")


def test_what_was_done_to_a_distribution(section: Callable[..., Section], tree: Path) -> None:
    package = tree / SITE / "alpha_lib"
    (package / "core.py").write_text("def f():\n    return 22\n")  # another size
    (package / "__init__.py").write_text("VALUE = 2\n")  # the same size
    (package / "data/a,b.txt").unlink()
    (tree / "opt/venv/bin/alpha").unlink()
    (package / "extra.py").write_text("")
    (package / "data/b.txt").write_text("")
    write(tree, SITE + "/alpha_lib/__pycache__/core.cpython-311.pyc", "bytecode is made later")
    write(tree, SITE + "/alpha_lib/core.pyc", "and is left out")
    fast = section(python_integrity, tree).facts
    assert fast["alpha-lib"] == {
        "changed": ["alpha_lib/core.py"],
        "missing": ["../../../bin/alpha", "alpha_lib/data/a,b.txt"],
        "extra": ["alpha_lib/data/b.txt", "alpha_lib/extra.py"],
    }
    assert fast["beta-tools"] == "intact"
    full = section(python_integrity, tree, integrity="full").facts
    assert full["alpha-lib"]["changed"] == ["alpha_lib/__init__.py", "alpha_lib/core.py"]
    assert full["beta-tools"] == "intact"


def test_many_changes_are_counted(section: Callable[..., Section], tree: Path) -> None:
    files = {f"many/f{number:02}.py": "x" for number in range(25)}
    install(tree, "many", "1", files)
    for path in files:
        (tree / SITE / path).unlink()
    missing = section(python_integrity, tree).facts["many"]["missing"]
    assert missing[:2] == ["many/f00.py", "many/f01.py"]
    assert missing[20:] == ["... 5 more"]


def test_a_shared_directory_has_no_extra_files(section: Callable[..., Section], tree: Path) -> None:
    """Namespace packages: what another RECORD names is not extra, and told of once if it is."""
    install(tree, "ns-one", "1", {"ns/one.py": "1"})
    install(tree, "ns-two", "1", {"ns/two.py": "2", "ns/deep/x.py": "3"})
    facts = section(python_integrity, tree).facts
    assert (facts["ns-one"], facts["ns-two"]) == ("intact", "intact")
    write(tree, SITE + "/ns/three.py")
    facts = section(python_integrity, tree).facts
    assert facts["ns-one"] == {"extra": ["ns/three.py"]}
    assert facts["ns-two"] == "intact"


@pytest.mark.parametrize("integrity", ["fast", "full"])
def test_when_time_is_over_what_is_certain_is_told(
    section: Callable[..., Section],
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
    integrity: str,
) -> None:
    """An unknown file may be the next distribution's, and what was not hashed is not known."""
    install(tree, "ns-one", "1", {"ns/one.py": "1"})
    install(tree, "ns-three", "1", {"last/x.py": "3"})
    install(tree, "ns-two", "1", {"ns/two.py": "2"})
    (tree / SITE / "alpha_lib/core.py").unlink()
    sizes = TreeRoot.sizes

    def until_the_last(root: TreeRoot, directory: str) -> dict[str, int]:
        if directory.endswith("/last"):
            raise OutOfTime("time budget spent")
        return sizes(root, directory)

    monkeypatch.setattr(TreeRoot, "sizes", until_the_last)
    found = section(python_integrity, tree, integrity=integrity)
    assert (found.status, found.reason) == ("error", "time budget spent")
    if integrity == "full":
        assert found.facts.values == {}
    else:
        assert found.facts["alpha-lib"] == {"missing": ["alpha_lib/core.py"]}
        assert found.facts["gamma"] == "intact"
        assert not {"ns-one", "ns-two", "ns-three"} & found.facts.values.keys()


def test_links_count_as_what_they_lead_to(section: Callable[..., Section], tree: Path) -> None:
    install(tree, "linked", "1", {"linked/a.py": "12345"})
    link(tree, SITE + "/linked/a.py", "/opt/store/a.py")
    write(tree, "opt/store/a.py", "12345")
    assert section(python_integrity, tree).facts["linked"] == "intact"
    (tree / "opt/store/a.py").unlink()
    assert section(python_integrity, tree).facts["linked"] == {"missing": ["linked/a.py"]}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("/etc/machine-id,,5", "intact"),  # absolute
        ("/etc/gone,,5", {"missing": ["/etc/gone"]}),
        ("../../../../../etc/machine-id,,5", "intact"),
        ("../" * 30 + "etc/machine-id,,5", "intact"),  # `..` stops at the root
        ("./sub/./x.py,,1", "intact"),
        ("sub//x.py,,1", "intact"),
        ("sub/x.py,,9", {"changed": ["sub/x.py"]}),
        ("sub/x.py,,", "intact"),
        ("sub/x.py", "intact"),
        ("sub/x.py,sha256=wrong,1", {"changed": ["sub/x.py"]}),
        ("sub/x.py," + sha256("x") + "=,1", "intact"),  # with padding
        ("sub/x.py,md5=nc4e-n6kRlTB1ppmTmTrQA,1", {"changed": ["sub/x.py"]}),
        ("sub/x.py,shake_128=AAAA,1", None),
        ("sub/x.py,nonsense,1", None),
        ("sub/x.py,,\u00b2", None),
        ("sub/x.py,," + "9" * 5000, None),
        ("sub,,", {"missing": ["sub"]}),  # a directory is no file
        ("nul\0name,,1", {"missing": ["nul\0name"]}),
        ("fifo,,", {"missing": ["fifo"]}),
        ("", "intact"),
        (",,", "intact"),
    ],
)
def test_rows_of_every_kind(
    section: Callable[..., Section], tree: Path, row: str, expected: object
) -> None:
    """None: it cannot be told, which is a gap. Others keep their facts in every case."""
    write(tree, "etc/machine-id", "12345")
    info = install(tree, "odd", "1", {"sub/x.py": "x"})
    os.mkfifo(tree / SITE / "fifo")
    record = tree / info / "RECORD"
    record.write_text(record.read_text() + row + "\n")
    found = section(python_integrity, tree, integrity="full")
    assert found.status == "ok"
    assert found.facts.get("odd") == expected
    assert ("odd" in found.facts.gaps) is (expected is None)
    assert found.facts["gamma"] == "intact"


def test_a_size_that_no_file_has_is_not_read(section: Callable[..., Section], tree: Path) -> None:
    """A sparse terabyte under a RECORD of a few bytes is found by its size alone."""
    install(tree, "sparse", "1", {"sparse/a.bin": "12345"})
    with (tree / SITE / "sparse/a.bin").open("wb") as file:
        try:
            file.truncate(2**40)
        except OSError:
            pytest.skip("this file system holds no file of 1 TiB")
    found = section(python_integrity, tree, integrity="full")
    assert found.facts["sparse"] == {"changed": ["sparse/a.bin"]}


def test_a_crowded_directory_costs_one_distribution_its_fact(
    section: Callable[..., Section], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tree, "crowded", "1", {f"crowded/{number}.py": "" for number in range(60)})
    monkeypatch.setattr("auditor.agent.root.MAX_ENTRIES", 50)
    found = section(python_integrity, tree)
    assert found.facts.gaps["crowded"] == "more than 50 entries"
    assert found.facts["gamma"] == "intact"


# -- RECORD


def test_quoted_rows() -> None:
    """By the CSV of RECORD: quotes are doubled, commas stand in quotes."""
    record = Record(
        "plain.py,sha256=a,1\r\n"
        '"a,b.txt",sha256=b,2\n'
        '"say ""hi"".txt",sha256=c,3\n'
        '"",,\n'
        '"open,sha256=d,4\n'
        'odd"name.py,sha256=e,5\n'
        "form\x0cfeed\u2028.py,sha256=f,6"
    )
    rows = list(record)
    assert rows[:3] == [
        ["plain.py", "sha256=a", "1"],
        ["a,b.txt", "sha256=b", "2"],
        ['say "hi".txt', "sha256=c", "3"],
    ]
    assert rows[-2:] == [
        ['odd"name.py', "sha256=e", "5"],
        ["form\x0cfeed\u2028.py", "sha256=f", "6"],
    ]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1),
            st.sampled_from(["", "sha256=abc_-"]),
            st.sampled_from(["", "0", "123"]),
        )
    )
)
def test_rows_come_back_as_the_csv_module_wrote_them(rows: list[tuple[str, str, str]]) -> None:
    import csv
    import io

    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    assert list(Record(file.getvalue())) == [list(row) for row in rows]


@given(st.text())
def test_rows_of_noise(text: str) -> None:
    for path, checksum, size in Record(text):
        assert path
        assert "\n" not in path + checksum + size
    Record(text).digest()
