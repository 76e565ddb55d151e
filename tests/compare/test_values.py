from __future__ import annotations

import pytest

from auditor.compare.values import difference
from auditor.model import ChangeKind, Value
from tests.compare.making import change, compared


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("cpu.flags", ["avx", "sse2"], ["sse2", "avx"]),
        ("process.groups", [0, 27], [27, 0]),
        ("process.capabilities.bounding", ["A", "B"], ["B", "A"]),
        ("locale.charset", "UTF-8", "utf8"),
        ("locale.python.filesystem_encoding", "utf-8", "UTF8"),
        ("locale.charset", "ANSI_X3.4-1968", "ascii"),
        ("locale.charset", "ISO-8859-1", "latin1"),
        ("env.PYTHONIOENCODING", "UTF-8:strict", "utf8:strict"),
        ("env.LANG", "en_US.UTF-8", "en_US.utf8"),
        ("locale.lc_ctype", "POSIX", "C"),
        ("env.LC_ALL", "de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro"),
        ("limits.memory.max", "max", None),
        ("limits.rlimit.core.hard", "unlimited", "max"),
        ("limits.cpu.quota", 2, 2.0),
        ("env.LD_PRELOAD", "a.so b.so", "a.so:b.so"),
        ("env.PATH", "/bin:/sbin:/bin", "/bin:/sbin"),
        ("python.packages.numpy", "1.26", "1.26.0"),
        ("python.packages.x", "2.0.0-rc.1", "2.0.0rc1"),
        ("python.sources.x", {"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1.0}),
    ],
)
def test_equal_meaning_is_equal(path: str, before: Value, after: Value) -> None:
    assert change(path, before, after) is None
    assert change(path, after, before) is None


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("process.no_new_privs", True, 1),
        ("process.uid", 0, False),
        ("process.uid", 0, "0"),
        ("python.path.sys_path", ["/a", "/b"], ["/b", "/a"]),
        ("native.preload", [True], [1]),
        ("env.LANG", "C.UTF-8", "C"),
        ("locale.charset", "UTF-8", "UTF-16"),
        ("env.PATH", "/bin:", "/bin"),
        ("os.id", "", None),
        ("python.sources.x", {"__LD_PRELOAD": "a"}, {"__LD_PRELOAD": "b"}),
        ("python.sources.x", {"editable": True}, {"editable": 1}),
        ("os.packages.x", "1.0-1", "1.00-1"),
    ],
)
def test_what_differs_differs(path: str, before: Value, after: Value) -> None:
    found = change(path, before, after)
    assert found is not None
    assert (found.kind, found.before, found.after) == (ChangeKind.CHANGED, before, after)


@pytest.mark.parametrize(
    ("path", "before", "after", "detail"),
    [
        ("cpu.flags", ["fma", "avx"], ["avx", "avx2"], {"added": ["avx2"], "removed": ["fma"]}),
        ("env.PATH", "/a:/b:/c", "/c:/a:/b", {"moved": ["/c"]}),
        ("env.PATH", "/a:/b:/c", "/c:/a:/b:/c", {"moved": ["/c"]}),
        ("env.PATH", "/a:/b", "/b:/x", {"added": ["/x"], "removed": ["/a"]}),
        ("python.path.sys_path", ["/a", "/a"], ["/a"], {"removed": ["/a"]}),
        ("env.LD_PRELOAD", "a.so", "b.so a.so", {"added": ["b.so"]}),
        (
            "python.sources.x",
            {"tags": ["a"], "url": "u", "n": {"k": 1}},
            {"tags": ["b"], "commit": "c", "n": {"k": 2}},
            {"added": ["commit"], "removed": ["url"], "changed": ["tags", "n.k"]},
        ),
        ("python.packages.numpy", "1.26.4", "2.1.0", {"level": "major", "direction": "up"}),
        ("process.uid", 0, 1000, {}),
    ],
)
def test_detail(path: str, before: Value, after: Value, detail: dict[str, Value]) -> None:
    found = change(path, before, after)
    assert found is not None
    assert found.detail == detail


def test_no_limit_is_as_good_as_none_stated() -> None:
    assert compared({"limits.cpu.quota": "max"}, {}).same
    assert compared({}, {"limits.memory.max": None}).same
    assert not compared({}, {"limits.memory.max": 5}).same


def test_a_long_list_takes_no_quadratic_time() -> None:
    members: list[Value] = [f"/directory/{number}" for number in range(100_000)]
    found = difference("python.path.sys_path", members, members[1:] + members[:1])
    assert found == {"moved": ["/directory/0"]}


def test_os_packages_are_ordered_by_the_distribution_that_both_are() -> None:
    before: dict[str, Value] = {"os.package_manager": "dpkg", "os.packages.x": "1.0~rc1-1"}
    after: dict[str, Value] = {"os.package_manager": "dpkg", "os.packages.x": "1.0-1"}
    (found,) = compared(before, after).changes
    assert found.detail == {"level": "build", "direction": "up"}
    after["os.package_manager"] = "apk"
    package = compared(before, after).changes[-1]
    assert (package.path, package.detail) == ("os.packages.x", {})
