"""Lock files that Poetry, uv and pip made, held against what these tools install from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor import store
from auditor.gate.locks import LockReport, check_lock, read_lock
from auditor.model import Value
from tests.cli.running import inside
from tests.compare.making import fingerprint
from tests.gate.test_locks import environment, facts, no_include

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent / "locks"
# Of the extra and of the group for development: may be there, need not.
OPTIONAL = {"tabulate": "0.10.0", "pytest": "9.2.0", "iniconfig": "2.3.1", "pluggy": "1.7.0"}
OLD = "poetry-1.8.5/poetry.lock"
# What other packages need: all that this one can tell to be missing.
NEEDED = {"anyio", "certifi", "h11", "httpcore", "idna", "typing-extensions"}
WINDOWS = {
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_system": "Windows",
    "sys_platform": "win32",
}


@dataclass(frozen=True)
class Case:
    lock: str
    python: str
    platform: str
    packages: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.lock}, {self.python}, {self.platform}"

    @property
    def text(self) -> str:
        return (FOLDER / self.lock).read_text(encoding="utf-8")

    def report(self, packages: Mapping[str, str]) -> LockReport:
        lock = read_lock(self.text, Path(self.lock).name, no_include)
        return check_lock(lock, fingerprint(self.facts(packages)))

    def facts(self, packages: Mapping[str, str]) -> dict[str, Value]:
        return {**facts(packages), "python.version": self.python}

    def failures(self, packages: Mapping[str, str]) -> list[str]:
        return [one.path for one in self.report(packages).mismatches if one.default == "fail"]


def cases() -> list[Case]:
    document = tomllib.loads((FOLDER / "installed.toml").read_text(encoding="utf-8"))
    return [
        Case(
            one["lock"],
            one["python"],
            one["platform"],
            dict(package.split("==") for package in one["packages"]),
        )
        for one in document["environment"]
    ]


ON_LINUX = [case for case in cases() if case.platform == "linux"]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_what_is_required_is_what_the_tool_installs(case: Case) -> None:
    series = ".".join(case.python.split(".")[:2])
    here = environment(
        python_version=series,
        python_full_version=case.python if case.python != series else f"{series}.1",
        **(WINDOWS if case.platform == "windows" else {}),
    )
    selection = read_lock(case.text, Path(case.lock).name, no_include).select(here)
    assert selection.conflict is None
    required = {
        name: [str(locked.version) for locked in alternatives]
        for name, alternatives in selection.required.items()
    }
    expected = {name: [version] for name, version in case.packages.items()}
    if case.lock == OLD:
        # It does not tell what is of which group, nor two versions apart: either will do.
        assert required.keys() - expected.keys() <= selection.doubtful.keys()
        required = {name: required[name] for name in expected}
        expected["packaging"] = ["24.2", "26.4"]
    assert required == expected


@pytest.mark.parametrize("case", ON_LINUX, ids=str)
def test_what_the_tool_installs_passes(case: Case) -> None:
    report = case.report({**case.packages, "pip": "24.0"})
    told = [one for one in report.mismatches if one.default != "ignore"]
    if case.lock == OLD:
        assert {(one.kind, one.default) for one in told} == {("lock_unverified", "warn")}
    else:
        assert told == []
    assert report.summary.required == report.summary.matching == len(case.packages)


@pytest.mark.parametrize("case", ON_LINUX, ids=str)
def test_each_package_counts(case: Case) -> None:
    for name in case.packages:
        others = {key: version for key, version in case.packages.items() if key != name}
        known = case.lock != OLD or name in NEEDED
        assert case.failures(others) == ([f"lock.missing.{name}"] if known else [])
        assert case.failures({**others, name: "0.0.1"}) == [f"lock.version.{name}"]
    assert case.failures({**case.packages, "requests": "2.32.0"}) == ["lock.extra.requests"]


@pytest.mark.parametrize("lock", ["poetry-2.5.1/poetry.lock", "uv-0.13.9/uv.lock"])
def test_extras_and_groups_may_be_there(lock: str) -> None:
    case = next(case for case in ON_LINUX if case.lock == lock and case.python == "3.11.7")
    everything = {**case.packages, **OPTIONAL, "pygments": "2.21.0"}
    assert case.failures(everything) == []
    wrong = {**everything, "pytest": "8.0.0"}
    assert case.failures(wrong) == ["lock.version.pytest"]


@pytest.mark.parametrize("lock", sorted({case.lock for case in cases()}))
def test_gate(lock: str, tmp_path: Path) -> None:
    """The whole command, on the file as it lies there."""
    case = next(case for case in ON_LINUX if case.lock == lock and case.python == "3.11.7")
    other = {**case.packages, "httpx": "0.27.0"}
    for name, packages in (("same", case.packages), ("other", other)):
        text = store.dumps(fingerprint(case.facts(packages)))
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    assert inside("bless", "same.json", "-o", "baseline.json", cwd=tmp_path).code == 0
    (tmp_path / "policy.toml").write_text('[gate]\nignore = ["*"]\n', encoding="utf-8")
    command = (
        "--against", "baseline.json", "--policy", "policy.toml", "--format", "json",
        "--lock", FOLDER / lock,
    )  # fmt: skip
    same = inside("gate", "same.json", *command, cwd=tmp_path)
    assert same.code == 0, same.err
    summary = json.loads(same.out)["lock"]
    assert summary["required"] == summary["matching"] == len(case.packages)
    differs = inside("gate", "other.json", *command, cwd=tmp_path)
    assert differs.code == 1, differs.err
    violations = json.loads(differs.out)["violations"]
    assert [entry["path"] for entry in violations] == ["lock.version.httpx"]
    assert violations[0]["after"] == "0.27.0"


def test_they_are_what_they_say_they_are() -> None:
    def text(name: str) -> str:
        return (FOLDER / name).read_text(encoding="utf-8")

    assert "@generated by Poetry 2.5.1 " in text("poetry-2.5.1/poetry.lock")
    assert "@generated by Poetry 1.8.5 " in text("poetry-1.8.5/poetry.lock")
    assert 'created-by = "uv"' in text("uv-0.13.9/pylock.toml")
    assert 'created-by = "pip"' in text("pip-26.3/pylock.toml")
