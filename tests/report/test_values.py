from __future__ import annotations

import pytest

from auditor.model import Value
from auditor.report.screen import Symbols
from auditor.report.values import clip, pair, shortened, words

SYMBOLS = Symbols()


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("limits.memory.max", 2147483648, "2 GiB"),
        ("limits.memory.max", 1610612736, "1.5 GiB"),
        ("limits.shm_size", 67108864, "64 MiB"),
        ("limits.rlimit.stack.soft", 8388608, "8 MiB"),
        ("limits.memory.max", 512, "512 bytes"),
        ("limits.memory.max", "max", "no limit"),
        ("limits.pids.max", None, "no limit"),
        ("limits.pids.max", 128, "128"),
        ("limits.cpu.quota", 1.0, "1 CPU"),
        ("limits.cpu.quota", 2.5, "2.5 CPUs"),
        ("process.no_new_privs", True, "yes"),
        ("os.version_id", None, "none"),
        ("env.A", "", '""'),
        ("env.A", " padded", '" padded"'),
        ("env.A", {"set": True}, "set (value withheld)"),
        ("env.A", "hmac-sha256:0a1b2c3d:0123456789abcdef", "withheld (01234567\u2026)"),
        ("env.A", "\x1b[2J", r"\x1b[2J"),
        ("native.x", "sha256:" + "ab" * 32, "sha256:abababababab\u2026"),
        ("process.argv", ["python", "-m", "app"], "python, -m, app"),
        ("native.preload", [], "(empty)"),
        ("python.integrity.x", {"changed": ["a.py", "b.py"]}, "changed a.py, b.py"),
        ("python.sources.x", {"\x1b": "\x07"}, r"\x1b \x07"),
    ],
)
def test_words(path: str, value: Value, shown: str) -> None:
    assert words(path, value, SYMBOLS) == shown


def test_values_of_the_same_words_are_told_apart() -> None:
    before, after = 16 * 1024**3 + 1, 16 * 1024**3
    assert pair("limits.memory.max", before, after, SYMBOLS) == (
        "17179869185 (int)",
        "17179869184 (int)",
    )
    digests = "a" * 63 + "b", "a" * 63 + "c"
    assert pair("os.x", *digests, SYMBOLS) == (f"{digests[0]} (str)", f"{digests[1]} (str)")
    assert pair("os.x", True, "yes", SYMBOLS) == ("True (bool)", "yes (str)")


def test_shortened_around_the_difference() -> None:
    before = "/opt/very/long/path/to/some/python3.11/site-packages/with/a/long/tail"
    after = before.replace("3.11", "3.12")
    assert shortened(before, after, 30, SYMBOLS) == (
        "\u2026ome/python3.11/site-package\u2026",
        "\u2026ome/python3.12/site-package\u2026",
    )
    assert shortened("short", "texts", 30, SYMBOLS) == ("short", "texts")


def test_clip_counts_columns() -> None:
    assert clip("\u6771\u4eac\u6771\u4eac", 5, SYMBOLS) == "\u6771\u4eac\u2026"
    assert clip("abc", 3, SYMBOLS) == "abc"
