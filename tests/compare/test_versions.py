"""Orders of versions, held against the projects' own test suites."""

from __future__ import annotations

from itertools import pairwise

import pytest

from auditor.compare.versions import Scheme, compare_versions, describe, os_scheme, rpmvercmp

# deb-version(7), and dpkg's lib/dpkg/t/t-version.c: each line in ascending order.
DPKG = """
0:0-0 1:0-0 2:0-0
0:1-1 0:2-1
0:1-1 0:1-2
0:a-0 0:b-0
0:0-a 0:0-b
1.0~~ 1.0~~a 1.0~ 1.0~rc1 1.0 1.0a 1.0b 1.0+ 1.0. 1.0.1 1.1 1.10
1:1.2-3 1:1.2-3+b1 1:1.2-3.1 1:1.2-4~bpo12+1 1:1.2-4
3.0.15-1~deb12u1 3.0.15-1 3.0.16-1~deb12u1 3.0.16-1
2024a-0+deb12u1 2024b-0+deb12u1 2025b-0+deb12u1
0:0-0-0 0:0-1-0
9 10 1:0
3-000~1+ 3-0 3-000a
"""
DPKG_EQUAL = """
0 0:0
0:0-0 0-00
0-0 00-00
1.0-0 1.0
1:2-3 1:2-3
0:0- 0
"""

# conda's documentation of VersionOrder: in ascending order, equal ones joined by `=`.
CONDA = """
0.4=0.4.0 0.4.1.rc=0.4.1.RC 0.4.1 0.5a1 0.5b3 0.5C1 0.5 0.9.6 0.960923 1.0 1.1dev1 1.1_ 1.1a1
1.1.0dev1=1.1.dev1 1.1.a1 1.1.0rc1 1.1.0=1.1 1.1.0post1=1.1.post1 1.1post1 1996.07.12 1!0.4.1
1!3.1.1.6 2!0.4.1
"""
# Of openssl, tzdata and jpeg, and with the local version of CUDA's builds.
CONDA_REAL = """
1.1.1_ 1.1.1a 1.1.1w 1.1.1
2024a 2024b 2025a
8 9d 9e
2.5.1+cpu 2.5.1+cu121 2.5.1+cu126 2.5.1 2.6.0
"""

# rpm's tests/rpmvercmp.at.
RPM = """
1.0 < 2.0
2.0 < 2.0.1
2.0.1 < 2.0.1a
5.5p1 < 5.5p2
5.5p1 < 5.5p10
10xyz < 10.1xyz
xyz10 < xyz10.1
xyz.4 < 8
xyz.4 < 2
5.5p2 < 5.6p1
5.6p1 < 6.5p1
6.0 < 6.0.rc1
10a1 < 10b2
10a2 < 10b2
1.0a < 1.0aa
10.0001 = 10.1
10.0001 < 10.0039
4.999.9 < 5.0
20101121 < 20101122
2_0 = 2.0
a+ = a_
+a = _a
+_ = _+
+ = _
1.0~rc1 < 1.0
1.0~rc1 < 1.0~rc2
1.0~rc1~git123 < 1.0~rc1
1.0 < 1.0^
1.0 < 1.0^git1
1.0^git1 < 1.0^git2
1.0^git1 < 1.01
1.0^20160101 < 1.0.1
1.0^20160101^git1 < 1.0^20160102
1.0~rc1 < 1.0~rc1^git1
1.0^git1~pre < 1.0^git1
1b.fc17 < 1.fc17
1.fc17 < 1g.fc17
"""

# apk-tools' test/unit/version.data.
APK = """
2.34 > 0.1.0_alpha
23_foo > 4_beta
1.0 < 1.0bc
0.1.0_alpha = 0.1.0_alpha
0.1.0_alpha < 0.1.3_alpha
0.1.0_alpha2 > 0.1.0_alpha
0.1.0_alpha < 2.2.39-r1
1.0.4-r3 < 1.0.4-r4
1.1 > 1.1_alpha1
1.2.1 > 1.2
1.3_alpha < 1.3_alpha2
0.12.3 > 0.12
0.12 < 0.13_beta1
2.3.0b-r1 < 2.3.0b-r2
3.1_p16 < 3.1_p17
1.06-r6 < 006
006 > 1.0.0
9.3.4-r2 > 9.3.4
0.2.0-r1 = 0.2.0-r1
1.0 > 0.99.3.20040818
1.39 > 1.00_beta2
1.02.07 < 1.02.10-r1
2.5.1-r8 < 2.5.1a-r1
2.0.0_rc3-r1 > 1.5
1.7 < 1.7b
4.5_p1-r1 > 4.5_p1
0.9.28-r2 < 0.9.28.1
7.0.17 < 7.0.174
1.8.5 < 1.8.5_p2
1.6.8_p12-r1 > 1.6.8_p9-r2
1.3_pre1-r1 < 1.3.2
1.0_p10-r0 > 1.0_p9-r0
0.1.0_alpha_pre2 < 0.1.0_alpha
1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0
"""

SIGNS = {"<": -1, "=": 0, ">": 1}


def relations(table: str) -> list[tuple[str, int, str]]:
    lines = (line.split() for line in table.strip().splitlines())
    return [(one, SIGNS[sign], other) for one, sign, other in lines]


@pytest.mark.parametrize("line", DPKG.strip().splitlines())
def test_dpkg_ascends(line: str) -> None:
    versions = line.split()
    for place, lower in enumerate(versions):
        for higher in versions[place + 1 :]:
            assert compare_versions(lower, higher, Scheme.DPKG) == -1, (lower, higher)
            assert compare_versions(higher, lower, Scheme.DPKG) == 1, (lower, higher)


@pytest.mark.parametrize("line", DPKG_EQUAL.strip().splitlines())
def test_dpkg_equals(line: str) -> None:
    one, other = line.split()
    assert compare_versions(one, other, Scheme.DPKG) == 0


def test_conda_ascends() -> None:
    steps = [step.split("=") for step in CONDA.split()]
    for place, lower in enumerate(steps):
        for one, other in pairwise(lower):
            assert compare_versions(one, other, Scheme.CONDA) == 0, (one, other)
        for higher in steps[place + 1 :]:
            assert compare_versions(lower[0], higher[-1], Scheme.CONDA) == -1, (lower, higher)
            assert compare_versions(higher[-1], lower[0], Scheme.CONDA) == 1, (lower, higher)


@pytest.mark.parametrize("line", CONDA_REAL.strip().splitlines())
def test_conda_ascends_in_real_packages(line: str) -> None:
    versions = line.split()
    for lower, higher in pairwise(versions):
        assert compare_versions(lower, higher, Scheme.CONDA) == -1, (lower, higher)


@pytest.mark.parametrize("text", ["", "unknown version", "1.0-1", "1!2!3", "٣.1"])
def test_what_is_no_version_of_condas(text: str) -> None:
    assert compare_versions(text, "1.0", Scheme.CONDA) is None


@pytest.mark.parametrize(("one", "order", "other"), relations(RPM))
def test_rpm(one: str, order: int, other: str) -> None:
    assert rpmvercmp(one, other) == order
    assert rpmvercmp(other, one) == -order


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("2.0-1", "1:1.0-1"), ("1.0-1.el9", "1.0-2.el9"), ("1.0-9", "1.1-1"), ("0:1-1", "1-2")],
)
def test_rpm_epoch_version_release(lower: str, higher: str) -> None:
    assert compare_versions(lower, higher, Scheme.RPM) == -1
    assert compare_versions(higher, lower, Scheme.RPM) == 1


def test_several_rpms_of_one_name_have_no_order() -> None:
    assert compare_versions("1.0-1,2.0-1", "2.0-1", Scheme.RPM) is None


@pytest.mark.parametrize(("one", "order", "other"), relations(APK))
def test_apk(one: str, order: int, other: str) -> None:
    assert compare_versions(one, other, Scheme.APK) == order
    assert compare_versions(other, one, Scheme.APK) == -order


@pytest.mark.parametrize(
    ("before", "after", "scheme", "level", "direction"),
    [
        ("1.26.4", "2.1.3", Scheme.PEP440, "major", "up"),
        ("2.2.3", "2.2.2", Scheme.PEP440, "patch", "down"),
        ("2.1", "2.2.0", Scheme.PEP440, "minor", "up"),
        ("1!1.0", "2.0", Scheme.PEP440, "epoch", "down"),
        ("2.0.0rc1", "2.0.0", Scheme.PEP440, "build", "up"),
        ("2.1.0+cpu", "2.1.0+cu121", Scheme.PEP440, "build", "up"),
        ("4.9.0.80", "4.9.0.84", Scheme.PEP440, "build", "up"),
        ("3.0.15-1~deb12u1", "3.0.16-1~deb12u1", Scheme.DPKG, "patch", "up"),
        ("2.36-9+deb12u10", "2.36-9+deb12u9", Scheme.DPKG, "build", "down"),
        ("1:1.2-3", "1.2-3", Scheme.DPKG, "epoch", "down"),
        ("2024a-0+deb12u1", "2025b-0+deb12u1", Scheme.DPKG, "major", "up"),
        ("3.1.4-r5", "3.1.5-r0", Scheme.APK, "patch", "up"),
        ("2024a", "2025a", Scheme.CONDA, "major", "up"),
        ("1!2.0", "3.0", Scheme.CONDA, "epoch", "down"),
        ("2.5.1+cu121", "2.5.1+cu126", Scheme.CONDA, "build", "up"),
        ("9d", "9e", Scheme.CONDA, "minor", "up"),
        ("3.1.4-r5", "3.1.4-r6", Scheme.APK, "build", "up"),
        ("1:3.0.7-27.el9", "1:3.2.2-6.el9", Scheme.RPM, "minor", "up"),
        ("6.1.0-31-amd64", "5.10.0-34-amd64", Scheme.RELEASE, "major", "down"),
        ("6.8.0-41-generic", "6.8.0-45-generic", Scheme.RELEASE, "build", "up"),
        ("12", "13", Scheme.RELEASE, "major", "up"),
        ("OpenSSL 3.0.15 3 Sep 2024", "OpenSSL 3.0.16 11 Feb 2025", Scheme.RELEASE, "patch", "up"),
        ("2.31", "2.36", Scheme.RELEASE, "minor", "up"),
    ],
)
def test_describe(before: str, after: str, scheme: Scheme, level: str, direction: str) -> None:
    assert describe(before, after, scheme) == {"level": level, "direction": direction}
    other_way = {"up": "down", "down": "up"}[direction]
    assert describe(after, before, scheme) == {"level": level, "direction": other_way}


def test_two_spellings_of_one_version_have_no_direction() -> None:
    assert describe("1.0-1", "1.00-1", Scheme.DPKG) == {"level": "build"}


@pytest.mark.parametrize(
    ("before", "after", "scheme"),
    [
        ("not a version", "1.0", Scheme.PEP440),
        ("", "1.0", Scheme.DPKG),
        ("~1", "1.0", Scheme.APK),
        ("rolling", "sid", Scheme.RELEASE),
        (None, "1.0", Scheme.PEP440),
        (1, "1.0", Scheme.DPKG),
        ("1" * 5000, "2" * 5000, Scheme.RELEASE),
        ("1" * 5000, "1.0", Scheme.PEP440),
    ],
)
def test_what_is_no_version_has_no_detail(before: object, after: object, scheme: Scheme) -> None:
    assert describe(before, after, scheme) == {}  # type: ignore[arg-type]


def test_whose_order_os_packages_have() -> None:
    assert os_scheme("dpkg", "fedora") is Scheme.DPKG
    assert os_scheme(None, "alpine") is Scheme.APK
    assert os_scheme(None, "rocky") is Scheme.RPM
    assert os_scheme(None, "plan9") is None
    assert os_scheme({"set": True}, ["debian"]) is None
