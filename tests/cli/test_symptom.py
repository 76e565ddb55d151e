"""`envaudit compare --symptom`: an effect, a message, or a log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.store import dumps, sealed
from tests.explain.making import fingerprint

from .running import Ended, inside

BOTH = {"python.packages.numpy": "2.1.0", "limits.affinity.count": 8}
A = {"env.OMP_NUM_THREADS": "1", "limits.memory.max": 8 << 30, "env.TZ": "UTC"}
B = {"env.OMP_NUM_THREADS": "8", "limits.memory.max": 512 << 20, "env.TZ": "Asia/Tokyo"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("files")
    for name, facts in (("a", A), ("b", B)):
        made = sealed(fingerprint({**BOTH, **facts}))
        (directory / f"{name}.json").write_text(dumps(made))
    return directory


def compared(files: Path, *options: str) -> Ended:
    return inside("compare", "a.json", "b.json", "--format", "json", *options, cwd=files)


def first(ended: Ended) -> str:
    assert ended.code == 1, ended.err
    return str(json.loads(ended.out)["findings"][0]["rule"])


@pytest.mark.parametrize(
    ("symptom", "rule"),
    [
        ("numerics", "EA116"),
        ("numeric", "EA116"),
        ("Crash", "EA309"),
        ("time", "EA551"),
        ("app exited with code 137", "EA309"),
    ],
)
def test_what_can_cause_it_comes_first(files: Path, symptom: str, rule: str) -> None:
    assert first(compared(files, "--symptom", symptom)) == rule


def test_a_log(files: Path) -> None:
    """Of a log nothing is shown but the line that matched, and that scrubbed."""
    secret = "ghp_" + "x7Kq9ZbT2mWc4VnR8sLd" * 2
    noise = f"connecting to https://user:{secret}@db.example.com\n" * 20_000
    line = f"worker 3 token={secret}: exited with code 137"
    (files / "prod.log").write_text(noise + line + "\nbye\n")
    ended = compared(files, "--symptom", "@prod.log")
    assert first(ended) == "EA309"
    assert secret not in ended.out + ended.err
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("envaudit: symptom: exit code 137")
    assert "bye" not in ended.err
    assert "db.example.com" not in ended.err


def test_a_log_is_data(files: Path) -> None:
    (files / "hostile.log").write_bytes(b"\xff\xfe\x00\x1b[31mexited with code 137\x1b]0;x\x07\n")
    ended = compared(files, "--symptom", "@hostile.log")
    assert first(ended) == "EA309"
    assert "\x1b" not in ended.err
    assert ended.err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "error",
    [
        "sqlite3.OperationalError: attempt to write a readonly database",
        "_curses.error: unknown\nKeyError: 'getgrgid(): gid not found: 2000'\n",
        "requests.exceptions.JSONDecodeError",
    ],
)
def test_an_error_that_no_signature_knows_is_a_crash(files: Path, error: str) -> None:
    ended = compared(files, "--symptom", error)
    assert ended.code == 1
    assert ended.err.startswith("envaudit: symptom: an error of Python's: ")
    assert first(ended) == first(compared(files, "--symptom", "crash"))


@pytest.mark.parametrize(
    ("symptom", "saying"),
    [
        ("There was an Error: it failed", "the symptom is not recognised"),
        ("@missing.log", "missing.log: cannot be read: no such file"),
        ("it does not work", "the symptom is not recognised: name an effect (numerics, "),
        ("@", "cannot be read"),
    ],
)
def test_what_is_not_understood(files: Path, symptom: str, saying: str) -> None:
    ended = compared(files, "--symptom", symptom)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.lines) == 1
    assert saying in ended.err
