from __future__ import annotations

from pathlib import Path

import pytest

from auditor.agent.collectors import process as collector
from auditor.agent.collectors.process import capability_names
from auditor.agent.process import PlannedProcess
from auditor.agent.root import TreeRoot

from .given import subject_in, write_tree
from .trees import link

DOCKER_CAPABILITIES = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
]


def test_a_container_process(subject_of, collect):
    section = collect(collector, subject_of("debian12-docker-v1"))
    assert section.status == "ok"
    assert section.facts.gaps == {}
    assert section.facts.values == {
        "uid": 0,
        "gid": 0,
        "groups": [0],
        "ids_mapped": False,
        "user": "root",
        "passwd_entry": True,
        "group_entry": False,  # the tree holds no /etc/group
        "umask": "0022",
        "cwd": "/srv",
        "exe": "/usr/bin/python3.11",
        "argv": [
            "python3",
            "-X",
            "utf8",
            "-c",
            "import time; time.sleep(30000)",
            "--password",
            "<redacted>",
        ],
        "capabilities": DOCKER_CAPABILITIES,
        "capabilities.bounding": DOCKER_CAPABILITIES,
        "seccomp": "filter",
        "no_new_privs": False,
        "nice": 0,
        "scheduler": "other",
        "pid": 1,
    }
    assert list(section.facts.identity) == ["pid"]


def test_seen_from_the_host_it_is_the_same(subject_of, collect):
    inside = collect(collector, subject_of("debian12-docker-v1")).facts.values
    outside = collect(collector, subject_of("debian12-docker-v1-outside")).facts.values
    assert outside == inside


def test_a_locked_down_process(subject_of, collect):
    values = collect(collector, subject_of("debian12-docker-locked-down")).facts.values
    assert values["uid"] == 65534
    assert values["gid"] == 65534
    assert values["user"] == "nobody"
    assert values["capabilities"] == []
    assert values["capabilities.bounding"] == []
    assert values["no_new_privs"] is True


def test_what_is_still_to_be_started_is_a_gap(subject_of, collect):
    facts = collect(collector, subject_of("debian12-docker-v1", started=False)).facts
    assert facts.gaps == {
        "argv": "the application is not started yet",
        "exe": "the application is not started yet",
    }
    assert facts["umask"] == "0022"
    assert facts["cwd"] == "/srv"
    assert "pid" not in facts


def test_an_image_has_no_process(subject_of, collect):
    section = collect(collector, subject_of("debian12-docker-v1", running=False))
    assert section.status == "skipped"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [("root:x:0:\n", True), ("app:x:10:\nroot:x:00:\n", False), ("0:0\n", False), ("", False)],
)
def test_the_group_by_its_number(tmp_path, collect, lines, expected):
    status = "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"
    base = write_tree(tmp_path, {"proc/1/status": status, "etc/group": lines})
    assert collect(collector, subject_in(base)).facts["group_entry"] is expected


def test_a_uid_without_a_passwd_entry(tmp_path, collect):
    base = write_tree(
        tmp_path,
        {
            "/proc/1/status": "Umask:\t0077\nUid:\t1000\t1501\t1501\t1501\nGid:\t0\t0\t0\t0\n",
            "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndeploy:x:1500:1500::/home/d:/bin/sh\n",
        },
    )
    facts = collect(collector, subject_in(base)).facts
    assert facts["uid"] == 1501
    assert facts["passwd_entry"] is False
    assert "user" not in facts
    assert "user" not in facts.gaps
    assert facts["umask"] == "0077"


def test_an_image_without_passwd(tmp_path, collect):
    base = write_tree(tmp_path, {"/proc/1/status": "Uid:\t0\t0\t0\t0\n"})
    assert collect(collector, subject_in(base)).facts["passwd_entry"] is False


def test_an_old_kernel_tells_less(tmp_path, collect):
    base = write_tree(tmp_path, {"/proc/1/status": "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"})
    gaps = collect(collector, subject_in(base)).facts.gaps
    for key in ("umask", "seccomp", "no_new_privs", "capabilities", "groups"):
        assert gaps[key] == "this kernel does not tell"


def test_a_name_with_parentheses_does_not_shift_the_fields(tmp_path, collect):
    fields = "S 0 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 25 5 1 0 1 0 0".split()
    stat = "1 (a) b) c) " + " ".join(fields + ["0"] * 16 + ["3"]) + "\n"
    base = write_tree(tmp_path, {"/proc/1/status": "Uid:\t0\t0\t0\t0\n", "/proc/1/stat": stat})
    facts = collect(collector, subject_in(base)).facts
    assert facts["nice"] == 5
    assert facts["scheduler"] == "batch"


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        (0, []),
        (1 << 40, ["CAP_CHECKPOINT_RESTORE"]),
        (1 << 41, ["CAP_41"]),
        (1 << 21 | 1 << 12, ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]),
    ],
)
def test_capability_names(mask, names):
    assert capability_names(mask) == names


def test_what_an_image_would_start(tmp_path: Path) -> None:
    """Looked up as execvp(3) does; links are followed, as /proc/PID/exe has it."""
    for path in ("opt/bin/tool", "usr/bin/tool", "usr/bin/python3.11"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")

    def exe(*argv: str) -> str:
        process = PlannedProcess(TreeRoot(str(tmp_path)), list(argv))
        process._environ = {"PATH": "relative:/nowhere::/opt/bin:/usr/bin"}
        return process.exe

    assert exe("tool", "-x") == "/opt/bin/tool"
    assert exe("python3") == "/usr/bin/python3.11"
    assert exe("/usr/bin/python3") == "/usr/bin/python3.11"
    for argv in ((), ("",), ("none",), ("/usr/bin/none",), ("bin/tool",), ("/usr/bin",)):
        with pytest.raises(FileNotFoundError):
            exe(*argv)


ROOTLESS = "         0       1001          1\n         1     100000      65536\n"
OUTSIDE = {
    "/proc/1/status": "Uid:\t1001\t1001\t1001\t1001\nGid:\t100099\t100099\t100099\t100099\n"
    "Groups:\t1001 100009 4242\n",
    "/proc/1/uid_map": ROOTLESS,
    "/proc/1/gid_map": ROOTLESS,
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
}


def test_a_rootless_container_seen_from_its_host(tmp_path, collect):
    """Root in its user namespace, an ordinary user outside."""
    tree = write_tree(tmp_path, OUTSIDE)
    link(tree, "proc/1/ns/user", "user:[1]")
    link(tree, "proc/self/ns/user", "user:[2]")
    section = collect(collector, subject_in(tree))
    values = section.facts.values
    assert (values["uid"], values["gid"], values["user"]) == (0, 100, "root")
    assert values["groups"] == [0, 10, 65534]  # the last one has no number in it
    assert values["ids_mapped"] is True
    assert values["uid_map"] == values["gid_map"] == ["0 1001 1", "1 100000 65536"]
    assert {"uid_map", "gid_map"} <= section.facts.identity.keys()


def test_a_rootless_container_seen_from_inside(tmp_path, collect):
    files = {**OUTSIDE, "/proc/1/status": "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t7\n"}
    tree = write_tree(tmp_path, files)
    for process in ("1", "self"):
        link(tree, f"proc/{process}/ns/user", "user:[1]")
    values = collect(collector, subject_in(tree)).facts.values
    assert (values["uid"], values["gid"], values["groups"]) == (0, 0, [7])
    assert values["ids_mapped"] is True


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("         0          0 4294967295\n", False),
        ("0 0 65536\n", True),
        ("", True),  # no number stands for anything yet
        ("no numbers\n", None),
        ("1 2\n", None),
    ],
)
def test_maps_of_user_numbers(tmp_path, collect, content, expected):
    tree = write_tree(tmp_path, {**OUTSIDE, "/proc/1/uid_map": content})
    section = collect(collector, subject_in(tree))
    assert section.facts.get("ids_mapped") is expected
    assert ("ids_mapped" in section.facts.gaps) == (expected is None)
    assert ("uid_map" in section.facts) == (expected is True)
