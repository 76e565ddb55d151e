"""Where the configuration is found, and what overrides what."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from auditor import config
from auditor.config import Configuration
from auditor.gate import DEFAULT_POLICY
from auditor.gate.pattern import Pattern
from auditor.model import UsageError

NOTHING: Mapping[str, str] = {}
KEY = "correct horse battery staple"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository, so that the search ends here, with a folder deep inside."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    return tmp_path


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_is_found(project: Path) -> None:
    assert config.find(project / "a" / "b", NOTHING) == Configuration()


def test_own_file(project: Path) -> None:
    text = 'key_file = "keys/env"\n[env]\nshow = ["APP_*"]\n[gate]\nignore = ["gpu.*"]\n'
    path = put(project / "envaudit.toml", text)
    found = config.find(project / "a" / "b", NOTHING)
    assert found.source == str(path)
    assert found.env_show == ("APP_*",)
    assert found.key_file == project / "keys" / "env"
    assert found.gate == {"ignore": ["gpu.*"]}
    assert found.table == "gate"


@pytest.mark.parametrize(
    ("name", "table"), [("envaudit.toml", "gate"), ("pyproject.toml", "tool.envaudit.gate")]
)
def test_a_mark_that_windows_editors_begin_with(project: Path, name: str, table: str) -> None:
    text = f'[{table}]\nignore = ["gpu.*"]\nfail = ["pyhton.packages.*"]\n'
    (project / name).write_text(text, encoding="utf-8-sig")
    found = config.find(project, NOTHING)
    assert found.gate is not None
    with pytest.raises(UsageError, match=rf"{name}:3: .*no section"):
        config.policy(found)


def test_pyproject(project: Path) -> None:
    text = '[tool.envaudit.env]\nshow = ["APP_*"]\n[tool.envaudit.gate]\nwarn = ["gpu.*"]\n'
    path = put(project / "pyproject.toml", text)
    found = config.find(project / "a", NOTHING)
    assert (found.source, found.env_show) == (str(path), ("APP_*",))
    assert (found.gate, found.table) == ({"warn": ["gpu.*"]}, "tool.envaudit.gate")


def test_the_own_file_goes_first(project: Path) -> None:
    put(project / "pyproject.toml", '[tool.envaudit.env]\nshow = ["SHARED"]\n')
    put(project / "envaudit.toml", '[env]\nshow = ["OWN"]\n')
    assert config.find(project, NOTHING).env_show == ("OWN",)


def test_the_nearest_file_goes_first(project: Path) -> None:
    put(project / "envaudit.toml", '[env]\nshow = ["FAR"]\n')
    put(project / "a" / "pyproject.toml", '[tool.envaudit.env]\nshow = ["NEAR"]\n')
    assert config.find(project / "a" / "b", NOTHING).env_show == ("NEAR",)


@pytest.mark.parametrize(
    "text", ["[tool.ruff]\n", "this is not TOML\n", "[tool.other]\nx = 'envaudit'"]
)
def test_a_pyproject_of_others_is_passed_by(project: Path, text: str) -> None:
    put(project / "envaudit.toml", '[env]\nshow = ["OWN"]\n')
    put(project / "a" / "pyproject.toml", text)
    assert config.find(project / "a", NOTHING).env_show == ("OWN",)


def test_the_search_ends_at_the_repository(project: Path) -> None:
    put(project / "envaudit.toml", '[env]\nshow = ["OUTSIDE"]\n')
    (project / "a" / ".git").write_text("gitdir: elsewhere")  # a worktree
    assert config.find(project / "a" / "b", NOTHING) == Configuration()


def test_variables_override_the_file(project: Path) -> None:
    put(project / "envaudit.toml", 'key_file = "file"\n[env]\nshow = ["FILE"]\n')
    environ = {
        "ENVAUDIT_KEY": KEY,
        "ENVAUDIT_KEY_FILE": "/run/key",
        "ENVAUDIT_ENV_SHOW": "A_*, B ,",
        "ENVAUDIT_POLICY": "strict.toml",
        "ENVAUDIT_NAME": "prod/api",
    }
    found = config.find(project, environ)
    assert found.key == KEY
    assert found.key_file == Path("/run/key")
    assert found.env_show == ("A_*", "B")
    assert found.policy_file == Path("strict.toml")
    assert found.name == "prod/api"


def test_empty_variables_do_not_count(project: Path) -> None:
    put(project / "envaudit.toml", '[env]\nshow = ["FILE"]\n')
    names = ("KEY", "KEY_FILE", "ENV_SHOW", "POLICY", "NAME")
    found = config.find(project, {f"ENVAUDIT_{name}": "" for name in names})
    assert (found.env_show, found.key, found.policy_file) == (("FILE",), None, None)
    assert found.name is None


def test_the_key_is_never_shown() -> None:
    assert KEY not in repr(Configuration(key=KEY))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[env\n", "is not TOML: "),
        ("[evn]\n", 'evn: unknown key (did you mean "env"?)'),
        ('key_fiel = "x"\n', 'key_fiel: unknown key (did you mean "key_file"?)'),
        ('key = "correct horse battery"\n', "key: unknown key"),
        ("[env]\nshwo = []\n", 'env.shwo: unknown key (did you mean "show"?)'),
        ('[env]\nshow = "A"\n', "env.show: must be a list of globs on names of variables"),
        ("[env]\nshow = [1]\n", "env.show: must be a list of globs on names of variables"),
        ('[env]\nshow = ["[AB]"]\n', 'env.show: "[AB]": only * and ? are wildcards here'),
        ("env = 1\n", "env: must be a table"),
        ("gate = []\n", "gate: must be a table"),
        ("key_file = 7\n", "key_file: must be the path of a file"),
    ],
)
def test_broken_files_are_refused_by_name(project: Path, text: str, told: str) -> None:
    path = put(project / "envaudit.toml", text)
    with pytest.raises(UsageError) as caught:
        config.find(project, NOTHING)
    assert re.match(rf"{re.escape(str(path))}:\d: {re.escape(told)}", str(caught.value))
    assert str(caught.value).isprintable()


def test_a_broken_table_in_pyproject_has_its_full_name(project: Path) -> None:
    path = put(project / "pyproject.toml", "[tool.envaudit.env]\nshow = 1\n")
    with pytest.raises(UsageError) as caught:
        config.find(project, NOTHING)
    assert str(caught.value).startswith(f"{path}:2: tool.envaudit.env.show: ")


# --- policy


def test_without_a_policy_the_default(project: Path) -> None:
    assert config.policy(config.find(project, NOTHING)) is DEFAULT_POLICY


def test_the_policy_of_the_configuration(project: Path) -> None:
    text = """
        [gate]
        fail = ["*"]
        ignore = ["gpu.*"]
        not_compared = "warn"
        [gate.leeway]
        "python.packages.*" = "patch"
        [[gate.waivers]]
        path = "env.TZ"
        reason = "moved to UTC"
        expires = 2026-12-31
    """
    put(project / "envaudit.toml", text)
    policy = config.policy(config.find(project, NOTHING))
    assert [str(line) for line in policy.lines] == ['fail "*"', 'ignore "gpu.*"']
    assert [str(leeway) for leeway in policy.leeway] == ['leeway "python.packages.*" = patch']
    (waiver,) = policy.waivers
    assert waiver.pattern == Pattern("env.TZ")
    assert waiver.expires == date(2026, 12, 31)
    assert policy.not_compared == "warn"


def test_a_policy_file_counts_instead(project: Path) -> None:
    put(project / "envaudit.toml", '[gate]\nignore = ["own.*"]\n')
    by_variable = put(project / "strict.toml", '[gate]\nignore = ["variable.*"]\n')
    by_option = put(project / "pyproject.toml", '[tool.envaudit.gate]\nignore = ["option.*"]\n')
    found = config.find(project, {"ENVAUDIT_POLICY": str(by_variable)})
    assert str(config.policy(found).lines[0]) == 'ignore "variable.*"'
    assert str(config.policy(found, by_option).lines[0]) == 'ignore "option.*"'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("policy.toml", "", "has no table [gate]"),
        ("policy.toml", '[gate]\nfail = ["cpu"]\n', "gate.fail: "),
        ("pyproject.toml", "[tool.ruff]\n", "has no table [tool.envaudit]"),
        ("pyproject.toml", "[tool.envaudit.env]\n", "has no table [tool.envaudit.gate]"),
    ],
)
def test_a_policy_file_that_is_none(project: Path, name: str, text: str, told: str) -> None:
    path = put(project / name, text)
    with pytest.raises(UsageError) as caught:
        config.policy(Configuration(), path)
    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)


def test_a_policy_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read: no such file or directory"):
        config.policy(Configuration(), tmp_path / "none.toml")


def test_a_policy_that_is_a_named_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "policy.toml")
    with pytest.raises(UsageError, match="is a named pipe"):
        config.policy(Configuration(), tmp_path / "policy.toml")


# --- key


def test_the_key_of_the_variable(tmp_path: Path) -> None:
    key_file = put(tmp_path / "key", "another key, not to be used")
    assert config.secret_key(Configuration(key=KEY, key_file=key_file)) == KEY.encode()


def test_the_key_in_a_file(tmp_path: Path) -> None:
    key_file = put(tmp_path / "key", KEY + "\r\n")
    assert config.secret_key(Configuration(key_file=key_file)) == KEY.encode()


def test_no_key() -> None:
    assert config.secret_key(Configuration()) is None


def test_short_keys_are_refused_and_not_shown(tmp_path: Path) -> None:
    key_file = put(tmp_path / "key", "hunter2\n")
    for configuration in (Configuration(key="hunter2"), Configuration(key_file=key_file)):
        with pytest.raises(UsageError) as caught:
            config.secret_key(configuration)
        assert str(caught.value).endswith("the key is shorter than 16 bytes")
        assert "hunter2" not in str(caught.value)


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or directory"):
        config.secret_key(Configuration(key_file=tmp_path / "none"))
