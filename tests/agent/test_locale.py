"""The expected values are what CPython said in the container that the locales are from."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import pytest

from auditor.agent.collectors import locale as collector
from auditor.agent.collectors.locale import normalised
from auditor.agent.import_path import Settings
from auditor.agent.process import Process
from auditor.agent.redact import Redactor
from auditor.agent.root import LiveRoot
from auditor.agent.subject import Subject

from .given import ProcessWith, subject_with

LATIN9 = "iso8859-15"


@pytest.fixture
def facts_with(subject_of, collect):
    def facts(environ, argv=None):
        subject = subject_with(subject_of("debian12-locales-zones"), environ, argv)
        section = collect(collector, subject)
        assert section.status == "ok"
        return section.facts

    return facts


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("C", "ANSI_X3.4-1968"),
        ("C.UTF-8", "UTF-8"),
        ("C.utf8", "UTF-8"),
        ("en_US.UTF-8", "UTF-8"),
        ("en_US.utf8", "UTF-8"),
        ("de_DE", "ISO-8859-1"),
        ("de_DE@euro", "ISO-8859-15"),
        ("de_DE.ISO-8859-15@euro", "ISO-8859-15"),
        ("fr_FR", "ISO-8859-1"),
        ("fr_FR.ISO-8859-1", "ISO-8859-1"),
        ("fr_FR.latin1", "ISO-8859-1"),
        ("fr_FR.iso88591@x", "ISO-8859-1"),
    ],
)
def test_installed_locales(facts_with, name, charset):
    facts = facts_with({"LC_ALL": name})
    assert facts["lc_ctype"] == name
    assert facts["lc_collate"] == name
    assert facts["charset"] == charset
    assert facts["missing"] == []


@pytest.mark.parametrize(
    "name",
    [
        "en_US",
        "de_DE.UTF-8",
        "de_DE.ISO-8859-1",  # deleted from the archive, where de_DE is still another name of it
        "fr_FR.UTF-8",
        "fr_FR.8859-1",
        "fr_FR.latin-1",
        "fr",
        "xx_YY.UTF-8",
        "../../etc",
        "C@foo",
    ],
)
def test_locales_that_are_not_installed_mean_c(facts_with, name):
    facts = facts_with({"LC_ALL": name})
    assert facts["lc_ctype"] == "C"
    assert facts["lc_time"] == "C"
    assert facts["charset"] == "ANSI_X3.4-1968"
    assert facts["missing"] == [name]


def test_categories_have_their_own_variables(facts_with):
    facts = facts_with({"LANG": "en_US.UTF-8", "LC_COLLATE": "POSIX", "LC_TIME": "xx"})
    assert facts["lc_ctype"] == "en_US.UTF-8"
    assert facts["lc_collate"] == "C"
    assert facts["lc_time"] == "C"
    assert facts["lc_messages"] == "en_US.UTF-8"
    assert facts["missing"] == ["xx"]


def test_lc_all_wins_and_empty_variables_do_not_count(facts_with):
    facts = facts_with({"LC_ALL": "C.UTF-8", "LC_CTYPE": "de_DE", "LANG": "de_DE"})
    assert facts["lc_ctype"] == "C.UTF-8"
    facts = facts_with({"LC_ALL": "", "LC_CTYPE": "", "LANG": "de_DE"})
    assert facts["lc_ctype"] == "de_DE"


def test_locpath_replaces_the_archive(facts_with):
    facts = facts_with({"LOCPATH": "/usr/lib/locale", "LANG": "en_US.UTF-8"})
    assert facts["missing"] == ["en_US.UTF-8"]
    facts = facts_with({"LOCPATH": "/usr/lib/locale", "LANG": "C.UTF-8"})
    assert facts["missing"] == []


@pytest.mark.parametrize(
    ("environ", "mode", "encoding", "stdout"),
    [
        ({}, True, "utf-8", "utf-8:surrogateescape"),
        ({"PYTHONUTF8": "0"}, False, "utf-8", "utf-8:surrogateescape"),  # coerced to C.UTF-8
        ({"PYTHONUTF8": "0", "LC_ALL": "C"}, False, "ascii", "ascii:surrogateescape"),
        (
            {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            False,
            "ascii",
            "ascii:surrogateescape",
        ),
        ({"LANG": "en_US.UTF-8"}, False, "utf-8", "utf-8:strict"),
        ({"LANG": "C.UTF-8"}, False, "utf-8", "utf-8:surrogateescape"),
        ({"LANG": "de_DE@euro"}, False, LATIN9, LATIN9 + ":strict"),
        ({"LANG": "de_DE@euro", "PYTHONUTF8": "1"}, True, "utf-8", "utf-8:surrogateescape"),
        ({"LANG": "xx_YY"}, True, "utf-8", "utf-8:surrogateescape"),
        (
            {"LANG": "en_US.UTF-8", "PYTHONIOENCODING": "latin-1"},
            False,
            "utf-8",
            "iso8859-1:strict",
        ),
        ({"LANG": "en_US.UTF-8", "PYTHONIOENCODING": ":replace"}, False, "utf-8", "utf-8:replace"),
    ],
)
def test_encodings_of_python(facts_with, environ, mode, encoding, stdout):
    facts = facts_with(environ)
    assert facts["python.utf8_mode"] is mode
    assert facts["python.preferred_encoding"] == encoding
    assert facts["python.filesystem_encoding"] == encoding
    assert facts["python.stdin"] == stdout
    assert facts["python.stdout"] == stdout
    assert facts["python.stderr"] == stdout.split(":")[0] + ":backslashreplace"


@pytest.mark.parametrize(
    ("argv", "mode"),
    [
        (["python3", "-X", "utf8", "app.py"], True),
        (["python3", "-Xutf8=0", "app.py"], False),
        (["python3", "app.py", "-X", "utf8"], False),
        (["python3", "-c", "pass", "-Xutf8"], False),
        (["gunicorn", "-X", "utf8"], False),
        (["python3", "-I", "app.py"], False),
        (["python3", "app.py"], False),
    ],
)
def test_options_of_the_command_line(facts_with, argv, mode):
    assert facts_with({"LANG": "de_DE@euro"}, argv)["python.utf8_mode"] is mode


def test_an_isolated_python_ignores_its_variables(facts_with):
    environ = {"LANG": "de_DE@euro", "PYTHONUTF8": "1"}
    assert facts_with(environ, ["python3", "-I", "app.py"])["python.utf8_mode"] is False
    assert facts_with(environ, ["python3", "-sE", "app.py"])["python.utf8_mode"] is False


def test_utf8_mode_is_the_default_since_3_15():
    assert collector.utf8_mode((3, 15), Settings({}, []), legacy=False) is True
    assert collector.utf8_mode((3, 15), Settings({"PYTHONUTF8": "0"}, []), legacy=False) is False
    assert collector.utf8_mode((3, 14), Settings({}, []), legacy=False) is False


@pytest.mark.parametrize(
    ("environ", "ctype", "charset"),
    [
        ({}, "C.UTF-8", "UTF-8"),
        ({"LC_ALL": "de_DE.UTF-8"}, "de_DE.UTF-8", "UTF-8"),
        ({"LC_ALL": "POSIX"}, "C", "ASCII"),
    ],
)
def test_musl_takes_any_name(subject_of, collect, environ, ctype, charset):
    facts = collect(collector, subject_with(subject_of("alpine3.17-apk"), environ)).facts
    assert facts["lc_ctype"] == ctype
    assert facts["charset"] == charset
    assert facts["missing"] == []
    assert "python.stdout" not in facts  # there is no Python


def test_a_damaged_archive_is_no_archive(tmp_path, collect, subject_of):
    archive = tmp_path / "usr/lib/locale/locale-archive"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"\x09\x01\x02\xde" + b"\xff" * 52)
    subject = subject_with(subject_of(tmp_path), {"LANG": "en_US.UTF-8"})
    section = collect(collector, subject)
    assert section.status == "ok"
    assert section.facts["missing"] == ["en_US.UTF-8"]


def test_an_image_has_no_locale(subject_of, collect):
    section = collect(collector, subject_of("debian12-locales-zones", running=False))
    assert section.status == "skipped"


PROBE = """
import codecs, json, locale, sys
streams = {
    "python." + name: "%s:%s" % (codecs.lookup(stream.encoding).name, stream.errors)
    for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr))
}
told = {
    "python.utf8_mode": bool(sys.flags.utf8_mode),
    "python.preferred_encoding": codecs.lookup(locale.getpreferredencoding(False)).name,
    "python.filesystem_encoding": codecs.lookup(sys.getfilesystemencoding()).name,
}
print(json.dumps({**streams, **told}))
"""
LOCALES = [{}, {"LANG": "C.UTF-8"}, {"LC_ALL": "C"}, {"LC_CTYPE": "xx_YY.UTF-8"}]
SWITCHES = [
    {},
    {"PYTHONUTF8": "0"},
    {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONUTF8": "1", "PYTHONIOENCODING": "latin-1:ignore"},
    {"PYTHONIOENCODING": ":replace"},
]


@pytest.mark.parametrize(
    "environ", [{**one, **two} for one, two in itertools.product(LOCALES, SWITCHES)], ids=str
)
def test_this_python_agrees(collect, environ):
    environ = {
        "PATH": os.environ["PATH"],
        **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
        **environ,
    }
    output = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout
    root = LiveRoot()
    bare = Subject(root, Process(root, "/proc/self"), Redactor(), python=sys.executable)
    process = ProcessWith(bare, environ, [sys.executable, "x.py"])
    subject = Subject(root, process, Redactor(), python=sys.executable)
    facts = collect(collector, subject).facts
    expected = json.loads(output)
    assert {key: facts[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("codeset", "expected"),
    [("UTF-8", "utf8"), ("ISO-8859-1", "iso88591"), ("8859-1", "iso88591"), ("KOI8-R", "koi8r")],
)
def test_codesets_are_normalised_as_glibc_does(codeset, expected):
    assert normalised(codeset) == expected
