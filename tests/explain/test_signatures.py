"""Real lines of logs, and what they are recognised as."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from auditor.cli.compare import told_symptom
from auditor.explain import read_symptom
from auditor.explain.knowledge.signatures import SIGNATURES
from auditor.explain.registry import all_rules
from auditor.explain.rule import EFFECTS
from auditor.explain.signature import Signature
from auditor.explain.symptom import MAX_LINE
from auditor.model import UsageError

from .making import tomllib

SAMPLES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "signatures.toml").read_text(encoding="utf-8")
)
# Lines of the same words that tell of nothing.
NEAR_MISSES = (
    "INFO killed 3 stale sessions",
    "exit code 0",
    "exited with code 1",
    "the memory limit is 137 MiB",
    "loaded module named numpy",
    "Name resolution took 3 ms",
    "certificate verified, expires in 137 days",
    "GLIBC_2.34 found",
    "GET /errors/segmentation HTTP/1.1 200",
    "no more work",
    "permission granted",
    "worker timeout is 30 s",
    "recursion limit set to 1000",
    "UTF-8 codec selected",
    "libgomp loaded",
    "time data received",
    "connected to proxy",
    "",
)


def _id(value: object) -> str:
    return value.name if isinstance(value, Signature) else str(value)[:40]


def test_there_are_enough_of_them_and_names_are_unique() -> None:
    names = [signature.name for signature in SIGNATURES]
    assert len(names) >= 60
    assert len(names) == len(set(names))


def test_each_has_a_line() -> None:
    assert set(SAMPLES) == {signature.name for signature in SIGNATURES}


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in SAMPLES.items() for line in lines], ids=_id
)
def test_a_line_is_recognised(name: str, line: str) -> None:
    symptom = read_symptom(line)
    assert symptom.signature == name
    assert symptom.line == line


@pytest.mark.parametrize("line", NEAR_MISSES, ids=_id)
def test_a_near_miss_is_not(line: str) -> None:
    with pytest.raises(UsageError):
        read_symptom(line)


@pytest.mark.parametrize("signature", SIGNATURES, ids=_id)
class TestForm:
    def test_it_points_to_rules_that_exist(self, signature: Signature) -> None:
        known = {entry.rule.id for entry in all_rules()}
        assert set(signature.rules) <= known
        assert len(signature.rules) == len(set(signature.rules))

    def test_its_fields(self, signature: Signature) -> None:
        assert signature.effects
        assert set(signature.effects) <= set(EFFECTS)
        assert signature.weight in (1, 2, 3)
        assert signature.source.startswith("https://")

    def test_its_patterns_repeat_within_bounds(self, signature: Signature) -> None:
        for pattern in signature.patterns:
            assert ".*" not in pattern
            assert ".+" not in pattern
            assert "+)" not in pattern, "a repetition in a group that may itself repeat"


def test_an_effect_needs_no_log() -> None:
    assert read_symptom(" Slow ").effects == {"performance"}
    assert read_symptom("numeric").rules == frozenset()


def test_of_a_traceback_the_specific_line_counts() -> None:
    log = """INFO starting
Traceback (most recent call last):
  File "/app/train.py", line 3, in <module>
    import torch
ImportError: /lib/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by x)
app exited with code 1
"""
    symptom = read_symptom(log)
    assert symptom.signature == "the C++ library is too old"
    assert "EA303" in symptom.rules


def test_the_later_of_two_equals_counts() -> None:
    log = "OSError: [Errno 24] Too many open files\nOSError: [Errno 28] No space left on device"
    assert read_symptom(log).signature == "no space left"
    turned = "\n".join(reversed(log.splitlines()))
    assert read_symptom(turned).signature == "too many open files"


def test_a_long_line_is_cut() -> None:
    symptom = read_symptom("OSError: [Errno 24] Too many open files " + "x" * 100_000)
    assert symptom.line is not None
    assert len(symptom.line) == MAX_LINE
    with pytest.raises(UsageError):
        read_symptom("x" * 100_000 + "Too many open files")


@pytest.mark.parametrize(
    "log",
    [
        "x" * 1_000_000,
        "INFO request served in 12 ms by worker 3\n" * 100_000,
        ("exit exited with code code " * 70 + "\n") * 20_000,
        ("cannot cache function " * 90 + "\n") * 20_000,
        ("time data '" * 180 + "\n") * 20_000,
        ("No module named object has no attribute np. CUDA version `GLIBC" * 30 + "\n") * 20_000,
        "\n" * 1_000_000,
    ],
    ids=["one line", "many lines", "exit", "cache", "date", "modules", "empty lines"],
)
def test_hostile_logs_take_bounded_time(log: str) -> None:
    start = time.process_time()
    with contextlib.suppress(UsageError):
        read_symptom(log)
    assert time.process_time() - start < 10


def test_what_is_shown_of_a_log_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "Tr0ub4dor-and-3-more-horses"
    told_symptom(f"psql: postgresql://app:{secret}@db/x: Connection refused")
    shown = capsys.readouterr()
    assert "Connection refused" in shown.err
    assert secret not in shown.err + shown.out
