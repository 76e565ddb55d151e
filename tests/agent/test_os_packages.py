from __future__ import annotations

import os
import random
import shutil
import sqlite3
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.agent.collectors import os_packages as collector
from auditor.agent.root import TreeRoot
from auditor.agent.section import Unreadable
from auditor.agent.sqlite import Database

from .conftest import TARGETS

FEDORA = {
    "bash": "5.2.26-3.fc40",
    "glibc": "2.39-6.fc40",
    "kernel-core": "6.8.5-301.fc40,6.9.7-200.fc40",
    "openssl-libs": "1:3.2.1-2.fc40",
    "python3-libs": "3.12.2-2.fc40",
    "shadow-utils": "2:4.15.1-2.fc40",
    "tzdata": "2024a-5.fc40",
}
RPMDB = "usr/lib/sysimage/rpm/rpmdb.sqlite"


@pytest.fixture
def section_of(subject_of, collect):
    def section(name):
        return collect(collector, subject_of(name))

    return section


@pytest.fixture
def with_file(section_of, tmp_path):
    """The section of a tree that holds one file."""

    def section(path, content):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return section_of(tmp_path)

    return section


def stanza(name="a", version="1", arch="amd64", status="install ok installed"):
    return (
        f"Package: {name}\nStatus: {status}\nArchitecture: {arch}\nVersion: {version}\n\n"
    ).encode()


# -- dpkg -----------------------------------------------------------------------------------


def test_debian_11(section_of):
    section = section_of("debian11-minbase")
    assert section.status == "ok"
    assert section.facts.gaps == {}
    assert len(section.facts.values) == 46
    assert section.facts["bsdutils"] == "1:2.36.1-8+deb11u2"
    assert section.facts["dash"] == "0.5.11+git20200708+dd9ef66-5"


def test_debian_12_with_a_foreign_architecture(section_of):
    facts = section_of("debian12-minbase").facts
    assert len(facts.values) == 48
    assert facts["libc6"] == "2.36-9+deb12u14"
    assert facts["libc6:i386"] == "2.36-9+deb12u14"
    assert facts["zlib1g"] == "1:1.2.13.dfsg-1"
    assert facts["zlib1g:i386"] == "1:1.2.13.dfsg-1"
    assert facts["coreutils"] == "9.1-1"  # held
    assert "ucf" not in facts  # removed, its configuration is left


def test_debian_13(section_of):
    assert section_of("debian13-minbase").facts["libc-bin"] == "2.41-12+deb13u5"


def test_distroless(section_of):
    section = section_of("distroless-debian12")
    assert section.facts.gaps == {}
    assert section.facts.values == {
        "base-files": "12.4+deb12u5",
        "libc6": "2.36-9+deb12u7",
        "libssl3": "3.0.13-1~deb12u1",
        "netbase": "6.4",
        "tzdata": "2024a-0+deb12u1",
    }


def test_only_what_is_in_place_counts(with_file):
    section = with_file(
        "var/lib/dpkg/status",
        stanza("installed")
        + stanza("held", status="hold ok installed")
        + stanza("triggered", status="install ok triggers-pending")
        + stanza("removed", status="deinstall ok config-files")
        + stanza("purged", status="purge ok not-installed")
        + stanza("broken", status="install reinstreq half-installed"),
    )
    assert sorted(section.facts.values) == ["held", "installed", "triggered"]
    assert section.facts.gaps == {}


def test_fields_in_continued_lines_are_text(with_file):
    section = with_file(
        "var/lib/dpkg/status",
        b"Package: a\nStatus: install ok installed\nDescription: x\n Version: 9\nVersion: 1\n",
    )
    assert section.facts.values == {"a": "1"}


def test_native_architecture_is_dpkgs(with_file):
    content = stanza("one", arch="i386") + stanza("two", arch="i386") + stanza("dpkg")
    assert set(with_file("var/lib/dpkg/status", content).facts.values) == {
        "one:i386",
        "two:i386",
        "dpkg",
    }


def test_names_that_cannot_be_names(with_file):
    content = (
        stanza("good")
        + stanza("bad\x1b[31m")
        + stanza("x" * 300)
        + stanza("empty", version="")
        + stanza("", version="1")
        + stanza("right-to-left\u202e")
    )
    section = with_file("var/lib/dpkg/status", content)
    assert section.facts.values == {"good": "1"}
    assert section.facts.gaps == {"*": "5 entries could not be understood"}


def test_one_line_of_100_megabytes(with_file, tmp_path):
    with_file("var/lib/dpkg/status", stanza())
    os.truncate(tmp_path / "var/lib/dpkg/status", 100_000_000)
    section = with_file("other", b"")
    assert section.status == "error"
    assert section.reason == "larger than 33554432 bytes"


def test_fifo_is_not_an_absence(section_of, tmp_path):
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    os.mkfifo(tmp_path / "var/lib/dpkg/status")
    section = section_of(tmp_path)
    assert section.status == "error"
    assert section.reason == "not a regular file"


def test_unreadable_part_of_status_d(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "distroless-debian12", tmp_path / "tree", symlinks=True)
    os.mkfifo(tree / "var/lib/dpkg/status.d/hangs")
    section = section_of(tree)
    assert len(section.facts.values) == 5
    assert section.facts.gaps == {"*": "1 entries could not be understood"}


def test_too_many_packages(with_file, monkeypatch):
    monkeypatch.setattr(collector, "MAX_PACKAGES", 3)
    content = b"".join(stanza("p%d" % number) for number in range(5))
    section = with_file("var/lib/dpkg/status", content)
    assert list(section.facts.values) == ["p0", "p1", "p2"]
    assert section.facts.gaps == {"*": "more than 3 packages"}


# -- apk ------------------------------------------------------------------------------------


def test_alpine(section_of):
    section = section_of("alpine3.17-apk")
    assert section.facts.gaps == {}
    assert section.facts.values == {
        ".python-rundeps": "20240715.223049",
        "alpine-baselayout": "3.4.0-r0",
        "alpine-keys": "2.4-r1",
        "apk-tools": "2.10.8-r0",
        "busybox": "1.35.0-r31",
        "libcrypto3": "3.0.15-r0",
        "musl": "1.2.3-r6",
        "musl-utils": "1.2.3-r6",
        "tzdata": "2024a-r0",
    }


def test_apk_below_usr(with_file):
    section = with_file("usr/lib/apk/db/installed", b"C:Q1=\nP:wolfi-base\nV:1-r7\n\n")
    assert section.facts.values == {"wolfi-base": "1-r7"}


# -- rpm ------------------------------------------------------------------------------------


def test_fedora(section_of):
    section = section_of("fedora40-rpm-sqlite")
    assert section.status == "ok"
    assert section.facts.gaps == {}
    assert section.facts.values == FEDORA


def test_changes_not_yet_written_back(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "fedora40-rpm-sqlite", tmp_path / "tree", symlinks=True)
    (tree / (RPMDB + "-wal")).write_bytes(b"x")
    section = section_of(tree)
    assert section.facts.values == FEDORA
    assert section.facts.gaps == {"*": "rpm database has changes not yet written back (-wal)"}


@pytest.mark.parametrize(("name", "form"), [("Packages", "Berkeley DB"), ("Packages.db", "ndb")])
def test_forms_that_are_not_read(with_file, name, form):
    section = with_file("var/lib/rpm/" + name, b"\0" * 4096)
    assert section.status == "ok"
    assert section.facts.values == {}
    assert section.facts.gaps == {"*": "rpm database in %s form is not read" % form}


def test_centos_7(section_of):
    gaps = section_of("centos7-rpm-bdb").facts.gaps
    assert gaps == {"*": "rpm database in Berkeley DB form is not read"}


def header(entries, data):
    index = b"".join(struct.pack(">IIII", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(data)) + index + data


PLAIN = header([(1000, 6, 0, 1), (1001, 6, 2, 1), (1002, 6, 4, 1)], b"n\x001\x002\x00")


def rpm_database(path, headers, table="Packages"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"CREATE TABLE '{table}' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
        )
        insert = f"INSERT INTO '{table}' (blob) VALUES (?)"
        connection.executemany(insert, [(content,) for content in headers])
    connection.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0",
        PLAIN[:20],
        PLAIN[:-3],
        header([(1000, 6, 0, 1)], b"n\0"),
        header([(1000, 6, 2**32 - 1, 1), (1001, 6, 0, 1), (1002, 6, 0, 1)], b"n\0"),
        struct.pack(">II", 2**32 - 1, 2**32 - 1) + b"x" * 100,
        header([(1000, 6, 0, 1), (1001, 6, 0, 1), (1002, 6, 0, 1), (1003, 4, 0, 1)], b"n\0"),
    ],
)
def test_damaged_header(section_of, tmp_path, content):
    rpm_database(tmp_path / "var/lib/rpm/rpmdb.sqlite", [PLAIN, content])
    section = section_of(tmp_path)
    assert section.status == "ok"
    assert section.facts.values == {"n": "1-2"}
    assert section.facts.gaps == {"*": "1 entries could not be understood"}


def test_header_whose_names_lie_far_behind(section_of, tmp_path):
    padding = 50_000
    entries = [(tag, 7, 0, 1) for tag in range(100, 900)]
    entries += [(1000, 6, padding, 1), (1001, 6, padding + 2, 1), (1002, 6, padding + 4, 1)]
    content = header(entries, b"\1" * padding + b"n\x001\x002\x00")
    rpm_database(tmp_path / "var/lib/rpm/rpmdb.sqlite", [content])
    assert section_of(tmp_path).facts.values == {"n": "1-2"}


def test_not_a_database(with_file):
    section = with_file("var/lib/rpm/rpmdb.sqlite", b"SQLite format 4\0" + b"\0" * 200)
    assert section.status == "error"
    assert section.reason == "not an SQLite database"


def test_database_without_the_table(section_of, tmp_path):
    rpm_database(tmp_path / "var/lib/rpm/rpmdb.sqlite", [PLAIN], table="Other")
    section = section_of(tmp_path)
    assert section.status == "error"
    assert section.reason == "no table Packages"


# -- which database -------------------------------------------------------------------------


def test_no_database(section_of, tmp_path):
    section = section_of(tmp_path)
    assert section.status == "absent"
    assert section.reason == "no package database"


def test_empty_database_of_another_manager(with_file):
    with_file("var/lib/dpkg/status", b"")
    section = with_file("lib/apk/db/installed", b"P:a\nV:1\n")
    assert section.facts.values == {"a": "1"}


# -- the SQLite reader ----------------------------------------------------------------------


def blobs(path):
    rows = Database(TreeRoot(str(path.parent)), "/" + path.name).rows("Packages")
    return [row.column(1, 1 << 20) for row in rows]


@given(
    sizes=st.lists(st.integers(0, 20_000), max_size=60),
    page=st.sampled_from([512, 1024, 4096, 65536]),
)
@example(sizes=[37 * number for number in range(400)], page=512)
@example(sizes=[37 * number for number in range(400)], page=4096)
@example(sizes=[300_000, 0, 300_000], page=65536)
@settings(max_examples=40, deadline=None)
def test_reads_what_sqlite_wrote(tmp_path_factory, sizes, page):
    path = tmp_path_factory.mktemp("sqlite") / "file"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA page_size={page}")
    connection.close()
    contents = [random.Random(size).randbytes(size) for size in sizes]
    rpm_database(path, contents)
    assert blobs(path) == contents


def test_a_prefix_reads_no_more_than_asked_for(tmp_path):
    rpm_database(tmp_path / "file", [bytes(range(256)) * 400])
    rows = Database(TreeRoot(str(tmp_path)), "/file").rows("Packages")
    assert [row.column(1, 5) for row in rows] == [b"\0\1\2\3\4"]


def test_cyclic_tree(tmp_path):
    path = tmp_path / "file"
    rpm_database(path, [b"x" * 3000] * 200)
    content = bytearray(path.read_bytes())
    interior = next(page for page in range(4096, len(content), 4096) if content[page] == 5)
    content[interior + 8 : interior + 12] = struct.pack(">I", interior // 4096 + 1)
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="damaged SQLite database"):
        blobs(path)


def test_cyclic_overflow_chain_ends(tmp_path):
    path = tmp_path / "file"
    rpm_database(path, [b"x" * 100_000])
    content = bytearray(path.read_bytes())
    count = len(content) // 4096
    for page in range(3, count):  # every overflow page points to itself
        content[page * 4096 : page * 4096 + 4] = struct.pack(">I", page + 1)
    path.write_bytes(content)
    assert [len(blob) for blob in blobs(path)] == [100_000]


def test_truncated_file(tmp_path):
    path = tmp_path / "file"
    rpm_database(path, [b"x" * 100_000])
    os.truncate(path, 20_000)
    with pytest.raises(Unreadable, match="damaged SQLite database"):
        blobs(path)


@pytest.mark.parametrize("seed", range(60))
def test_random_damage_ends_in_facts_or_one_line(section_of, tmp_path, seed):
    dice = random.Random(seed)
    content = bytearray((TARGETS / "fedora40-rpm-sqlite" / RPMDB).read_bytes())
    for _ in range(dice.choice([1, 20, 400])):
        # Pages 1 and 2 hold the schema, and every page's head its structure.
        page = dice.choice([0, 1, dice.randrange(len(content) // 4096)])
        content[page * 4096 + dice.randrange(dice.choice([16, 128, 4096]))] = dice.randrange(256)
    path = tmp_path / RPMDB
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    section = section_of(tmp_path)
    assert section.status in {"ok", "error"}
    if section.status == "error":
        assert section.reason in {
            "damaged SQLite database",
            "not an SQLite database",
            "no table Packages",
        }
