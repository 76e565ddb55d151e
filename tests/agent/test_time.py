from __future__ import annotations

import pytest

from auditor.agent.collectors import time as collector
from auditor.agent.collectors.time import is_rule, read_rule

from .given import subject_in, subject_with, write_tree

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture
def facts_with(subject_of, collect):
    """The facts of the recorded zones with the given environment."""

    def facts(environ, name="debian12-locales-zones"):
        section = collect(collector, subject_with(subject_of(name), environ))
        assert section.status == "ok"
        return section.facts

    return facts


def test_the_system_s_zone(facts_with):
    facts = facts_with({})
    assert facts.values == {
        "etc_timezone": "Etc/UTC",
        "tzdata.source": "/usr/share/zoneinfo",
        "tzdata.version": "2026b",
        "timezone": "Europe/Berlin",
        "timezone.source": "/etc/localtime",
        "valid": True,
        "utc_offset": 3600,
        "dst": BERLIN,
        "faketime": False,
    }


@pytest.mark.parametrize(
    ("tz", "name", "valid", "offset", "dst"),
    [
        ("Europe/Berlin", "Europe/Berlin", True, 3600, BERLIN),
        (":Europe/Berlin", "Europe/Berlin", True, 3600, BERLIN),
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin", True, 3600, BERLIN),
        ("America/New_York", "America/New_York", True, -18000, "EST5EDT,M3.2.0,M11.1.0"),
        ("Asia/Kolkata", "Asia/Kolkata", True, 19800, "none"),
        ("Africa/Casablanca", "Africa/Casablanca", True, 3600, "none"),
        ("Etc/UTC", "Etc/UTC", True, 0, "none"),
        ("", "UTC", True, 0, "none"),
        ("UTC", "UTC", True, 0, "none"),
        ("JST-9", "JST-9", True, 32400, "none"),
        ("<-03>3", "<-03>3", True, -10800, "none"),
        ("Europe/Nowhere", "Europe/Nowhere", False, 0, "none"),
        ("../../../etc/localtime", "../../../etc/localtime", False, 0, "none"),
        ("Europe", "Europe", False, 0, "none"),
    ],
)
def test_tz(facts_with, tz, name, valid, offset, dst):
    facts = facts_with({"TZ": tz})
    assert facts["timezone"] == name
    assert facts["timezone.source"] == "TZ"
    assert facts["valid"] is valid
    assert facts["utc_offset"] == offset
    assert facts["dst"] == dst


def test_zones_elsewhere(facts_with):
    assert facts_with({"TZ": "Berlin", "TZDIR": "/usr/share/zoneinfo/Europe"})["valid"] is True
    assert facts_with({"TZ": "Berlin"})["valid"] is False


def test_a_copied_localtime_has_no_name_but_what_etc_timezone_says(tmp_path, collect, subject_of):
    zone = (subject_of("debian12-locales-zones").root).read("/usr/share/zoneinfo/Asia/Kolkata")
    base = write_tree(tmp_path, {"/proc/1/environ": "", "/etc/timezone": "Asia/Kolkata\n"})
    (base / "etc/localtime").write_bytes(zone)
    facts = collect(collector, subject_in(base)).facts
    assert facts["timezone"] == "Asia/Kolkata"
    assert facts["timezone.source"] == "/etc/timezone"
    assert facts["utc_offset"] == 19800


def test_nothing_at_all_is_utc(tmp_path, collect):
    base = write_tree(tmp_path, {"/proc/1/environ": "A=b\0"})
    facts = collect(collector, subject_in(base)).facts
    assert facts["timezone"] == "UTC"
    assert facts["timezone.source"] == "default"
    assert facts["utc_offset"] == 0
    assert facts["tzdata.source"] == "none"
    assert "tzdata.version" not in facts


def test_an_old_zone_file_has_no_rule(tmp_path, collect):
    base = write_tree(tmp_path, {"/proc/1/environ": "TZ=X/Y\0"})
    (base / "usr/share/zoneinfo/X").mkdir(parents=True)
    (base / "usr/share/zoneinfo/X/Y").write_bytes(b"TZif\0" + b"\0" * 39)
    facts = collect(collector, subject_in(base)).facts
    assert facts["valid"] is True
    assert facts.gaps["utc_offset"] == "the zone file has no rule"


@pytest.mark.parametrize(
    ("path", "content", "version"),
    [
        ("/usr/share/zoneinfo/tzdata.zi", "# version 2024a\nR d 1916\n", "2024a"),
        ("/usr/share/zoneinfo/+VERSION", "2023c\n", "2023c"),
        (
            "/var/lib/dpkg/status",
            (
                "Package: tzdata-legacy\nVersion: 1-1\n\nPackage: tzdata\n"
                "Status: install ok installed\nVersion: 2025b-0+deb12u2\n\n"
                "Package: z\nVersion: 9\n"
            ),
            "2025b",
        ),
        ("/lib/apk/db/installed", "C:Q1\nP:tzdata\nV:2025a-r0\n\nP:zlib\nV:1\n", "2025a"),
    ],
)
def test_version_of_zone_data(tmp_path, collect, path, content, version):
    base = write_tree(
        tmp_path,
        {"/proc/1/environ": "A=b\0", "/usr/share/zoneinfo/zone.tab": "", path: content},
    )
    facts = collect(collector, subject_in(base)).facts
    assert facts["tzdata.version"] == version
    assert facts["tzdata.source"] == "/usr/share/zoneinfo"


def test_zone_data_of_a_python_package(tmp_path, collect):
    library = "/usr/lib/python3.11"
    base = write_tree(
        tmp_path,
        {
            "/proc/1/environ": "PATH=/usr/bin\0",
            "/usr/bin/python3": "",
            library + "/os.py": "",
            library + "/site-packages/tzdata-2025.2.dist-info/METADATA": "",
        },
    )
    facts = collect(collector, subject_in(base)).facts
    assert facts["tzdata.source"] == "python package tzdata"
    assert facts["tzdata.version"] == "2025.2"


def test_python_told_to_look_nowhere(facts_with):
    assert facts_with({"PYTHONTZPATH": ""})["tzdata.source"] == "none"


def test_faketime(facts_with):
    library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    facts = facts_with({"LD_PRELOAD": library, "FAKETIME": "@2031-01-01 00:00:00"})
    assert facts["faketime"] is True
    assert facts["faketime.spec"] == "@2031-01-01 00:00:00"
    assert facts_with({"FAKETIME": "@2031-01-01 00:00:00"})["faketime"] is False


def test_the_clock_is_the_host_s(facts_with):
    facts = facts_with({}, name="debian12-docker-v1")
    assert facts["clocksource"] == "tsc"
    assert facts.origins == {"clocksource": "host"}


def test_an_image_decides_its_zone_data(subject_of, collect):
    section = collect(collector, subject_of("debian12-locales-zones", running=False))
    assert section.facts["tzdata.version"] == "2026b"
    assert "timezone" not in section.facts
    assert section.facts.gaps == {"*": "not running: decided when the container is started"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("UTC0", (0, False)),
        ("NST3:30NDT,M3.2.0,M11.1.0", (-12600, True)),
        ("<+0545>-5:45", (20700, False)),
        ("EST5EDT", (-18000, True)),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", (3600, True)),
    ],
)
def test_rules(rule, expected):
    assert read_rule(rule) == expected


@pytest.mark.parametrize("text", ["", "UTC", "A5", "Europe/Berlin", "<>3", "EST99", "ABC1:2:3:4"])
def test_what_is_no_rule(text):
    assert not is_rule(text)
