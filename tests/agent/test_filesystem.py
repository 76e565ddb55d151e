from __future__ import annotations

import os

import pytest

from auditor.agent.collectors import filesystem as collector
from auditor.agent.process import Process
from auditor.agent.redact import Redactor
from auditor.agent.root import LiveRoot
from auditor.agent.subject import Subject, live_subject

from .conftest import TARGETS
from .given import ProcessWith, RootWithOwners, subject_with, write_tree

# As the image has them: `stat -c '%a %u %g'`.
OWNERS = {
    "/": (0o755, 0, 0),
    "/root": (0o700, 0, 0),
    "/tmp": (0o1777, 0, 0),
    "/srv": (0o755, 0, 0),
}
NOT_LIVE = "only the running system tells"


@pytest.fixture
def subject_owned():
    def build(name, owners=OWNERS):
        root = RootWithOwners(str(TARGETS / name), owners)
        return Subject(root, Process(root, "/proc/1"), Redactor())

    return build


def test_a_container(subject_owned, collect):
    section = collect(collector, subject_owned("debian12-docker-v1"))
    assert section.status == "ok"
    assert section.facts.values == {
        "root.type": "overlay",
        "root.read_only": False,
        "tmp.path": "/tmp",
        "tmp.type": "overlay",
        "tmp.read_only": False,
        "tmp.noexec": False,
        "tmp.exists": True,
        "tmp.writable": True,
        "cwd.type": "overlay",
        "cwd.read_only": False,
        "cwd.exists": True,
        "cwd.writable": True,
        "home.path": "/root",
        "home.exists": True,
        "home.writable": True,
        "shm.exists": True,
        "shm.writable": True,
        "mounts./data": {
            "type": "ext4",
            "read_only": True,
            "noexec": False,
            "nosuid": False,
            "nodev": False,
        },
        "mounts./scratch": {
            "type": "tmpfs",
            "read_only": False,
            "noexec": True,
            "nosuid": True,
            "nodev": True,
            "size": 67108864,
        },
    }
    assert section.facts.gaps == {
        "root.free": NOT_LIVE,
        "tmp.free": NOT_LIVE,
        "cwd.free": NOT_LIVE,
    }


def test_seen_from_the_host_it_is_the_same(subject_owned, collect):
    inside = collect(collector, subject_owned("debian12-docker-v1")).facts.values
    outside = collect(collector, subject_owned("debian12-docker-v1-outside")).facts.values
    assert outside == inside


def test_a_locked_down_container(subject_owned, collect):
    values = collect(collector, subject_owned("debian12-docker-locked-down")).facts.values
    assert values["root.read_only"] is True
    assert values["cwd.writable"] is False
    assert values["tmp.type"] == "tmpfs"
    assert values["tmp.noexec"] is True
    assert values["tmp.writable"] is True
    assert values["home.path"] == "/nonexistent"
    assert values["home.exists"] is False
    assert values["home.writable"] is False
    assert [key for key in values if key.startswith("mounts.")] == ["mounts./tmp"]


def test_no_fact_names_the_host(subject_owned, collect):
    text = repr(collect(collector, subject_owned("debian12-docker-v1")).facts.values)
    assert "/var/lib/docker" not in text
    assert "upperdir" not in text


@pytest.mark.parametrize("variable", ["TMPDIR", "TEMP", "TMP"])
def test_temporary_directory_by_variable(subject_owned, collect, variable):
    subject = subject_with(subject_owned("debian12-docker-v1"), {variable: "/srv", "HOME": "/"})
    assert collect(collector, subject).facts["tmp.path"] == "/srv"


def test_an_unset_home_is_looked_up(subject_owned, collect):
    subject = subject_with(subject_owned("debian12-docker-v1"), {})
    assert collect(collector, subject).facts["home.path"] == "/root"


def test_home_behind_a_directory_that_may_not_be_searched(subject_owned, collect):
    subject = subject_with(subject_owned("debian12-docker-locked-down"), {"HOME": "/tmp"})
    closed = {**OWNERS, "/": (0o700, 0, 0)}
    assert collect(collector, subject).facts["home.writable"] is True
    subject = subject_with(subject_owned("debian12-docker-locked-down", closed), {"HOME": "/tmp"})
    assert collect(collector, subject).facts["home.writable"] is False


class Owner:
    """Directories of one owner and mode, on a writable root, for a process of uid 1000."""

    STATUS = (
        "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t27 \nCapEff:\t%s\n"
    )
    NO_CAPABILITIES = "0000000000000000"
    DAC_OVERRIDE = "0000000000000002"

    def __init__(self, base, capabilities=NO_CAPABILITIES, uid_map="0 0 4294967295\n"):
        self.base = write_tree(
            base,
            {
                "/proc/1/status": self.STATUS % capabilities,
                "/proc/1/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda rw\n",
                "/proc/1/uid_map": uid_map,
                "/home/.keep": "",
            },
        )

    def writable(self, collect, mode, uid, gid):
        root = RootWithOwners(str(self.base), {"/home": (mode, uid, gid)})
        bare = Subject(root, Process(root, "/proc/1"), Redactor())
        subject = Subject(root, ProcessWith(bare, {"HOME": "/home"}), Redactor())
        return collect(collector, subject).facts["home.writable"]


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "expected"),
    [
        (0o700, 1000, 0, True),
        (0o500, 1000, 0, False),
        (0o077, 1000, 0, False),  # the owner's bits decide, although all others may
        (0o770, 0, 1000, True),
        (0o770, 0, 27, True),
        (0o707, 0, 27, False),
        (0o757, 0, 0, True),
        (0o755, 0, 0, False),
        (0o752, 0, 0, False),  # write without search
        (0o000, 0, 0, False),
    ],
)
def test_access_by_owner_group_and_others(tmp_path, collect, mode, uid, gid, expected):
    assert Owner(tmp_path).writable(collect, mode, uid, gid) is expected


def test_a_capability_overrides_modes(tmp_path, collect):
    assert Owner(tmp_path, Owner.DAC_OVERRIDE).writable(collect, 0o000, 0, 0) is True


@pytest.mark.parametrize(("uid", "expected"), [(0, True), (99, True), (65534, False)])
def test_a_capability_of_a_user_namespace_reaches_its_own_ids(tmp_path, collect, uid, expected):
    owner = Owner(tmp_path, Owner.DAC_OVERRIDE, "0 100000 65536\n")
    assert owner.writable(collect, 0o000, uid, 0) is expected


def test_a_user_namespace_seen_from_outside(tmp_path, collect):
    owner = Owner(tmp_path, Owner.DAC_OVERRIDE, "0 100000 65536\n")
    for place, namespace in (("1", "user:[2]"), ("self", "user:[1]")):
        (tmp_path / "proc" / place / "ns").mkdir(parents=True)
        (tmp_path / "proc" / place / "ns/user").symlink_to(namespace)
    assert owner.writable(collect, 0o000, 100000, 0) is True
    assert owner.writable(collect, 0o000, 0, 0) is False


ID = "0123456789abcdef" * 4


def test_standard_mounts_are_left_out(tmp_path, collect):
    mounts = [
        "1 0 0:1 / / rw - overlay overlay rw",
        "2 1 0:2 / /proc rw - proc proc rw",
        "3 1 0:3 / /dev rw - tmpfs tmpfs rw",
        "4 1 8:1 /x /etc/resolv.conf rw - ext4 /dev/sda rw",
        "5 1 8:1 /x /run/.containerenv rw - ext4 /dev/sda rw",
        "6 1 0:4 / /proc/acpi ro - tmpfs tmpfs ro",
        "7 1 0:5 / /sys/firmware ro - tmpfs tmpfs ro",
        "8 1 0:6 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw",
        "9 1 0:7 / /run/netns/x rw - nsfs nsfs rw",
        f"12 1 0:8 / /srv/docker/overlay2/{ID}/merged rw - overlay overlay rw",
        f"13 1 0:9 / /srv/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw",
        "14 1 8:1 /home/me/storage/overlay /home/me/storage/overlay rw - ext4 /dev/sda rw",
        "15 1 8:2 /storage/overlay /data/storage/overlay rw - ext4 /dev/sdb rw",
        f"16 1 0:10 / /home/me/storage/overlay/{ID}/merged rw - overlay overlay rw",
        f"17 1 8:1 /x /home/me/storage/overlay/{ID}/lower-mapped rw - ext4 /dev/sda rw",
        "22 14 8:1 /x /home/me/storage/overlay/compat28/lower-mapped rw - ext4 /dev/sda rw",
        f"18 1 0:11 / /home/me/storage/overlay-containers/{ID}/userdata/shm rw - tmpfs shm rw",
        r"10 1 8:1 /x /data\040sets ro - ext4 /dev/sda rw",
        f"19 1 8:3 / /{ID}/data rw - ext4 /dev/sdc rw",
        "20 1 8:3 / /overlay/data/merged rw - ext4 /dev/sdc rw",
        "21 1 8:3 / /srv/overlay rw - ext4 /dev/sdc rw",
        "11 1 8:1 /y /etc/ssl/openssl.cnf ro - ext4 /dev/sda rw",
    ]
    base = write_tree(
        tmp_path,
        {
            "/proc/1/status": Owner.STATUS % Owner.NO_CAPABILITIES,
            "/proc/1/environ": "HOME=/\0",
            "/proc/1/mountinfo": "\n".join(mounts) + "\n",
        },
    )
    root = RootWithOwners(str(base), {})
    section = collect(collector, Subject(root, Process(root, "/proc/1"), Redactor()))
    assert [key for key in section.facts.values if key.startswith("mounts.")] == [
        "mounts./<redacted>/data",
        "mounts./data sets",
        "mounts./etc/ssl/openssl.cnf",
        "mounts./overlay/data/merged",
        "mounts./srv/overlay",
    ]


def test_the_number_of_mounts_is_bounded(tmp_path, collect):
    lines = [f"{number} 1 8:1 / /m{number} rw - ext4 /dev/sda rw" for number in range(300)]
    base = write_tree(
        tmp_path,
        {
            "/proc/1/status": Owner.STATUS % Owner.NO_CAPABILITIES,
            "/proc/1/environ": "HOME=/\0",
            "/proc/1/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda rw\n" + "\n".join(lines) + "\n",
        },
    )
    root = RootWithOwners(str(base), {})
    facts = collect(collector, Subject(root, Process(root, "/proc/1"), Redactor())).facts
    assert len([key for key in facts.values if key.startswith("mounts.")]) == 256
    assert facts.gaps["*"] == "more than 256 mounts"


def test_free_space_is_told_in_classes(collect):
    class Disk(LiveRoot):
        def __init__(self, free):
            self.free = free

        def statvfs(self, path):
            status = list(super().statvfs(path))
            status[1], status[4] = 4096, self.free // 4096
            return os.statvfs_result(status)

    classes = []
    for free in (0, 100 << 20, (1 << 30) - 4096, 1 << 30, 10 << 30):
        root = Disk(free)
        subject = Subject(root, Process(root, "/proc/self"), Redactor())
        classes.append(collect(collector, subject).facts["root.free"])
    assert classes == ["<100MiB", "<1GiB", "<1GiB", "<10GiB", ">=10GiB"]


def test_this_process(collect, tmp_path):
    subject = live_subject(Redactor(), own=True)
    subject.environ["TMPDIR"] = str(tmp_path)
    facts = collect(collector, subject).facts
    assert facts["tmp.writable"] is True
    assert facts.gaps == {}
