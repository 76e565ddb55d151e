"""Where the application's Python looks for modules: held against what it told itself.

The expected paths of the recorded tree are what each of its interpreters printed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.agent.collectors import python_path as collector
from auditor.agent.import_path import Settings, parse_command_line
from auditor.agent.subject import Subject

from .trees import copy_of, link, process, write

Facts = Callable[..., dict[str, Any]]

STDLIB = ["/usr/lib/python311.zip", "/usr/lib/python3.11", "/usr/lib/python3.11/lib-dynload"]
VENV = ["/opt/venv/lib/python3.11/site-packages", "/srv/src/delta/src", "/srv/src/epsilon"]
SHARED = ["/opt/shared/lib/python3.11/site-packages"]
USER = ["/root/.local/lib/python3.11/site-packages"]
DEBIAN = ["/usr/local/lib/python3.11/dist-packages", "/usr/lib/python3/dist-packages"]
HOME = {"HOME": "/root", "PATH": "/usr/bin"}
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of no content
# sha256sum etc/python3.11/sitecustomize.py
SITECUSTOMIZE = "f7ff302fd49cbfcfc2b3c1c9c891c6bf1d6fc1712bb2ebe5b00a8d64b709411d"


@pytest.fixture
def facts(subject_of: Callable[..., Subject], collect: Any) -> Facts:
    def read(tree: Path | str, **options: Any) -> dict[str, Any]:
        section = collect(collector, subject_of(tree, **options))
        assert section.status == "ok"
        values: dict[str, Any] = section.facts.values
        return values

    return read


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of("debian12-python-venv", tmp_path)


def test_the_recorded_process(facts: Facts) -> None:
    assert facts("debian12-python-venv") == {
        "sys_path": STDLIB + VENV,
        "script_directory": "/srv",  # -m: where it was started
        "pth.__editable__.zeta-6.pth": (
            "import __editable___zeta_6_finder; __editable___zeta_6_finder.install()"
        ),
        "pth.distutils-precedence.pth": (
            "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; "
            "enabled = os.environ.get(var, 'local') == 'local'; "
            "enabled and __import__('_distutils_hack').add_shim();"
        ),
        "pth.gamma_hook.pth": "import gamma; gamma.X = 4",
        "sitecustomize": "/usr/lib/python3.11/sitecustomize.py",
        "sitecustomize.sha256": SITECUSTOMIZE,
    }


@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        (["/opt/venv/bin/python", "-I", "-c", "x"], {}, STDLIB + VENV),
        (["/opt/venv/bin/python", "-S", "-c", "x"], {}, STDLIB),
        (["/opt/shared/bin/python", "-c", "x"], {}, STDLIB + SHARED + USER + DEBIAN),
        (["/opt/shared/bin/python", "-s", "-c", "x"], {}, STDLIB + SHARED + DEBIAN),
        (["/usr/bin/python3", "-c", "x"], {}, STDLIB + USER + DEBIAN),
        (["/usr/bin/python3", "-s", "-c", "x"], {}, STDLIB + DEBIAN),
        (["/usr/bin/python3", "-P", "-c", "x"], {}, STDLIB + USER + DEBIAN),
        (
            ["/usr/bin/python3", "-c", "x"],
            {"PYTHONPATH": "/srv/extra:rel::/srv/src"},
            ["/srv/extra", "//rel", "/", "/srv/src", *STDLIB, *USER, *DEBIAN],
        ),
        (
            ["/usr/bin/python3", "-E", "-c", "x"],
            {"PYTHONPATH": "/srv/extra:rel::/srv/src"},
            STDLIB + USER + DEBIAN,
        ),
        (
            ["/usr/bin/python3", "-S", "-c", "x"],
            {"PYTHONPATH": "/srv/extra:rel::/srv/src"},
            ["/srv/extra", "//rel", "/", "/srv/src", *STDLIB],
        ),
        # By the documentation of the variables, not recorded:
        (["/usr/bin/python3", "a.py"], {"PYTHONNOUSERSITE": "1"}, STDLIB + DEBIAN),
        (["/usr/bin/python3", "-E", "a.py"], {"PYTHONNOUSERSITE": "1"}, STDLIB + USER + DEBIAN),
        (["/usr/bin/python3", "a.py"], {"PYTHONUSERBASE": "/nowhere"}, STDLIB + DEBIAN),
        (["/usr/bin/python3", "a.py"], {"HOME": "/home/other"}, STDLIB + DEBIAN),
    ],
)
def test_what_the_interpreters_told(
    facts: Facts, tree: Path, argv: list[str], environ: dict[str, str], expected: list[str]
) -> None:
    """Recorded with the working directory `/`."""
    process(tree, 1, argv=argv, environ={**HOME, **environ}, exe="/usr/bin/python3.11", cwd="/")
    # `//rel` is `/` + `/` + `rel`, as os.path.join makes it of the recorded directory.
    expected = [entry.replace("//rel", "/rel") for entry in expected]
    assert facts(tree)["sys_path"] == expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["python3", "app.py"], "/srv/app"),
        (["python3", "-u", "-X", "utf8", "-W", "error", "app.py", "-c"], "/srv/app"),
        (["python3", "-Xutf8", "-Werror", "/opt/tool/run.py"], "/opt/tool"),
        (["python3", "tool"], "/opt/tool"),  # a link to a script: where the script is
        (["python3", "package"], "/srv/app/package"),  # a directory with a __main__.py
        (["python3", "app.pyz"], "/srv/app/app.pyz"),  # an archive is searched itself
        (["python3", "sub/../app.py"], "/srv/app"),
        (["python3", "gone.py"], "/srv/app"),
        (["python3", "-c", "open('/etc/passwd')"], "/srv/app"),
        (["python3", "-Bc", "open('/etc/passwd')"], "/srv/app"),
        (["python3", "-uBm", "http.server"], "/srv/app"),
        (["python3", "-mhttp.server"], "/srv/app"),
        (["python3", "-"], "/srv/app"),
        (["python3"], "/srv/app"),
        (["python3", "-i"], "/srv/app"),
        (["python3", "--", "app.py"], "/srv/app"),
        (["python3", "--check-hash-based-pycs", "always", "/opt/tool/run.py"], "/opt/tool"),
        (["python3", "-P", "app.py"], None),
        (["python3", "-I", "app.py"], None),
        (["python3", "-Im", "http.server"], None),
        (["gunicorn: master [app]"], None),
    ],
)
def test_script_directory(facts: Facts, tree: Path, argv: list[str], expected: str | None) -> None:
    write(tree, "srv/app/app.py")
    write(tree, "srv/app/sub/x.py")
    write(tree, "srv/app/package/__main__.py")
    write(tree, "srv/app/app.pyz", b"#!/usr/bin/env python3\nPK\x05\x06" + bytes(18))
    write(tree, "opt/tool/run.py")
    link(tree, "srv/app/tool", "/opt/tool/run.py")
    process(tree, 1, argv=argv, environ=HOME, exe="/usr/bin/python3.11", cwd="/srv/app")
    assert facts(tree).get("script_directory") == expected


def test_safe_path_by_the_environment(facts: Facts, tree: Path) -> None:
    argv = ["python3", "/srv/app.py"]
    process(tree, 1, argv=argv, environ={**HOME, "PYTHONSAFEPATH": "1"}, cwd="/srv")
    assert "script_directory" not in facts(tree)
    process(tree, 1, argv=["python3", "-E", "/srv/app.py"], cwd="/srv")
    assert facts(tree)["script_directory"] == "/srv"


def test_before_the_application_is_started(
    subject_of: Callable[..., Subject], collect: Any
) -> None:
    """The command line is then the agent's own and says nothing."""
    section = collect(collector, subject_of("debian12-python-venv", started=False))
    assert "script_directory" not in section.facts
    assert section.facts.gaps == {"script_directory": "the application is not started yet"}


def test_what_hides_the_standard_library(facts: Facts, tree: Path) -> None:
    write(tree, "srv/app/random.py")
    write(tree, "srv/app/json/__init__.py")
    write(tree, "srv/app/logging/readme.txt")  # a namespace package comes after real ones
    write(tree, "srv/app/test/__init__.py")
    write(tree, "srv/app/mine.py")
    write(tree, "srv/extra/statistics.py")
    link(tree, "srv/extra/typing.py", "statistics.py")
    process(
        tree, 1, argv=["python3", "/srv/app/mine.py"], exe="/usr/bin/python3.11", cwd="/",
        environ={**HOME, "PYTHONPATH": "/srv/extra"},
    )  # fmt: skip
    found = facts(tree)
    assert {key: value for key, value in found.items() if key.startswith("shadowed.")} == {
        "shadowed.random": "/srv/app/random.py",
        "shadowed.json": "/srv/app/json",
        "shadowed.statistics": "/srv/extra/statistics.py",
        "shadowed.typing": "/srv/extra/typing.py",
    }


def test_packages_after_the_library_hide_nothing(facts: Facts, tree: Path) -> None:
    write(tree, "opt/venv/lib/python3.11/site-packages/random.py")
    assert not [key for key in facts(tree) if key.startswith("shadowed.")]


def test_customizations(facts: Facts, tree: Path) -> None:
    write(tree, "srv/extra/sitecustomize.py")
    write(tree, "root/.local/lib/python3.11/site-packages/usercustomize.py")
    environ = {**HOME, "PYTHONPATH": "/srv/extra"}
    process(tree, 1, argv=["/usr/bin/python3", "x.py"], environ=environ, cwd="/")
    found = facts(tree)
    assert found["sitecustomize"] == "/srv/extra/sitecustomize.py"
    assert found["usercustomize"] == USER[0] + "/usercustomize.py"
    assert found["user_site"] == USER[0]
    assert found["sitecustomize.sha256"] == found["usercustomize.sha256"] == EMPTY
    # Another file in the same place, as a mount brings it.
    write(tree, "srv/extra/sitecustomize.py", "import socket\n")
    assert facts(tree)["sitecustomize.sha256"] not in (None, EMPTY)
    process(tree, 1, argv=["/usr/bin/python3", "-s", "x.py"], environ=environ, cwd="/")
    assert "usercustomize" not in facts(tree)


def test_no_customization_without_site(facts: Facts, tree: Path) -> None:
    """`-S`: nothing imports them."""
    process(tree, 1, argv=["/usr/bin/python3", "-S", "x.py"], environ=HOME, cwd="/")
    assert "sitecustomize" not in facts(tree)


def test_pth_lines_as_site_reads_them(facts: Facts, tree: Path) -> None:
    site = "opt/venv/lib/python3.11/site-packages/"
    write(tree, "srv/one/x.py")
    write(tree, site + "two/x.py")
    write(
        tree,
        site + "a.pth",
        "# /srv/comment\n\n   \n/srv/one  \ntwo\n../site-packages/./two\n/srv/missing\n"
        "import\tsys\nimport os\nimportant\n/srv/nul\0byte\n",
    )
    write(tree, site + ".hidden.pth", "/srv\n")
    write(tree, site + "b.pth.off", "/srv\n")
    write(tree, site + "c.pth", b"/srv/caf\xe9\n/srv\n")
    (tree / site / "d.pth").symlink_to("/dev/zero")
    found = facts(tree)
    assert found["sys_path"] == [
        *STDLIB,
        VENV[0],
        "/srv/src/delta/src",  # __editable__.delta-0.0.4.pth sorts first
        "/srv/one",
        VENV[0] + "/two",
        "/srv",
        "/srv/src/epsilon",
    ]
    assert found["pth.a.pth"] == "import\tsys"
    assert "pth..hidden.pth" not in found


def test_a_credential_in_a_path_or_a_line_does_not_leave(facts: Facts, tree: Path) -> None:
    token = "ghp_" + "x7Kq9ZbT2mWc4VnR8sLd" * 2
    write(tree, "opt/venv/lib/python3.11/site-packages/t.pth", f"import os; os.x = '{token}'\n")
    write(tree, f"srv/{token}/sitecustomize.py")
    write(tree, f"srv/{token}/random.py")
    process(
        tree, 1, argv=["/opt/venv/bin/python", f"/srv/{token}/app.py"], cwd="/",
        environ={**HOME, "PYTHONPATH": f"/srv/{token}:/gone/{token}"},
    )  # fmt: skip
    assert token not in repr(facts(tree))


def test_a_variable_that_a_line_sets_does_not_leave(facts: Facts, tree: Path) -> None:
    line = "import os; os.environ['DB_PASSWORD'] = 'hunter'\n"
    write(tree, "opt/venv/lib/python3.11/site-packages/t.pth", line)
    process(tree, 1, argv=["/opt/venv/bin/python", "/srv/app.py"], cwd="/", environ=HOME)
    assert facts(tree)["pth.t.pth"] == "import os; os.environ['DB_PASSWORD'] = '<redacted>'"


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([f"/p{number}" for number in range(5000)], [f"/p{number}" for number in range(1024)]),
        (["/" + "x" * 300_000], STDLIB + VENV),
    ],
    ids=["many", "long"],
)
def test_an_endless_path_is_cut_and_told(
    subject_of: Callable[..., Subject],
    collect: Any,
    tree: Path,
    entries: list[str],
    kept: list[str],
) -> None:
    environ = {**HOME, "PYTHONPATH": ":".join(entries)}
    process(tree, 1, argv=["/opt/venv/bin/python"], environ=environ)
    section = collect(collector, subject_of(tree))
    assert section.facts["sys_path"] == kept
    assert section.facts.gaps["sys_path.*"] == f"too long: {len(kept)} entries are looked at"


@pytest.mark.parametrize(
    ("argv", "options", "script"),
    [
        (["python", "-OO", "-B", "x.py", "-S"], ["O", "O", "B"], "x.py"),
        (["python", "-OOBm", "json.tool", "-S"], ["O", "O", "B"], None),
        (["python", "-X", "dev", "-Xutf8=1", "-q", "x"], ["Xdev", "Xutf8=1", "q"], "x"),
        (["python", "-W", "error::X", "-Wd"], ["Werror::X", "Wd"], None),
        (["python", "-X"], ["X"], None),
        (["python", "--check-hash-based-pycs", "never", "-S", "x"], ["S"], "x"),
        (["python", "--version", "-S"], ["S"], None),
        (["python", "--", "-S"], [], "-S"),
        (["python", "--"], [], None),
        (["python", "-", "-S"], [], None),
        (["python", "-c", "-S"], [], None),
        (["python", "-Bcprint()", "-S"], ["B"], None),
        ([], [], None),
    ],
)
def test_options_end_where_the_program_begins(
    argv: list[str], options: list[str], script: str | None
) -> None:
    assert parse_command_line(argv) == (options, script)


def test_settings_of_what_is_no_python() -> None:
    settings = Settings({"PYTHONPATH": "/x"}, ["/usr/bin/gunicorn", "-I"])
    assert not settings.ignores_environment
    assert settings.variable("PYTHONPATH") == "/x"
    assert Settings({}, ["python3.11", "-X", "utf8=0", "-X", "utf8"]).x_option("utf8") == ""
    assert Settings({}, ["python3.11"]).x_option("utf8") is None
