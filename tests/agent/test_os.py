from __future__ import annotations

import os
import shutil

import pytest

from auditor.agent.collectors import os as collector
from auditor.agent.collectors.os import banner_version, musl_own_version, unquote

from .conftest import TARGETS
from .trees import elf


@pytest.fixture
def facts_of(subject_of, collect):
    def facts(name, **options):
        section = collect(collector, subject_of(name, **options))
        assert section.status == "ok"
        assert section.facts.gaps == {}
        return section.facts.values

    return facts


def write(base, path, content):
    file = base / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_debian_12(facts_of):
    assert facts_of("debian12-minbase") == {
        "id": "debian",
        "version_id": "12",
        "codename": "bookworm",
        "name": "Debian GNU/Linux 12 (bookworm)",
        "debian_version": "12.15",
        "package_manager": "dpkg",
        "shell": "dash",
        "arch": "x86_64",
        "libc.family": "glibc",
        "libc.version": "2.36",
    }


def test_debian_11_tells_libc_by_the_loaders_name(facts_of):
    facts = facts_of("debian11-minbase")
    assert facts["libc.version"] == "2.31"
    assert facts["codename"] == "bullseye"
    assert facts["debian_version"] == "11.11"


def test_debian_13(facts_of):
    facts = facts_of("debian13-minbase")
    assert facts["libc.version"] == "2.41"
    assert facts["codename"] == "trixie"


def test_alpine(facts_of):
    assert facts_of("alpine3.17-apk") == {
        "id": "alpine",
        "version_id": "3.17.10",
        "name": "Alpine Linux v3.17",
        "package_manager": "apk",
        "shell": "busybox",
        "arch": "x86_64",
        "libc.family": "musl",
        "libc.version": "1.2.3",
    }


def test_musl_without_apk_is_told_by_its_loader(facts_of, tmp_path):
    tree = shutil.copytree(TARGETS / "alpine3.17-apk", tmp_path / "tree", symlinks=True)
    shutil.rmtree(tree / "lib/apk")
    facts = facts_of(tree)
    assert facts["libc.version"] == "1.2.3"
    assert "package_manager" not in facts


def test_libc_is_the_one_of_the_applications_python(facts_of, tmp_path):
    """A Python built for musl in an image of glibc (python-build-standalone, /opt)."""
    tree = shutil.copytree(TARGETS / "debian12-minbase", tmp_path / "tree", symlinks=True)
    before = facts_of(tree)
    assert (before["libc.family"], before["libc.version"]) == ("glibc", "2.36")
    loader = "/lib/ld-musl-x86_64.so.1"
    write(tree, "opt/musl/bin/python3.11", elf(interpreter=loader))
    write(tree, "opt/musl/lib/python3.11/os.py", b"")
    write(tree, loader.lstrip("/"), elf() + b"\x001.2.5\0")
    after = facts_of(tree, python="/opt/musl/bin/python3.11")
    assert after == {**before, "libc.family": "musl", "libc.version": "1.2.5"}


def test_fedora(facts_of):
    assert facts_of("fedora40-rpm-sqlite") == {
        "id": "fedora",
        "version_id": "40",
        "name": "Fedora Linux 40 (Container Image)",
        "variant_id": "container",
        "package_manager": "rpm",
        "shell": "bash",
        "arch": "x86_64",
        "libc.family": "glibc",
        "libc.version": "2.39",
    }


def test_centos_7(facts_of):
    facts = facts_of("centos7-rpm-bdb")
    assert facts["id_like"] == ["rhel", "fedora"]
    assert facts["libc.version"] == "2.17"
    assert facts["package_manager"] == "rpm"


def test_distroless_has_no_shell_but_a_loader(facts_of):
    facts = facts_of("distroless-debian12", running=False)
    assert facts["arch"] == "x86_64"
    assert facts["libc.version"] == "2.36"
    assert facts["package_manager"] == "dpkg"


def test_arch_is_the_images_own(subject_of, collect):
    facts = collect(collector, subject_of("host-arm-neoverse-n1")).facts
    assert facts.values == {"arch": "aarch64", "libc.family": "glibc"}
    assert facts.gaps == {"libc.version": "no such file"}


def test_image_of_one_static_program(facts_of, tmp_path):
    program = (TARGETS / "host-arm-neoverse-n1/bin/sh").read_bytes()
    # Without its program header, which names the loader.
    write(tmp_path, "server", program[:56] + b"\0\0" + program[58:64])
    (tmp_path / "proc/1").mkdir(parents=True)
    (tmp_path / "proc/1/exe").symlink_to("/server")
    assert facts_of(tmp_path) == {"arch": "aarch64"}


def test_nothing_at_all_is_absent(subject_of, collect, tmp_path):
    section = collect(collector, subject_of(tmp_path))
    assert section.status == "absent"
    assert section.reason == "no operating system: neither os-release nor programs"


def test_os_release_in_usr_is_the_second_choice(facts_of, subject_of, collect, tmp_path):
    write(tmp_path, "usr/lib/os-release", "ID=second\n")
    section = collect(collector, subject_of(tmp_path))
    assert section.facts.values == {"id": "second"}
    assert section.facts.gaps == {"arch": "no program of the system could be read"}
    write(tmp_path, "etc/os-release", "ID=first\n")
    assert collect(collector, subject_of(tmp_path)).facts["id"] == "first"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("debian", "debian"),
        ('"Debian GNU/Linux 12 (bookworm)"', "Debian GNU/Linux 12 (bookworm)"),
        ("'single $HOME \\ kept'", "single $HOME \\ kept"),
        (r'"a \"quoted\" word, \$5, \\ and \`tick\`"', 'a "quoted" word, $5, \\ and `tick`'),
        (r'"\n stays"', "\\n stays"),
        (r"un\ quoted", "un quoted"),
        ('"it\'s"', "it's"),
        ('"unclosed', "unclosed"),
        ('""', ""),
    ],
)
def test_quoting(written, read):
    assert unquote(written) == read


def test_os_release_syntax(subject_of, collect, tmp_path):
    write(
        tmp_path,
        "etc/os-release",
        b"# ID=comment\n\nID=one\nnonsense\n  VERSION_ID='1'  \nID=two\n"
        b'PRETTY_NAME="caf\xc3\xa9 \xff"\nVERSION_CODENAME=""\n',
    )
    assert collect(collector, subject_of(tmp_path)).facts.values == {
        "id": "two",
        "version_id": "1",
        "name": "café \\xff",
    }


def unreadable(section):
    assert section.status == "ok"
    return {section.facts.gaps[key] for key in ("id", "version_id", "codename", "name")}


def test_fifo_as_os_release(subject_of, collect, tmp_path):
    (tmp_path / "etc").mkdir()
    os.mkfifo(tmp_path / "etc/os-release")
    section = collect(collector, subject_of(tmp_path))
    assert unreadable(section) == {"os-release: not a regular file"}


def test_100_megabytes_in_one_line(subject_of, collect, tmp_path):
    os.truncate(write(tmp_path, "etc/os-release", "ID="), 100_000_000)
    section = collect(collector, subject_of(tmp_path))
    assert unreadable(section) == {"os-release: larger than 65536 bytes"}


def test_loader_that_leads_out_of_the_root(subject_of, collect, tmp_path):
    program = (TARGETS / "debian12-minbase/usr/bin/dash").read_bytes()
    write(tmp_path, "bin/sh", program)
    (tmp_path / "lib64").mkdir()
    (tmp_path / "lib64/ld-linux-x86-64.so.2").symlink_to("../../../../lib64/ld-linux-x86-64.so.2")
    section = collect(collector, subject_of(tmp_path))
    assert section.facts["libc.family"] == "glibc"
    assert set(section.facts.gaps) == {"libc.version"}


def test_unknown_loader(subject_of, collect, tmp_path):
    program = (TARGETS / "alpine3.17-apk/bin/busybox").read_bytes()
    write(tmp_path, "bin/sh", program.replace(b"ld-musl-x86_64.so.1", b"ld-hostile-x64.so.1"))
    section = collect(collector, subject_of(tmp_path))
    assert section.facts.values == {"arch": "x86_64"}
    assert section.facts.gaps == {
        "libc.family": "the programs' loader is neither glibc's nor musl's"
    }


def test_banner():
    assert banner_version(b"\0ld.so (GNU libc) development release version 2.40.9000.\n") == (
        "2.40.9000"
    )
    assert banner_version(b"\0nothing of the kind\0") is None
    assert banner_version(b"\0release version ") is None


def test_musl_own_version():
    assert musl_own_version(b"x\x001.5\x001.2.5\x00y") == "1.2.5"
    assert musl_own_version(b"\x001." * 100_000) is None


def test_what_libraries_read_and_small_images_lack(subject_of, collect, tmp_path):
    for path in (
        "bin/dash",
        "etc/mime.types",
        "usr/share/terminfo/x/xterm",
        "etc/fonts/fonts.conf",
    ):
        write(tmp_path, path, b"something")
    write(tmp_path, "etc/machine-id", b"")  # of an image that was not started yet
    write(tmp_path, "etc/protocols/odd", b"")
    facts = collect(collector, subject_of(tmp_path)).facts
    assert facts["data"] == ["fonts.conf", "mime.types", "protocols", "terminfo"]
    shutil.rmtree(tmp_path / "usr/share/terminfo/x")
    facts = collect(collector, subject_of(tmp_path)).facts
    assert "terminfo" not in facts["data"]
