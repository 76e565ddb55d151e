"""Lock files: each format's selection for an environment, and what is refused."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import pytest

from auditor.gate.locks import check_lock, read_lock
from auditor.gate.locks.lock import Selection
from auditor.model import InvalidInput, NotCompared, Value
from tests.compare.making import fingerprint

LINUX: dict[str, Value] = {
    "os.arch": "x86_64",
    "python.version": "3.12.4",
    "python.implementation": "cpython",
}


def environment(**changed: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": "3.12.4",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": "3.12.4",
        "python_version": "3.12",
        "sys_platform": "linux",
        **changed,
    }


def no_include(name: str, of: str) -> tuple[str, str]:
    raise AssertionError(f"{of} includes {name}")


def selected(name: str, text: str, **changed: str) -> Selection:
    return read_lock(text, name, no_include).select(environment(**changed))


def versions(selection: Selection) -> dict[str, str | None]:
    return {name: locked[0].wanted for name, locked in selection.required.items()}


# --- pylock.toml

PYLOCK = """
lock-version = "1.0"
created-by = "test"
requires-python = ">=3.10"
extras = ["plot"]
dependency-groups = ["test"]
[[packages]]
name = "numpy"
version = "1.26.4"
marker = "python_version < '3.13'"
[[packages.wheels]]
url = "https://example.org/numpy-1.26.4-py3-none-any.whl"
hashes = {sha256 = "00"}
[[packages]]
name = "numpy"
version = "2.1.0"
marker = "python_version >= '3.13'"
[[packages.wheels]]
url = "https://example.org/numpy-2.1.0-py3-none-any.whl"
hashes = {sha256 = "00"}
[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"
[[packages.wheels]]
url = "https://example.org/colorama-0.4.6-py3-none-any.whl"
hashes = {sha256 = "00"}
[[packages]]
name = "matplotlib"
version = "3.9.0"
marker = "'plot' in extras"
[[packages.wheels]]
url = "https://example.org/matplotlib-3.9.0-py3-none-any.whl"
hashes = {sha256 = "00"}
[[packages]]
name = "pytest"
version = "8.0"
marker = "'test' in dependency_groups"
[[packages.wheels]]
url = "https://example.org/pytest-8.0-py3-none-any.whl"
hashes = {sha256 = "00"}
[[packages]]
name = "tool"
[packages.vcs]
type = "git"
url = "https://example.org/tool.git"
commit-id = "0123456789abcdef0123456789abcdef01234567"
"""


def test_pylock() -> None:
    selection = selected("pylock.toml", PYLOCK)
    assert versions(selection) == {"numpy": "1.26.4", "tool": None}
    assert selection.required["numpy"][0].place == "pylock.toml:7"
    assert set(selection.allowed) == {"matplotlib", "pytest"}
    assert selection.elsewhere == {"numpy", "colorama"}
    assert selection.conflict is None
    newer = selected("pylock.ci.toml", PYLOCK, python_version="3.13", python_full_version="3.13.1")
    assert versions(newer) == {"numpy": "2.1.0", "tool": None}


def test_pylock_for_another_python() -> None:
    selection = selected("pylock.toml", PYLOCK, python_version="3.9", python_full_version="3.9.1")
    assert selection.conflict == "it is for Python >=3.10, and this is 3.9.1"


def test_pylock_for_other_environments() -> None:
    text = PYLOCK.replace("extras =", "environments = [\"sys_platform == 'win32'\"]\nextras =")
    assert selected("pylock.toml", text).conflict == "it is for none of this environment's kind"


# --- uv.lock

UV = """
version = 1
revision = 2
requires-python = ">=3.10"
resolution-markers = ["python_full_version >= '3.13'", "python_full_version < '3.13'"]

[[package]]
name = "app"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "numpy", version = "1.26.4", marker = "python_full_version < '3.13'" },
    { name = "numpy", version = "2.1.0", marker = "python_full_version >= '3.13'" },
    { name = "uvicorn", extra = ["standard"] },
    { name = "pywin32", marker = "sys_platform == 'win32'" },
]

[package.optional-dependencies]
plot = [{ name = "matplotlib" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://example.org/simple" }
resolution-markers = ["python_full_version < '3.13'"]
wheels = [{ url = "https://example.org/n.whl", hash = "sha256:00" }]

[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://example.org/simple" }
resolution-markers = ["python_full_version >= '3.13'"]

[[package]]
name = "uvicorn"
version = "0.30.0"
source = { registry = "https://example.org/simple" }
dependencies = [{ name = "click" }]

[package.optional-dependencies]
standard = [{ name = "httptools" }]

[[package]]
name = "click"
version = "8.1.7"
source = { registry = "https://example.org/simple" }
dependencies = [{ name = "colorama", marker = "sys_platform == 'win32'" }]

[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://example.org/simple" }

[[package]]
name = "httptools"
version = "0.6.1"
source = { git = "https://example.org/h.git?rev=v1#0123456789abcdef0123456789abcdef01234567" }

[[package]]
name = "matplotlib"
version = "3.9.0"
source = { registry = "https://example.org/simple" }

[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://example.org/simple" }

[[package]]
name = "pywin32"
version = "306"
source = { registry = "https://example.org/simple" }
"""


def test_uv() -> None:
    selection = selected("uv.lock", UV)
    assert versions(selection) == {
        "numpy": "1.26.4",
        "uvicorn": "0.30.0",
        "click": "8.1.7",
        "httptools": "0.6.1",
    }
    assert selection.required["numpy"][0].hashes
    assert selection.required["httptools"][0].commit == "0123456789abcdef0123456789abcdef01234567"
    assert set(selection.allowed) == {"app", "matplotlib", "pytest"}
    assert selection.elsewhere == {"colorama", "pywin32"}
    newer = selected("uv.lock", UV, python_full_version="3.13.0", python_version="3.13")
    assert versions(newer)["numpy"] == "2.1.0"
    windows = selected("uv.lock", UV, sys_platform="win32")
    assert {"colorama", "pywin32"} <= set(windows.required)


def test_uv_in_circles() -> None:
    text = UV.replace(
        'dependencies = [{ name = "colorama", marker = "sys_platform == \'win32\'" }]',
        'dependencies = [{ name = "uvicorn", extra = ["standard"] }]',
    )
    assert set(selected("uv.lock", text).required) == {"numpy", "uvicorn", "click", "httptools"}


# --- poetry.lock

POETRY = """
[[package]]
name = "numpy"
version = "1.26.4"
optional = false
python-versions = ">=3.9"
groups = ["main", "dev"]
markers = "python_version < \\"3.13\\""
files = [{file = "n.whl", hash = "sha256:00"}]

[[package]]
name = "colorama"
version = "0.4.6"
optional = false
python-versions = "*"
groups = ["main", "dev"]
files = []
markers = {main = "sys_platform == 'win32'", dev = "sys_platform == 'linux'"}

[[package]]
name = "pytest"
version = "8.0"
optional = false
python-versions = "*"
groups = ["dev"]
files = []

[[package]]
name = "matplotlib"
version = "3.9.0"
optional = true
python-versions = "*"
groups = ["main"]
files = []

[metadata]
lock-version = "2.1"
python-versions = "^3.10"
content-hash = "00"
"""

POETRY_1 = """
[[package]]
name = "click"
version = "8.1.7"
category = "main"
optional = false
python-versions = ">=3.7"

[package.dependencies]
colorama = {version = "*", markers = "platform_system == \\"Windows\\""}
typing-extensions = [
    {version = "*", markers = "python_version < \\"3.8\\""},
    {version = "*", markers = "python_version >= \\"3.12\\""},
]

[[package]]
name = "colorama"
version = "0.4.6"
category = "main"
optional = false
python-versions = "*"

[package.dependencies]
deeper = "*"

[[package]]
name = "deeper"
version = "1"
category = "main"
optional = false
python-versions = "*"

[[package]]
name = "typing-extensions"
version = "4.0"
category = "main"
optional = false
python-versions = "*"

[[package]]
name = "pytest"
version = "8.0"
category = "dev"
optional = false
python-versions = "*"

[metadata]
lock-version = "1.1"
python-versions = "~3.10 || ^3.12"
content-hash = "00"

[metadata.files]
click = [{file = "c.whl", hash = "sha256:00"}]
"""


def test_poetry() -> None:
    selection = selected("poetry.lock", POETRY)
    assert versions(selection) == {"numpy": "1.26.4"}
    assert set(selection.allowed) == {"colorama", "pytest", "matplotlib"}
    assert selection.conflict is None
    newer = selected("poetry.lock", POETRY, python_version="3.13")
    assert newer.elsewhere == {"numpy"}
    other = selected("poetry.lock", POETRY, python_full_version="4.0.0")
    assert other.conflict == "it is for Python <4,>=3.10, and this is 4.0.0"


def test_poetry_of_old() -> None:
    selection = selected("poetry.lock", POETRY_1)
    assert versions(selection) == {"click": "8.1.7", "typing-extensions": "4.0"}
    assert selection.required["click"][0].hashes
    assert set(selection.allowed) == {"pytest"}
    assert selection.elsewhere == {"colorama", "deeper"}


# --- requirements files


def test_requirements() -> None:
    text = """\
# made by hand
--index-url https://example.org/simple
-i https://example.org/simple
--require-hashes
Numpy==1.26.4 \\
    --hash=sha256:00 \\
    --hash=sha256:01
rich >=13,<14  # a comment
typer[all]==0.15 ; python_version < "3.10"
tool @ git+https://example.org/tool@0123456789abcdef0123456789abcdef01234567
https://example.org/x/wheel_only-1.0-py3-none-any.whl
-e .
"""
    selection = selected("requirements.txt", text)
    assert versions(selection) == {
        "numpy": "==1.26.4",
        "rich": "<14,>=13",
        "tool": None,
        "wheel-only": None,
    }
    numpy, tool = selection.required["numpy"][0], selection.required["tool"][0]
    assert numpy.hashes
    assert numpy.place == "requirements.txt:5"
    assert (tool.source, tool.commit) == ("vcs", "0123456789abcdef0123456789abcdef01234567")
    assert selection.required["wheel-only"][0].source == "archive"
    assert selection.elsewhere == {"typer"}
    assert not selection.complete
    assert selection.unnamed


def test_local_versions_are_what_was_pinned() -> None:
    (locked,) = selected("requirements.txt", "torch==2.1.0").required["torch"]
    assert locked.accepts("2.1.0+cpu")
    assert not locked.accepts("2.1.1")


def test_included_files() -> None:
    files = {
        "a/base.txt": "idna==3.10\n-r ../requirements.txt\n",
        "a/limits.txt": "numpy<2\nrich<14\n",
    }

    def include(name: str, of: str) -> tuple[str, str]:
        path = {"a/base.txt": "a/base.txt", "limits.txt": "a/limits.txt"}.get(
            name, "requirements.txt"
        )
        return path, files[path]

    files["requirements.txt"] = text = "numpy>1\n-ra/base.txt\n--constraint=limits.txt\n"
    selection = read_lock(text, "requirements.txt", include).select(environment())
    assert versions(selection) == {"numpy": "<2,>1", "idna": "==3.10"}
    assert set(selection.allowed) == {"rich"}


# --- held against what is installed


def facts(packages: Mapping[str, str], **more: Value) -> dict[str, Value]:
    found: dict[str, Value] = {**LINUX, "python.packages.": None, "python.sources.": None}
    found.update({f"python.packages.{name}": version for name, version in packages.items()})
    found.update({f"python.integrity.{name}": "intact" for name in packages})
    return {**found, **more}


def mismatches(name: str, text: str, given: Mapping[str, Value]) -> list[tuple[str, str]]:
    report = check_lock(read_lock(text, name, no_include), fingerprint(given))
    return [(one.path, one.default) for one in report.mismatches]


def test_the_whole_of_it() -> None:
    lock = read_lock(UV, "uv.lock", no_include)
    packages = {"numpy": "1.26.4", "uvicorn": "0.30.0", "click": "8.1.7", "httptools": "0.6.1"}
    sources: dict[str, Value] = {
        "python.sources.httptools": {
            "url": "https://example.org/h.git",
            "commit": "0123456789abcdef0123456789abcdef01234567",
        }
    }
    given = facts({**packages, "app": "1.0", "pytest": "8.0", "pip": "24.0"}, **sources)
    report = check_lock(lock, fingerprint(given))
    assert [one.path for one in report.mismatches if one.default != "ignore"] == []
    assert (report.summary.required, report.summary.matching, report.summary.intact) == (4, 4, 4)
    assert report.not_verified == (
        NotCompared(
            "lock.archive_hashes",
            "an installation from an index does not keep its archive's hash, so those of 1 "
            "distributions are not verified; their RECORD stands in: 1 of 1 are as they were "
            "installed",
            "both",
        ),
    )


def test_an_archive_of_another_hash() -> None:
    text = PYLOCK[: PYLOCK.index("[[packages]]")] + (
        '[[packages]]\nname = "x"\n[packages.archive]\nurl = "https://example.org/x.whl"\n'
        'hashes = {sha256 = "00"}\n'
    )
    good: Value = {"url": "https://example.org/x.whl", "archive": "sha256=00"}
    bad: Value = {"url": "https://example.org/x.whl", "archive": "sha256=01"}
    given = facts({"x": "1.0"})
    assert mismatches("pylock.toml", text, {**given, "python.sources.x": good}) == []
    assert mismatches("pylock.toml", text, {**given, "python.sources.x": bad}) == [
        ("lock.source.x", "fail")
    ]


def test_another_commit() -> None:
    text = "tool @ git+https://example.org/tool@0123456789abcdef0123456789abcdef01234567\n"
    given = facts({"tool": "1.0"})
    source: Value = {"url": "https://example.org/tool", "commit": "f" * 40}
    assert mismatches("requirements.txt", text, {**given, "python.sources.tool": source}) == [
        ("lock.source.tool", "fail")
    ]


def test_the_project_itself_only_warns() -> None:
    source: Value = {"editable": True, "url": "file:///app"}
    given = {**facts({"app": "1.0"}), "python.sources.app": source}
    assert mismatches("poetry.lock", "[metadata]\nlock-version = '2.1'\n", given) == [
        ("lock.extra.app", "warn")
    ]
    assert mismatches("requirements.txt", "-e .\n", given) == [("lock.extra.app", "ignore")]


def test_integrity_that_was_not_collected_is_said() -> None:
    given = {path: value for path, value in facts({"x": "1.0"}).items() if "integrity" not in path}
    assert mismatches("requirements.txt", "x==1.0 --hash=sha256:00\n", given) == [
        ("lock.integrity.*", "warn")
    ]


def test_a_python_that_nobody_knows() -> None:
    given = {path: value for path, value in facts({"x": "1.0"}).items() if path != "python.version"}
    assert mismatches("requirements.txt", "x==1.0\n", given) == [("lock.python", "fail")]


# --- what is refused

DEEP = "(" * 5000 + "os_name == 'a'" + ")" * 5000
REFUSED = {
    ("pylock.toml", "lock-version = 1"): "is no pylock.toml",
    ("pylock.toml", 'lock-version = "2.0"\ncreated-by = "x"\npackages = []'): "not supported",
    ("pylock.toml", "x = " + "[" * 5000): "nested too deeply",
    ("pylock.toml", "x ="): "is not TOML",
    ("uv.lock", "version = 2"): "is no uv.lock of version 1",
    ("uv.lock", "version = 1\npackage = 3"): "package must be an array of tables",
    ("uv.lock", "version = 1\n[[package]]\nname = 'a'\n"): "uv.lock:2: a package has no source",
    ("uv.lock", "version = 1\n[[package]]\nname = '\\x1b'\n"): "no name of a distribution",
    ("uv.lock", f"version = 1\nrequires-python = '{'9' * 20000}'"): "no PEP 440 specifier",
    ("poetry.lock", "[metadata]\nlock-version = '3.0'"): "is no poetry.lock",
    ("poetry.lock", f"[[package]]\nname = 'a'\nversion = '{'9' * 9999}'"): "no PEP 440 version",
    ("poetry.lock", f'[[package]]\nname = "a"\nmarkers = "{DEEP}"'): "no PEP 508 marker",
    ("requirements.txt", "a==1\n--frobnicate\n"): "requirements.txt:2: --frobnicate is no option",
    ("requirements.txt", "a=1\n"): "requirements.txt:1: is no requirement",
    ("requirements.txt", "-r https://example.org/x.txt\n"): "only files can be included",
    ("requirements.txt", f"a>={'9' * 5000}\n"): "a number in it, is longer than can be meant",
    ("requirements.txt", f"a; python_version < '{'9' * 5000}'\n"): "longer than can be meant",
    ("poetry.lock", f"[[package]]\nname = 'a'\nmarkers = 'os_name < \"{'9' * 5000}\"'"): "PEP 508",
    ("requirements.txt", "a ; " + "(" * 900 + "os_name == 'a'" + ")" * 900): "nested",
    ("some.lock", "x = 1\n"): "is no lock file that is known",
    ("Pipfile.lock", '{"_meta": {}, "default": {}}'): "is no lock file that is known",
    ("x.json", "requests==2.19.0"): "is no lock file that is known",
    ("broken.lock", "[[package]]\nname = \n"): "is no lock file that is known",
}


@pytest.mark.parametrize(("name", "text"), REFUSED, ids=[name for name, _ in REFUSED])
def test_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(REFUSED[name, text])) as caught:
        read_lock(text, name, no_include)
    assert len(str(caught.value)) < 400
    assert str(caught.value).startswith(name)


MARKER = "python_version >= '3.2' and platform_release < '9'"
LOCKS = {
    "requirements.txt": f'a>=1.0,<1.1; {MARKER} or os_name == "posix"\n',
    "uv.lock": "version = 1\nrequires-python = '>=3.9'\n"
    "[[package]]\nname = 'app'\nsource = {virtual = '.'}\n"
    f'dependencies = [{{name = "a", marker = "{MARKER} or os_name != \'nt\'"}}]\n'
    "[[package]]\nname = 'a'\nversion = '1.0'\nsource = {registry = 'x'}\n",
    "poetry.lock": "[metadata]\nlock-version = '2.1'\npython-versions = '^3.9'\n"
    "[[package]]\nname = 'a'\nversion = '1.0'\noptional = false\ngroups = ['main']\n"
    f"markers = \"{MARKER} or os_name == 'posix'\"\n",
}

MANY = 20_000
ELSEWHERE = "sys_platform == 'win32'"
LARGE = {
    "poetry.lock": "[metadata]\nlock-version = '1.1'\n"
    "[[package]]\nname = 'p0'\nversion = '1'\n[package.dependencies]\n"
    f'p1 = {{version = "*", markers = "{ELSEWHERE}"}}\n'
    + "".join(
        f"[[package]]\nname = 'p{n}'\nversion = '1'\n[package.dependencies]\np{n + 1} = '*'\n"
        for n in range(1, MANY)
    ),
    "uv.lock": "version = 1\n[[package]]\nname = 'app'\nsource = {virtual = '.'}\ndependencies = ["
    + ",".join(f"{{name = 'p', version = '{n}'}}" for n in range(MANY))
    + "]\n"
    + "".join(
        f"[[package]]\nname = 'p'\nversion = '{n}'\nsource = {{registry = 'x'}}\n"
        f'resolution-markers = ["{ELSEWHERE}"]\n'
        for n in range(MANY)
    ),
    "requirements.txt": "a==1" + " " * 8_000_000 + "x\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files_take_linear_time(name: str) -> None:
    """Each of these takes minutes where any step of it is quadratic."""
    begun = time.process_time()
    try:
        check_lock(read_lock(LARGE[name], name, no_include), fingerprint(facts({"a": "1"})))
    except InvalidInput as error:
        assert len(str(error)) < 400  # noqa: PT017 (either end is a good one, when it is soon)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    "line",
    [
        "-xhttps://user:hunter2@example.org/",
        "x @ https://user:hunter2@example.org/ @",
        "https://user:hunter2@example.org/x.whl",
    ],
)
def test_passwords_in_addresses_are_not_shown(line: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_lock(f"{line}\n", "requirements.txt", no_include)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("number", ["²", "\u0661", "1_000", "+1", "9" * 5000, ""])
@pytest.mark.parametrize("name", LOCKS)
def test_numbers_of_an_environment_that_are_none(name: str, number: str) -> None:
    """Held against the lock file's ranges and markers: another version, never an exception."""
    lock = read_lock(LOCKS[name], name, no_include)
    for path in ("python.version", "kernel.release", "os.arch", "python.packages.a"):
        given = {**facts({"a": "1.0"}), path: number}
        report = check_lock(lock, fingerprint(given))
        assert report.mismatches or path in ("kernel.release", "os.arch")
        given[path] = f"3.{number}.1"
        assert check_lock(lock, fingerprint(given)).summary.required in (0, 1)


def test_many_included_files_are_refused() -> None:
    def include(name: str, of: str) -> tuple[str, str]:
        return name, f"-r {int(name[1:-4]) + 1:_>4}.txt\n".replace("_", "n", 1).replace("_", "0")

    with pytest.raises(InvalidInput, match="more than 50 files"):
        read_lock("-r n000.txt", "requirements.txt", include)
