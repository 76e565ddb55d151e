"""Which Python is the application's, and which others exist."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from auditor.agent.collectors import python as collector
from auditor.agent.interpreter import Interpreter, find_interpreters, is_python
from auditor.agent.process import OwnProcess, Process
from auditor.agent.redact import Redactor
from auditor.agent.root import LiveRoot, TreeRoot
from auditor.agent.section import SectionAbsent, Unreadable
from auditor.agent.subject import Subject

from .trees import copy_of, link, process, write

SYSTEM_ONLY = {"PATH": "/usr/bin"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of("debian12-python-venv", tmp_path)


def chosen(tree: Path, named: str | None = None) -> tuple[str, str]:
    """(executable, why) of the application's Python."""
    root = TreeRoot(str(tree))
    found = find_interpreters(root, Process(root, "/proc/1"), named)
    return found.chosen.executable, found.reason


def install(tree: Path, prefix: str, name: str = "python3.12", lib: str = "lib") -> str:
    """A Python as `make install` leaves it, as far as it is looked at."""
    write(tree, f"{prefix}/bin/{name}", b"\x7fELF")
    write(tree, f"{prefix}/{lib}/{name}/os.py")
    link(tree, f"{prefix}/bin/python3", name)
    return f"{prefix}/bin/python3"


# -- the recorded system


def test_the_main_processs_virtual_environment(tree: Path) -> None:
    root = TreeRoot(str(tree))
    found = find_interpreters(root, Process(root, "/proc/1"), None)
    python = found.chosen
    assert found.reason == "main process"
    assert python.executable == "/opt/venv/bin/python"
    assert python.real == "/usr/bin/python3.11"
    assert (python.prefix, python.base_prefix) == ("/opt/venv", "/usr")
    assert (python.series, python.version) == ("3.11", "3.11.2")
    assert python.series_number == (3, 11)
    assert (python.is_venv, python.system_site, python.is_conda) == (True, False, False)
    assert not python.runs_here
    # Each of the others once, though there are several links to it.
    assert found.others == ["/opt/shared/bin/python", "/usr/bin/python3"]


def test_the_whole_section(subject_of: Callable[..., Subject], collect: Any) -> None:
    section = collect(collector, subject_of("debian12-python-venv"))
    facts = section.facts.values
    assert section.status == "ok"
    assert {key: value for key, value in facts.items() if not key.startswith("flags.")} == {
        "implementation": "cpython",
        "series": "3.11",
        "version": "3.11.2",
        "executable": "/opt/venv/bin/python",
        "chosen_because": "main process",
        "prefix": "/opt/venv",
        "base_prefix": "/usr",
        "environment": "venv",
        "gil": True,
        "others": ["/opt/shared/bin/python", "/usr/bin/python3"],
        "multiprocessing.start_method": "fork",
    }
    # What only the interpreter itself could tell.
    assert sorted(section.facts.gaps) == [
        "abiflags", "build", "compiler", "debug_build", "expat.version", "float.mant_dig",
        "float.max_exp", "float.repr_style", "hash.algorithm", "hash.width", "modules.broken",
        "modules.missing", "openssl.version", "sqlite.version", "unicode.version", "zlib.version",
    ]  # fmt: skip
    assert facts["flags.dev_mode"] is True  # -X dev=0 is on, too: the option counts, not its value


# -- which is meant


@pytest.mark.parametrize(
    ("argv", "executable"),
    [
        (["/opt/venv/bin/python", "app.py"], "/opt/venv/bin/python"),
        (["/opt/shared/bin/python3.11", "app.py"], "/opt/shared/bin/python3.11"),
        (["../opt/venv/bin/python3", "app.py"], "/srv/../opt/venv/bin/python3"),
        (["python3", "app.py"], "/usr/bin/python3"),
        # A script's "#!" line leaves the interpreter first; a renamed process leaves nothing.
        (["gunicorn: master [app]"], "/usr/bin/python3"),
        (["/gone/bin/python"], "/usr/bin/python3"),
        ([], "/usr/bin/python3"),
    ],
)
def test_by_the_name_it_was_started_with(tree: Path, argv: list[str], executable: str) -> None:
    process(tree, 1, argv=argv, environ=SYSTEM_ONLY, exe="/usr/bin/python3.11", cwd="/srv")
    assert chosen(tree) == (executable, "main process")


def test_by_the_path_of_an_activated_environment(tree: Path) -> None:
    process(
        tree, 1, argv=["python", "app.py"], exe="/usr/bin/python3.11",
        environ={"PATH": "/opt/venv/bin:/usr/bin"},
    )  # fmt: skip
    assert chosen(tree) == ("/opt/venv/bin/python", "main process")


def test_a_renamed_process_is_known_by_its_environment(tree: Path) -> None:
    """setproctitle: the arguments are gone, VIRTUAL_ENV and PATH are not."""
    process(
        tree, 1, name="gunicorn", argv=["gunicorn: master [app]"], exe="/usr/bin/python3.11",
        environ={"PATH": "/usr/bin", "VIRTUAL_ENV": "/opt/venv"},
    )  # fmt: skip
    assert chosen(tree) == ("/opt/venv/bin/python", "main process")
    process(tree, 1, environ={"PATH": "/opt/shared/bin:/usr/bin"})
    assert chosen(tree) == ("/opt/shared/bin/python3", "main process")


def test_an_environment_of_another_python_is_not_the_processs(tree: Path) -> None:
    """VIRTUAL_ENV may be left over from the shell that built the image."""
    install(tree, "/opt/other")
    process(
        tree, 1, argv=["/usr/bin/python3"], exe="/usr/bin/python3.11",
        environ={"PATH": "/opt/other/bin", "VIRTUAL_ENV": "/opt/other"},
    )  # fmt: skip
    assert chosen(tree) == ("/usr/bin/python3", "main process")


def test_a_main_process_that_is_no_python(tree: Path) -> None:
    write(tree, "usr/sbin/nginx", b"\x7fELF")
    process(tree, 1, name="nginx", argv=["nginx"], environ=SYSTEM_ONLY, exe="/usr/sbin/nginx")
    assert chosen(tree) == ("/opt/venv/bin/python", "usual place")
    process(tree, 1, environ={"PATH": "/usr/bin:/opt/shared/bin"})
    assert chosen(tree) == ("/opt/shared/bin/python", "PATH")
    process(tree, 1, environ={"PATH": "/usr/bin", "VIRTUAL_ENV": "/opt/venv/"})
    assert chosen(tree) == ("/opt/venv/bin/python", "VIRTUAL_ENV")


def test_conda_by_its_variable(tree: Path) -> None:
    install(tree, "/opt/conda/envs/app")
    link(tree, "opt/conda/envs/app/bin/python", "python3.12")
    write(tree, "opt/conda/envs/app/conda-meta/history")
    process(
        tree, 1, name="sh", exe="/bin/dash", argv=["sh"],
        environ={"PATH": "/usr/bin", "CONDA_PREFIX": "/opt/conda/envs/app"},
    )  # fmt: skip
    assert chosen(tree) == ("/opt/conda/envs/app/bin/python", "CONDA_PREFIX")


def test_no_process_and_no_path(tree: Path) -> None:
    """An image that was unpacked: only the usual places are left."""
    for name in ("cmdline", "environ", "status", "exe", "cwd"):
        (tree / "proc/1" / name).unlink()
    assert chosen(tree) == ("/opt/venv/bin/python", "usual place")
    (tree / "opt/venv/pyvenv.cfg").unlink()
    assert chosen(tree) == ("/usr/bin/python3", "PATH")  # the default one


def test_a_python_of_an_unusual_home(tmp_path: Path) -> None:
    install(tmp_path, "/root/.pyenv/versions/3.12.1")
    assert chosen(tmp_path) == ("/root/.pyenv/versions/3.12.1/bin/python3", "usual place")


def test_named_by_the_user(tree: Path) -> None:
    assert chosen(tree, "/opt/shared/bin/python3") == ("/opt/shared/bin/python3", "named")
    assert chosen(tree, "python3.11") == ("/usr/bin/python3.11", "named")
    for named in ("/opt/shared/bin/python4", "python4", "/opt/shared"):
        with pytest.raises(Unreadable, match="does not exist here"):
            chosen(tree, named)


def test_named_is_what_starts_it(tree: Path) -> None:
    """A shell or a wrapper does not tell which Python it starts: looked for as without it."""
    write(tree, "bin/sh", b"\x7fELF")
    write(tree, "app/run", "#!/bin/sh\nexec /opt/venv/bin/python app.py\n")
    without = chosen(tree)
    assert chosen(tree, "/bin/sh") == chosen(tree, "/app/run") == without
    # Beside the standard library a shell must not pass for its interpreter.
    write(tree, "usr/bin/bash", b"\x7fELF")
    assert chosen(tree, "bash") == without


def test_named_behind_a_shim(tree: Path) -> None:
    write(tree, "root/.pyenv/shims/python3", "#!/usr/bin/env bash\nexec pyenv exec python3\n")
    process(tree, 1, environ={"PATH": "/root/.pyenv/shims:/usr/bin"})
    assert chosen(tree, "python3") == ("/usr/bin/python3", "named")
    with pytest.raises(Unreadable, match="no standard library"):
        chosen(tree, "/root/.pyenv/shims/python3")


def test_a_wrapper_by_the_name_is_passed_over(tree: Path) -> None:
    """`/usr/local/bin/python3` as a shell script has no library beside it."""
    (tree / "opt/venv/pyvenv.cfg").unlink()
    write(tree, "usr/local/bin/python3", "#!/bin/sh\nexec /usr/bin/python3 -X dev\n")
    process(
        tree, 1, name="sh", argv=["sh"], exe="/bin/sh", environ={"PATH": "/usr/local/bin:/usr/bin"}
    )
    assert chosen(tree) == ("/usr/bin/python3", "PATH")


def test_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(SectionAbsent, match="no Python"):
        chosen(tmp_path)


# -- layouts


def interpreter(tree: Path, executable: str) -> Interpreter:
    return Interpreter(TreeRoot(str(tree)), executable)


def test_debians_layout(tree: Path) -> None:
    python = interpreter(tree, "/usr/bin/python3")
    assert python.site_directories == [
        "/usr/local/lib/python3.11/dist-packages",
        "/usr/lib/python3/dist-packages",
    ]
    assert (python.is_venv, python.system_site) == (False, True)


def test_a_prefix_is_written_out(tree: Path) -> None:
    """As `sys.prefix`; `sys.executable` stays as it was written."""
    python = interpreter(tree, "/srv/../opt/venv/bin/python")
    assert python.prefix == "/opt/venv"
    assert python.site_directories == ["/opt/venv/lib/python3.11/site-packages"]
    assert python.executable == "/srv/../opt/venv/bin/python"


def test_a_virtual_environment_with_the_systems_packages(tree: Path) -> None:
    python = interpreter(tree, "/opt/shared/bin/python")
    assert (python.is_venv, python.system_site) == (True, True)
    assert python.site_directories == [
        "/opt/shared/lib/python3.11/site-packages",
        "/usr/local/lib/python3.11/dist-packages",
        "/usr/lib/python3/dist-packages",
    ]


def test_fedoras_two_library_directories(tmp_path: Path) -> None:
    install(tmp_path, "/usr", lib="lib64")
    write(tmp_path, "usr/lib64/python3.12/site-packages/x.py")
    write(tmp_path, "usr/lib/python3.12/site-packages/x.py")
    python = interpreter(tmp_path, "/usr/bin/python3")
    assert python.library == "/usr/lib64/python3.12"
    assert sorted(python.site_directories) == [
        "/usr/lib/python3.12/site-packages",
        "/usr/lib64/python3.12/site-packages",
    ]


def test_conda(subject_of: Callable[..., Subject], collect: Any) -> None:
    facts = collect(collector, subject_of("conda-environment")).facts.values
    assert facts["executable"] == "/opt/conda/envs/app/bin/python"
    assert facts["prefix"] == facts["base_prefix"] == "/opt/conda/envs/app"
    assert facts["environment"] == "conda"
    assert facts["version"] == "3.12.4"  # include/python3.12/patchlevel.h
    assert facts["others"] == ["/opt/conda/bin/python3.11"]


def test_several_series_beside_one_another(tmp_path: Path) -> None:
    """The library of the interpreter's own name is its own."""
    for name in ("python3.9", "python3.12"):
        install(tmp_path, "/usr/local", name)
    assert interpreter(tmp_path, "/usr/local/bin/python3.9").series == "3.9"
    assert interpreter(tmp_path, "/usr/local/bin/python3.12").series == "3.12"


def test_a_free_threaded_build(tmp_path: Path) -> None:
    install(tmp_path, "/usr/local", "python3.13t")
    python = interpreter(tmp_path, "/usr/local/bin/python3")
    assert python.series == "3.13t"
    assert python.series_number == (3, 13)


def test_pypy(tmp_path: Path) -> None:
    write(tmp_path, "opt/pypy/bin/pypy3.10", b"\x7fELF")
    write(tmp_path, "opt/pypy/lib/pypy3.10/os.py")
    python = interpreter(tmp_path, "/opt/pypy/bin/pypy3.10")
    assert (python.implementation, python.series) == ("pypy", "3.10")


@pytest.mark.parametrize(
    ("content", "is_venv"),
    [
        ("home = /usr/bin\n", True),
        ("HOME=/usr/bin\r\ninclude-system-site-packages = TRUE\r\n", True),
        ("include-system-site-packages = true\n", False),  # PEP 405: `home` makes it one
        ("", False),
        (b"\xff\xfe\0h", False),
    ],
)
def test_what_makes_a_virtual_environment(tree: Path, content: str | bytes, is_venv: bool) -> None:
    write(tree, "opt/venv/pyvenv.cfg", content)
    assert interpreter(tree, "/opt/venv/bin/python").is_venv is is_venv


def test_a_settings_file_that_is_a_device(tree: Path) -> None:
    link(tree, "opt/venv/pyvenv.cfg", "/dev/zero")
    assert not interpreter(tree, "/opt/venv/bin/python").is_venv


def test_the_version_of_a_shared_build_is_in_its_library(tmp_path: Path) -> None:
    install(tmp_path, "/usr/local", "python3.12")
    strings = b"\x7fELF\x003.12\x003.12.\x003.12.7+\x00"
    write(tmp_path, "usr/local/lib/libpython3.12.so.1.0", strings)
    assert interpreter(tmp_path, "/usr/local/bin/python3").version == "3.12.7"


def test_a_version_that_no_file_tells(
    tmp_path: Path, subject_of: Callable[..., Subject], collect: Any
) -> None:
    install(tmp_path, "/usr/local", "python3.12")
    section = collect(collector, subject_of(tmp_path))
    assert section.facts.gaps["version"] == "no file tells it"
    assert section.facts["series"] == "3.12"


def test_a_loop_in_the_place_of_the_interpreter(tmp_path: Path) -> None:
    link(tmp_path, "usr/bin/python3", "python3")
    os.mkfifo(write(tmp_path, "usr/local/bin/x").parent / "python3")
    with pytest.raises(SectionAbsent):
        chosen(tmp_path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("python", True), ("/usr/bin/python3", True), ("python3.11", True), ("python3.13t", True),
        ("python3.12d", True), ("pypy3.10", True), ("/opt/pypy", True), ("python3-config", False),
        ("python3.11-config", False), ("ipython", False), ("pythonw", False),
        ("python3.11m", False), ("gunicorn", False), ("", False), ("/usr/bin/", False),
        ("python-argcomplete", False),
        ("gunicorn: master python", False),
    ],
)  # fmt: skip
def test_names_of_interpreters(path: str, expected: bool) -> None:
    assert is_python(path) is expected


# -- this very interpreter


def test_our_own(collect: Any) -> None:
    """Held against `sys` of the interpreter that runs the test."""
    subject = Subject(LiveRoot(), OwnProcess(LiveRoot()), Redactor())
    section = collect(collector, subject)
    facts = section.facts.values
    assert facts["version"] == "%d.%d.%d" % sys.version_info[:3]
    assert facts["prefix"] == sys.prefix
    assert facts["base_prefix"] == sys.base_prefix
    assert facts["hash.algorithm"] == sys.hash_info.algorithm
    assert facts["build"] in sys.version
    assert facts["compiler"] in sys.version
    assert set(section.facts.gaps) <= {"openssl.version", "sqlite.version", "expat.version"}
    assert facts["modules.missing"] == [
        name for name in collector._OPTIONAL_MODULES if find_spec(name) is None
    ]


def test_modules_that_python_was_built_without(
    collect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if nothing could be found: what is loaded already is there all the same."""
    monkeypatch.setattr(sys, "meta_path", [])
    monkeypatch.setitem(sys.modules, "_ctypes", sys)
    monkeypatch.delitem(sys.modules, "_sqlite3", raising=False)
    subject = Subject(LiveRoot(), OwnProcess(LiveRoot()), Redactor())
    missing = collect(collector, subject).facts.values["modules.missing"]
    assert "_sqlite3" in missing
    assert "_ctypes" not in missing


def test_a_module_that_cannot_be_loaded(collect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a library that lacks a function: it is there, and its import fails."""
    path = "/usr/lib/python3/lib-dynload/_sqlite3.so"

    class Refusing(Loader):
        def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
            return ModuleSpec(name, self) if name == "_sqlite3" else None

        def create_module(self, spec: object) -> None:
            raise ImportError(f"{path}: undefined symbol: sqlite3_deserialize", path=path)

        def exec_module(self, module: object) -> None:
            raise AssertionError

    monkeypatch.delitem(sys.modules, "_sqlite3", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
    section = collect(collector, Subject(LiveRoot(), OwnProcess(LiveRoot()), Redactor()))
    assert section.facts.values["modules.broken"] == {
        "_sqlite3": "undefined symbol: sqlite3_deserialize"
    }
    assert section.facts.gaps["sqlite.version"] == "_sqlite3 cannot be loaded"
    assert "_sqlite3" not in section.facts.values["modules.missing"]


# -- switches

SAME = (
    "optimize", "debug", "dont_write_bytecode", "no_user_site", "no_site", "isolated",
    "ignore_environment", "safe_path", "dev_mode", "utf8_mode", "hash_randomization",
    "warn_default_encoding",
)  # fmt: skip


SHOW = "import sys; print({n: getattr(sys.flags, n, None) for n in %r})" % (SAME,)


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ([], {}),
        (["-O"], {}),
        (["-OO", "-B", "-s"], {}),
        (["-I"], {"PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}),
        (["-E"], {"PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1"}),
        (["-S", "-P"], {}),
        (["-R"], {"PYTHONHASHSEED": "0"}),
        (["-X", "dev"], {}),
        (["-Xutf8=0"], {"PYTHONUTF8": "1"}),
        (["-X", "utf8"], {"PYTHONUTF8": "0"}),
        (["-X", "warn_default_encoding"], {}),
        ([], {"PYTHONOPTIMIZE": "2", "PYTHONDEBUG": "0", "PYTHONHASHSEED": "0"}),
        ([], {"PYTHONOPTIMIZE": "yes", "PYTHONDONTWRITEBYTECODE": "x", "PYTHONNOUSERSITE": "0"}),
        (["-O"], {"PYTHONOPTIMIZE": "2"}),
        ([], {"PYTHONSAFEPATH": "0", "PYTHONDEVMODE": "1", "PYTHONUTF8": "1"}),
        ([], {"PYTHONHASHSEED": "random", "PYTHONUTF8": "0"}),
        ([], {"PYTHONHASHSEED": "12", "PYTHONWARNDEFAULTENCODING": "1"}),
        ([], {"LC_ALL": "C"}),
        ([], {"LC_ALL": "POSIX", "LANG": "xx_XX.UTF-8"}),
        ([], {"LANG": "xx_XX.UTF-8"}),
        ([], {"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}),
    ],
)
def test_switches_are_what_the_interpreter_shows(
    subject_of: Callable[..., Subject],
    collect: Any,
    tmp_path: Path,
    options: list[str],
    environ: dict[str, str],
) -> None:
    """Held against `sys.flags` of a real start with these options and variables."""
    version = "python%d.%d" % sys.version_info[:2]
    install(tmp_path, "/usr/local", version)
    ours = Path("/usr/lib/locale/C.utf8/LC_CTYPE")
    if ours.exists():  # not every distribution has the locale C.UTF-8
        write(tmp_path, str(ours), ours.read_bytes())
    argv = ["/usr/local/bin/python3", *options, "-c", "x"]
    process(tmp_path, 1, argv=argv, environ=environ, exe=f"/usr/local/bin/{version}", cwd="/")
    facts = collect(collector, subject_of(tmp_path)).facts.values
    command = [sys.executable, *options, "-c", SHOW]
    result = subprocess.run(command, env=environ, capture_output=True, check=True)
    for name, value in ast.literal_eval(result.stdout.decode()).items():
        if value is not None:  # safe_path came with 3.11, warn_default_encoding with 3.10
            assert facts["flags." + name] == value, name
    assert facts["flags.hash_seed"] == (
        environ["PYTHONHASHSEED"]
        if environ.get("PYTHONHASHSEED", "x").isdigit() and "-I" not in options
        else "random"
    )


def test_switches_that_sys_flags_does_not_show(
    subject_of: Callable[..., Subject], collect: Any, tree: Path
) -> None:
    process(
        tree, 1, argv=["/usr/bin/python3", "-u", "-X", "int_max_str_digits=0", "x.py"], cwd="/",
        environ={"PYTHONMALLOC": "malloc", "PYTHONINTMAXSTRDIGITS": "640"},
    )  # fmt: skip
    facts = collect(collector, subject_of(tree)).facts.values
    assert facts["flags.unbuffered"] is True
    assert facts["flags.malloc"] == "malloc"
    assert facts["flags.int_max_str_digits"] == "0"


def test_before_the_start_only_the_environment_speaks(
    subject_of: Callable[..., Subject], collect: Any, tree: Path
) -> None:
    """The command line is the agent's: `python3 -I -S -B envaudit.pyz snapshot`."""
    process(
        tree, 1, argv=["/usr/bin/python3", "-I", "-S", "-B", "envaudit.pyz"], cwd="/",
        environ={"PYTHONOPTIMIZE": "1"},
    )  # fmt: skip
    facts = collect(collector, subject_of(tree, started=False)).facts.values
    assert facts["flags.isolated"] is False
    assert facts["flags.optimize"] == 1
    assert facts["flags.dont_write_bytecode"] is False
