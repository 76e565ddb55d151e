"""Pipes and terminals: what is closed, narrow, ASCII only, or hostile."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from auditor.model import Fingerprint, Origin, Section, Status
from auditor.report.sanitize import printable
from auditor.store import dumps, sealed

from .running import PROGRAM, TIMEOUT, Ended, default_signals, envaudit, environment, inside

ESCAPE = "\x1b"


def make(directory: Path, packages: int) -> Path:
    """Two fingerprints that differ, and a baseline of the first."""
    names = [f"package-{number}" for number in range(packages)]
    before = Section(Status.OK, Origin.IMAGE, dict.fromkeys(names, "1.0"))
    after = Section(Status.OK, Origin.IMAGE, dict.fromkeys(names, "2.0"))
    place = {"LANG": "C.UTF-8", "TZ": "Europe/Zürich"}
    env = Section(Status.OK, Origin.RUNTIME, place)
    for name, section_ in (("a", before), ("b", after)):
        fingerprint = Fingerprint({"python.packages": section_, "env": env})
        (directory / f"{name}.json").write_text(dumps(sealed(fingerprint)))
    assert inside("bless", "a.json", "-q", "-o", "base.json", cwd=directory).code == 0
    return directory


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("files"), 40)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its reports are larger than what a pipe holds (64 KiB)."""
    return make(tmp_path_factory.mktemp("large"), 3000)


COMPARE = ("compare", "a.json", "b.json", "--all")
GATE = ("gate", "b.json", "--against", "base.json")
JSON = ("--format", "json")


def shell(script: str, cwd: Path, **env: str) -> Ended:
    """A command line as people type it; `$ENVAUDIT` is the program."""
    words = " ".join(PROGRAM)
    ended = subprocess.run(
        ["bash", "-c", script.replace("$ENVAUDIT", words)],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
        preexec_fn=default_signals,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


class TestPipes:
    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ((*COMPARE,), 1),
            ((*COMPARE, *JSON), 1),
            ((*GATE,), 1),
            ((*GATE, *JSON), 1),
            (("snapshot", "a.json"), 0),
            (("snapshot",), 0),
        ],
    )
    def test_a_reader_that_stops_early(
        self, large: Path, command: tuple[str, ...], code: int
    ) -> None:
        """It hears one line; no noise; and what was found still decides the exit code, or a
        gate would pass whatever is piped into `head`."""
        script = f"$ENVAUDIT {' '.join(command)} 2>err | head -1; echo ${{PIPESTATUS[0]}}"
        ended = shell(script, large)
        first, last = ended.out.splitlines()
        assert first
        assert int(last) == code
        said = (large / "err").read_text()
        assert "Traceback" not in said
        assert "Exception ignored" not in said
        assert "BrokenPipe" not in said
        assert said.count("\n") == (1 if command[0] == "snapshot" else 0)

    def test_a_reader_that_never_reads(self, large: Path) -> None:
        script = f"$ENVAUDIT {' '.join(COMPARE)} | true; echo ${{PIPESTATUS[0]}}"
        ended = shell(script, large)
        assert ended.out.split() == ["1"]
        assert ended.err == ""

    def test_help_to_a_reader_that_stops_early(self, files: Path) -> None:
        ended = shell("$ENVAUDIT compare --help | head -1; echo ${PIPESTATUS[0]}", files)
        assert ended.out.splitlines()[-1] == "0"
        assert ended.err == ""

    @pytest.mark.parametrize("command", [COMPARE, (*GATE, *JSON), ("snapshot", "-q")])
    def test_standard_output_closed(self, files: Path, command: tuple[str, ...]) -> None:
        """The result has nowhere to go: an error, not silence."""
        ended = shell(f"$ENVAUDIT {' '.join(command)} >&-", files)
        assert ended.code == 2
        assert ended.lines == ["envaudit: standard output is closed: name a file with -o"]

    @pytest.mark.parametrize("command", ["rules", "explain EA101", "rules --effect crash"])
    def test_standard_output_closed_to_pages(self, files: Path, command: str) -> None:
        ended = shell(f"$ENVAUDIT {command} >&-", files)
        assert ended.code == 2
        assert ended.lines == ["envaudit: standard output is closed"]

    def test_standard_output_closed_but_not_needed(self, files: Path) -> None:
        ended = shell(f"$ENVAUDIT {' '.join(COMPARE)} -o report.txt >&-", files)
        assert ended.code == 1
        assert ended.err == ""
        assert "package-1" in (files / "report.txt").read_text()

    def test_standard_error_closed(self, files: Path) -> None:
        ended = shell(f"$ENVAUDIT {' '.join(COMPARE)} 2>&-", files)
        assert ended.code == 1
        assert "package-1" in ended.out
        ended = shell("$ENVAUDIT compare missing a.json 2>&-", files)
        assert (ended.code, ended.out) == (2, "")
        ended = shell("$ENVAUDIT snapshot 2>&-", files)
        assert ended.code == 0
        assert json.loads(ended.out)["kind"] == "fingerprint"

    def test_everything_closed(self, files: Path) -> None:
        ended = shell("$ENVAUDIT snapshot -o closed.json <&- >&- 2>&-", files)
        assert ended.code == 0
        assert json.loads((files / "closed.json").read_text())["kind"] == "fingerprint"
        assert shell("$ENVAUDIT snapshot <&- >&- 2>&-", files).code == 2

    def test_a_full_disk(self, files: Path) -> None:
        ended = shell(f"$ENVAUDIT {' '.join(COMPARE)} >/dev/full", files)
        assert ended.code == 2
        assert ended.lines == ["envaudit: standard output: no space left on device"]

    @pytest.mark.parametrize(
        "command",
        ["--help", "--version", "rules", "explain EA101", "compare --help", "-h", "exec --help",
         "snapshot --help", "snapshot a.json"],
    )  # fmt: skip
    def test_a_full_disk_for_any_command(self, files: Path, command: str) -> None:
        ended = shell(f"$ENVAUDIT {command} >/dev/full", files)
        assert ended.code == 2
        assert ended.lines == ["envaudit: standard output: no space left on device"]

    def test_standard_error_full(self, files: Path) -> None:
        ended = shell("$ENVAUDIT snapshot -o x.json 2>/dev/full", files)
        assert ended.code == 0

    def test_the_agent_on_standard_output(self, tmp_path: Path) -> None:
        script = "$ENVAUDIT agent -o - >one.pyz && $ENVAUDIT agent -o two.pyz && ls"
        ended = shell(script, tmp_path)
        assert ended.out.split() == ["one.pyz", "two.pyz"]
        assert ended.lines == ["envaudit: agent -> two.pyz"]
        assert (tmp_path / "one.pyz").read_bytes() == (tmp_path / "two.pyz").read_bytes()
        for to, said in ((">&-", "standard output is closed"),
                         (">/dev/full", "standard output: no space left on device")):  # fmt: skip
            ended = shell(f"$ENVAUDIT agent -o - {to}", tmp_path)
            assert (ended.code, ended.lines) == (2, [f"envaudit: {said}"])

    def test_the_result_on_standard_output_by_name(self, files: Path) -> None:
        plain = envaudit(*COMPARE, cwd=files)
        dash = envaudit(*COMPARE, "-o", "-", cwd=files)
        assert (dash.code, dash.out) == (plain.code, plain.out)
        device = envaudit("snapshot", "a.json", "-o", "/dev/stdout", cwd=files)
        assert json.loads(device.out)["kind"] == "fingerprint"


class TestEncodings:
    @pytest.mark.parametrize(
        "env",
        [
            {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
            {"PYTHONIOENCODING": "ascii"},
            {"PYTHONIOENCODING": "ascii:strict"},
            {"PYTHONIOENCODING": "latin-1"},
        ],
    )
    @pytest.mark.parametrize("command", [COMPARE, GATE, ("snapshot", "a.json")])
    def test_what_cannot_be_encoded(
        self, files: Path, command: tuple[str, ...], env: dict[str, str]
    ) -> None:
        ended = envaudit(*command, cwd=files, env=env)
        assert ended.code == (0 if command[0] == "snapshot" else 1)
        assert "Traceback" not in ended.err
        assert "Error" not in ended.err
        assert ended.out.isascii()
        assert "package-1" in ended.out

    def test_json_is_json_whatever_the_encoding(self, files: Path) -> None:
        ended = envaudit("snapshot", "a.json", cwd=files, env={"PYTHONIOENCODING": "ascii"})
        assert json.loads(ended.out)["sections"]["env"]["facts"]["TZ"] == "Europe/Zürich"

    def test_a_message_that_cannot_be_encoded(self, files: Path) -> None:
        ended = envaudit(
            "compare", "Zürich.json", "a.json", cwd=files, env={"PYTHONIOENCODING": "ascii"}
        )
        assert ended.code == 2
        assert ended.err.startswith("envaudit: Z\\xfcrich.json: cannot be read: no such file")


def on_a_terminal(
    *arguments: str, cwd: Path, columns: int = 80, env: dict[str, str] | None = None
) -> str:
    """What a terminal of that width is sent (standard output and error together)."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    child = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment({"TERM": "xterm", **(env or {})}),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        close_fds=True,
    )
    os.close(follower)
    received = b""
    with child:
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # EIO: the last writer has gone
                break
            if not chunk:
                break
            received += chunk
    os.close(leader)
    return received.decode().replace("\r\n", "\n")


class TestTerminals:
    def test_no_colours_in_a_pipe(self, files: Path) -> None:
        for command in (COMPARE, GATE):
            assert ESCAPE not in envaudit(*command, cwd=files).out

    def test_colours_on_a_terminal(self, files: Path) -> None:
        assert ESCAPE in on_a_terminal("compare", "a.json", "b.json", cwd=files)
        assert ESCAPE in on_a_terminal(*GATE, cwd=files)

    @pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_none_where_they_are_not_wanted(self, files: Path, env: dict[str, str]) -> None:
        for command in (COMPARE, GATE, ("compare", "missing", "a.json")):
            assert ESCAPE not in on_a_terminal(*command, cwd=files, env=env)

    def test_forced_into_a_pipe(self, files: Path) -> None:
        assert ESCAPE in envaudit(*COMPARE, cwd=files, env={"FORCE_COLOR": "1"}).out
        both = {"FORCE_COLOR": "1", "NO_COLOR": "1"}
        assert ESCAPE not in envaudit(*COMPARE, cwd=files, env=both).out

    def test_never_in_json_or_files(self, files: Path) -> None:
        forced = {"FORCE_COLOR": "1"}
        assert ESCAPE not in envaudit(*COMPARE, *JSON, cwd=files, env=forced).out
        envaudit(*COMPARE, "-o", "plain.txt", cwd=files)
        assert ESCAPE not in (files / "plain.txt").read_text()

    @pytest.mark.parametrize("columns", [40, 80, 200])
    def test_lines_fit(self, files: Path, columns: int) -> None:
        for command in (("compare", "a.json", "b.json"), GATE):
            text = on_a_terminal(*command, cwd=files, columns=columns, env={"NO_COLOR": "1"})
            assert max(map(len, text.splitlines())) <= columns

    @pytest.mark.parametrize("columns", ["40", "0", "-1", "words", "1", "99999999999"])
    def test_columns_in_a_pipe(self, files: Path, columns: str) -> None:
        ended = envaudit("compare", "a.json", "b.json", cwd=files, env={"COLUMNS": columns})
        assert ended.code == 1
        assert ended.err == ""
        if columns == "40":
            assert max(map(len, ended.out.splitlines())) <= 40

    def test_the_agent_is_no_text_for_a_terminal(self, tmp_path: Path) -> None:
        text = on_a_terminal("agent", "-o", "-", cwd=tmp_path)
        assert text == (
            "envaudit: standard output is a terminal: name a file with -o, or pipe it on\n"
        )
        assert list(tmp_path.iterdir()) == []

    def test_progress_does_not_reach_a_pipe(self, tmp_path: Path) -> None:
        ended = envaudit("snapshot", "-q", cwd=tmp_path)
        assert ended.err == ""

    def test_progress_on_a_terminal_leaves_the_line(self, tmp_path: Path) -> None:
        text = on_a_terminal("snapshot", "-o", "x.json", cwd=tmp_path)
        assert "facts in" in text
        assert "-> x.json" in text
        quiet = on_a_terminal("snapshot", "-q", "-o", "x.json", cwd=tmp_path)
        assert quiet == ""


# -- hostile fingerprints -----------------------------------------------------------------------

HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "clear": "\x1b[2J\x1b[H",
    "eight bits": "\x9b31m",
    "carriage return": "good\rbad",
    "newline": "one\ntwo",
    "backspace": "bad\b\b\bgood",
    "zero": "a\0b",
    "bidirectional": "\u202egnp.exe",
    "isolates": "\u2066a\u2069",
    "zero width": "a\u200bb\ufeffc",
    "line separator": "a\u2028b",
    "tag characters": "a\U000e0041b",
    "surrogate": "a\udcffb",
    "piled marks": "a" + "\u0301" * 200,
    "markup": "[red]not red[/red] [bold",
    "closing markup": "[/]",
    "link markup": "[link=https://example.com]x[/link]",
    "emoji code": ":skull:",
    "workflow command": "::error::x",
    "percent": "%s %d %(x)s {0} {x}",
    "long": "x" * 100_000,
    "long line of blanks": " " * 100_000 + "x",
    "wide": "\u4e2d" * 500,
    "backslash": "\\x1b[31m",
}


def section(key: str, value: str, reason: str) -> Section:
    facts = {key[:4000]: value, "OMP_NUM_THREADS": value}  # longer keys are refused
    return Section(Status.OK, Origin.RUNTIME, facts, gaps={reason[:4000]: reason})


def hostile(directory: Path, text: str) -> None:
    """Two fingerprints that hold it everywhere: names of sections and keys, values, reasons,
    provenance; and a baseline with it."""
    sections = {"env": section(text, text, text), text[:200]: section("key", text, text)}
    one = Fingerprint(sections)
    one = replace(
        one, provenance=replace(one.provenance, name=text, target=text, captured_at=text,
                                agent_version=text)
    )  # fmt: skip
    other = {"env": section("OTHER" + text, text + text[:50] + "2", text + "2")}
    two = replace(one, sections={**other, "broken" + text[:200]: replace(
        section("x", "y", "z"), status=Status.ERROR, reason=text, facts={})})  # fmt: skip
    (directory / "a.json").write_text(dumps(sealed(one)))
    (directory / "b.json").write_text(dumps(sealed(two)))
    assert inside("bless", "a.json", "-q", "-o", "base.json", cwd=directory).code == 0


def safe(text: str, *, colours: bool = False) -> None:
    """Nothing in it moves the cursor, hides, or turns text around."""
    if colours:
        # Only what Rich itself writes: ESC [ numbers m.
        parts = text.split("\x1b[")
        for part in parts[1:]:
            numbers, _, _ = part.partition("m")
            assert numbers.replace(";", "").isdigit()
        text = "".join([parts[0], *(part.partition("m")[2] for part in parts[1:])])
    for line in text.split("\n"):
        assert printable(line) == line.replace("\\x", "\\\\x").replace("\\u", "\\\\u").replace(
            "\\U", "\\\\U"
        )


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text(tmp_path: Path, case: str) -> None:
    hostile(tmp_path, HOSTILE[case])
    for arguments in (
        ("compare", "a.json", "b.json"),
        ("compare", "a.json", "b.json", "--all"),
        ("compare", "b.json", "a.json", "--all"),
        ("gate", "b.json", "--against", "base.json"),
    ):
        for env in ({}, {"COLUMNS": "40"}, {"FORCE_COLOR": "1"}):
            ended = inside(*arguments, cwd=tmp_path, env=env)
            assert ended.code == 1, ended.err
            assert ended.err == ""
            safe(ended.out, colours="FORCE_COLOR" in env)
            if "COLUMNS" in env:
                assert max(map(cell_len, ended.out.splitlines())) <= 40
    for arguments in (
        ("compare", "a.json", "b.json"),
        ("gate", "b.json", "--against", "base.json"),
    ):
        ended = inside(*arguments, "--format", "json", cwd=tmp_path)
        assert ended.out.isascii()
        assert ESCAPE not in ended.out
        json.loads(ended.out)


@pytest.mark.parametrize("case", ["colour", "bidirectional", "newline", "markup", "surrogate"])
def test_hostile_text_on_standard_error(tmp_path: Path, case: str) -> None:
    """Names of files, targets, options: one line, with nothing raw in it."""
    text = HOSTILE[case].replace("/", "")
    for arguments in (
        ("compare", text, "a"),
        ("snapshot", "docker:" + text),
        ("snapshot", "--integrity", text),
        ("compare", "--format", text, "a", "b"),
        (text,),
        ("snapshot", "--" + text),
    ):
        ended = inside(*arguments, cwd=tmp_path)
        assert ended.code == 2
        assert ended.out == ""
        assert len(ended.err.splitlines()) == 1
        safe(ended.err.rstrip("\n"))


def test_the_check_can_fail() -> None:
    for text in ("\x1b[31m", "a\u202eb", "a\rb", "a\x9bb", "\u200b"):
        with pytest.raises(AssertionError):
            safe(text)
    with pytest.raises(AssertionError):
        safe("\x1b[2J", colours=True)
    safe("\x1b[1;31mred\x1b[0m", colours=True)
