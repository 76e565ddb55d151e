"""The gate's policy at the command line: `--explain-policy`, `--lock`, `bless --update`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from auditor import store

from .running import Ended, envaudit

POLICY = """\
[gate]
preset = "numerics"
warn = ["env.*"]

[gate.require]
"cpu.microarchitecture" = { at_least = "x86-64-v2" }

[gate.rules]
EA101 = "fail"
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fingerprint, its baseline, and one of another environment."""
    directory = tmp_path_factory.mktemp("sound")
    for arguments, env in (
        (("snapshot", "-q", "-o", "a.json"), {}),
        (("snapshot", "-q", "-o", "b.json"), {"OMP_NUM_THREADS": "3"}),
        (("bless", "a.json", "-q", "-o", "base.json", "--reason", "release 1"), {}),
    ):
        ended = envaudit(*arguments, cwd=directory, env=env)
        assert ended.code == 0, ended.err
    (directory / "envaudit.toml").write_text(POLICY)
    return directory


@pytest.fixture
def here(sound: Path, tmp_path: Path) -> Path:
    for path in sound.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


def refused(ended: Ended, saying: str) -> None:
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.lines) == 1, ended.err
    assert saying in ended.lines[0]


# --- --explain-policy


def test_explained(here: Path) -> None:
    ended = envaudit("gate", "--explain-policy", "env.OMP_NUM_THREADS", cwd=here)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "a change of env.OMP_NUM_THREADS: fails"
    assert lines[1].startswith('decided by fail "env.OMP_*" (preset numerics:')
    assert '    envaudit.toml:3: warn "env.*"' in lines


def test_explained_as_json(here: Path) -> None:
    ended = envaudit("gate", "--explain-policy", "env.HOME", "--format", "json", cwd=here)
    document = json.loads(ended.out)
    assert (document["outcome"], document["decided_at"]) == ("warn", "envaudit.toml:3")
    assert document["considered"][0]["decides"]


@pytest.mark.parametrize(
    ("path", "outcome", "place"),
    [
        ("cpu.microarchitecture", "fail", "envaudit.toml:6"),
        ("EA101", "fail", "envaudit.toml:9"),
        ("EA102", "ignore", None),
        ("lock.extra.pip", "fail", None),
        ("kernel.release", "ignore", "preset numerics:"),
    ],
)
def test_what_decides(here: Path, path: str, outcome: str, place: str | None) -> None:
    ended = envaudit("gate", "--explain-policy", path, "-f", "json", cwd=here)
    document = json.loads(ended.out)
    assert document["outcome"] == outcome
    assert (document["decided_at"] or "").startswith(place or "")
    assert bool(place) == bool(document["decided_at"])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("env", 'names a section, not a fact: write "env.*"'),
        ("env.*", "is a glob: name one fact"),
        ("", "is empty"),
        ("pyhton.version", 'did you mean "python.version"'),
        ("\x1b[31m", "unbalanced bracket"),
    ],
)
def test_explained_of_no_fact(here: Path, path: str, told: str) -> None:
    refused(envaudit("gate", "--explain-policy", path, cwd=here), told)


def test_explained_beside_a_target(here: Path) -> None:
    ended = envaudit("gate", "a.json", "--explain-policy", "env.TZ", cwd=here)
    refused(ended, "looks at the policy alone")


def test_explained_in_a_form_that_it_does_not_have(here: Path) -> None:
    ended = envaudit("gate", "--explain-policy", "env.TZ", "--format", "html", cwd=here)
    refused(ended, "--format 'html': --explain-policy reports as one of text, json")


def test_explained_on_a_narrow_terminal(here: Path) -> None:
    env = {"COLUMNS": "40"}
    ended = envaudit("gate", "--explain-policy", "env.OMP_NUM_THREADS", cwd=here, env=env)
    assert max(map(len, ended.out.splitlines())) <= 40


# --- verdicts


def test_a_verdict_tells_the_line(here: Path) -> None:
    ended = envaudit("gate", "b.json", "--against", "base.json", "-f", "json", cwd=here)
    assert ended.code == 1
    entries = json.loads(ended.out)["violations"]
    assert "env.OMP_NUM_THREADS" in {entry["path"] for entry in entries}
    assert entries[-1]["decided_at"].startswith(("preset numerics:", "envaudit.toml:"))


def test_a_wrong_policy_tells_file_line_and_spelling(here: Path) -> None:
    (here / "envaudit.toml").write_text('[gate]\n\npreset = "numerisc"\n')
    ended = envaudit("gate", "b.json", "--against", "base.json", cwd=here)
    refused(ended, 'envaudit.toml:3: gate.preset: must be one of strict, image, numerics, not "nu')
    assert '(did you mean "numerics"?)' in ended.err


@pytest.mark.parametrize(
    "text",
    [
        "[gate]\nfail = [" + ",".join(f"'a.{number}'" for number in range(20_000)) + "]\n",
        "[gate]\nfail = ['" + "a." * 20_000 + "']\n",
        "[gate.require]\n'a.b' = { at_least = " + "9" * 5000 + " }\n",
        "[gate.require]\n'a.b' = { at_least = '" + "9" * 5000 + "' }\n",
        "[gate.leeway]\n'a.b' = '>=" + "9" * 5000 + "'\n",
        "[gate]\nfail = ['\\u001b[31m.x']\n",
        "[gate]\n" + "a." * 400 + "b = 1\n",
        "[gate]\nrules = { 'EA" + "[" * 18 + "' = 'fail' }\n",
        "#" * (1024 * 1024 + 1),
    ],
    ids=map(str, range(9)),
)
def test_hostile_policies(here: Path, text: str) -> None:
    (here / "envaudit.toml").write_text(text)
    ended = envaudit("gate", "a.json", "--against", "base.json", cwd=here)
    refused(ended, "envaudit.toml")
    assert ended.lines[0].isprintable()
    assert len(ended.lines[0]) < 1000


# --- --lock


def lock_of(directory: Path) -> list[str]:
    """A requirements file of what the fingerprint has."""
    fingerprint = store.load(directory / "a.json")
    packages = fingerprint.sections["python.packages"].facts
    return [f"{name}=={version}" for name, version in sorted(packages.items())]


def gated(directory: Path, *arguments: str) -> tuple[Ended, dict[str, Any]]:
    ended = envaudit(
        "gate", "a.json", "--against", "base.json", *arguments, "-f", "json", cwd=directory
    )
    return ended, json.loads(ended.out) if ended.out else {}


def test_a_lock_file(here: Path) -> None:
    lines = lock_of(here)
    own = [line for line in lines if line.startswith("container-envaudit==")]
    editable = [line for line in lines if line not in own]
    (here / "requirements.txt").write_text("\n".join([*editable, "-e ."]) + "\n")
    ended, document = gated(here, "--lock", "requirements.txt")
    assert [entry["path"] for entry in document["violations"]] == []
    assert ended.code == 0
    assert document["lock"]["required"] == document["lock"]["matching"] == len(editable)
    assert document["lock"]["format"] == "requirements.txt"


def test_a_lock_file_that_is_not_met(here: Path) -> None:
    (here / "base.in").write_text("absent-package==1.0 --hash=sha256:00\n")
    (here / "requirements.txt").write_text("\n".join(["-r base.in", *lock_of(here)[1:]]) + "\n")
    ended, document = gated(here, "--lock", "requirements.txt")
    assert ended.code == 1
    paths = [entry["path"] for entry in document["violations"]]
    assert "lock.missing.absent-package" in paths
    entry = document["violations"][paths.index("lock.missing.absent-package")]
    assert (entry["kind"], entry["decided_at"]) == ("lock_missing", "base.in:1")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("pylock.toml", "x = 1", "pylock.toml: is no pylock.toml"),
        ("uv.lock", "\x1b", "uv.lock: is not TOML"),
        ("requirements.txt", "-r missing.txt\n", "missing.txt: cannot be read"),
        ("requirements.txt", "\x1b[31m\n", "requirements.txt:1: is no requirement"),
    ],
)
def test_a_lock_file_that_is_none(here: Path, name: str, text: str, told: str) -> None:
    (here / name).write_text(text)
    ended, _ = gated(here, "--lock", name)
    refused(ended, told)
    assert ended.lines[0].isprintable()


def test_a_lock_file_that_is_not_there(here: Path) -> None:
    ended, _ = gated(here, "--lock", "uv.lock")
    refused(ended, "uv.lock: cannot be read: no such file or directory")


# --- bless --update


def test_an_update_shows_what_changes_and_needs_a_reason(here: Path) -> None:
    before = (here / "base.json").read_bytes()
    ended = envaudit("bless", "b.json", "--update", "base.json", cwd=here)
    assert ended.code == 2
    assert "OMP_NUM_THREADS" in ended.out
    assert ended.lines == ["envaudit: base.json: not updated: --reason TEXT says why it changes"]
    assert (here / "base.json").read_bytes() == before


def test_an_update_keeps_the_reasons(here: Path) -> None:
    for name, reason in (("b.json", "three threads"), ("a.json", "back again")):
        ended = envaudit(
            "bless", name, "--update", "base.json", "--reason", f" {reason} ", cwd=here
        )
        assert ended.code == 0, ended.err
    baseline = store.load_baseline(here / "base.json")
    assert baseline.reason == "back again"
    assert [one.reason for one in baseline.history] == ["release 1", "three threads"]
    assert baseline.history[0].digest == baseline.fingerprint.digest
    assert baseline.history[0].at <= baseline.history[1].at <= baseline.blessed_at
    assert envaudit("gate", "a.json", "--against", "base.json", cwd=here).code == 0


def test_an_update_into_another_file(here: Path) -> None:
    before = (here / "base.json").read_bytes()
    ended = envaudit(
        "bless", "b.json", "--update", "base.json", "--reason", "x", "-o", "-", cwd=here
    )
    assert json.loads(ended.out)["history"][0]["reason"] == "release 1"
    assert (here / "base.json").read_bytes() == before


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_empty_reason_is_none(here: Path, reason: str) -> None:
    ended = envaudit("bless", "b.json", "--update", "base.json", "--reason", reason, cwd=here)
    assert ended.code == 2
    assert "--reason TEXT" in ended.err


def test_what_is_updated_must_be_a_baseline(here: Path) -> None:
    ended = envaudit("bless", "b.json", "--update", "a.json", "--reason", "x", cwd=here)
    refused(ended, "a.json: is a fingerprint, not a baseline")


def test_a_history_that_was_edited_is_noticed(here: Path) -> None:
    envaudit("bless", "b.json", "--update", "base.json", "--reason", "x", cwd=here)
    text = (here / "base.json").read_text()
    (here / "base.json").write_text(text.replace("release 1", "release 2"))
    ended = envaudit("gate", "a.json", "--against", "base.json", cwd=here)
    refused(ended, "is damaged or edited")


def test_probes_are_blessed_and_judged(tmp_path: Path) -> None:
    """With --deep a gate holds the numbers themselves."""
    assert envaudit("bless", ".", "--deep", "-o", "b.json", "--reason", "x", cwd=tmp_path).code == 0
    baseline = json.loads((tmp_path / "b.json").read_text())
    probes = baseline["fingerprint"]["sections"]["probes"]["facts"]
    assert len(probes) > 20
    (tmp_path / "p.toml").write_text(
        '[gate]\nfail = ["probes.*"]\nwarn = ["*"]\nnot_compared = "warn"\n'
    )
    words = ("gate", ".", "--deep", "--against", "b.json", "--policy", "p.toml", "--format", "json")
    ended = envaudit(*words, cwd=tmp_path)
    assert (ended.code, json.loads(ended.out)["passed"]) == (0, True)
    ended = envaudit(*(word for word in words if word != "--deep"), cwd=tmp_path)
    told = {entry["path"] for entry in json.loads(ended.out)["warnings"]}
    assert any(path.startswith("probes.") for path in told)  # what is no longer known is told
