"""What is sent into a container, held against interpreters of this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from auditor import agent
from auditor.capture import bundle
from tests.agent.test_command import SUPPORTED, python

OURS = "%d.%d" % sys.version_info[:2]
REQUEST: dict[str, object] = {
    "nonce": "abcd", "target": "docker:x", "name": None, "python": None, "integrity": "off",
    "deep": False, "show": [], "key": None, "deadline": 30.0, "command": None,
}  # fmt: skip
# Tells which of our modules had to be compiled.
WATCH = b"""\
import sys
COMPILED = []
def watch(event, arguments):
    if event == "compile" and str(arguments[1]).startswith("<envaudit_agent"):
        COMPILED.append(arguments[1])
sys.addaudithook(watch)
import atexit
atexit.register(lambda: sys.stderr.write("%d compiled" % len(COMPILED)))
"""


@pytest.fixture(scope="module")
def cached() -> None:
    """As after an installation: everything has its compiled code beside it."""
    folder = str(Path(agent.__file__).parent)
    subprocess.run([sys.executable, "-m", "compileall", "-q", folder], check=True)


def sent(interpreter: str) -> tuple[dict[str, dict[str, object]], int]:
    """(sections of the answer, how many modules were compiled)"""
    script, code = bundle.script(REQUEST)
    script = WATCH + script
    ended = subprocess.run(
        [interpreter, *bundle.FLAGS, bundle.bootstrap(len(script))],
        input=script + code,
        capture_output=True,
        check=True,
    )
    _, _, document = ended.stdout.partition(b"\n")[2].partition(b"\n")
    return json.loads(document)["sections"], int(ended.stderr.split()[0])


@pytest.mark.usefixtures("cached")
def test_our_own_python_compiles_nothing() -> None:
    sections, compiled = sent(sys.executable)
    assert sections["os"]["status"] == "ok"
    assert compiled == 0


@pytest.mark.usefixtures("cached")
@pytest.mark.parametrize("series", [series for series in SUPPORTED if series != OURS])
def test_other_pythons_compile_the_sources(series: str) -> None:
    sections, compiled = sent(python(series))
    assert {section["status"] for section in sections.values()} <= {"ok", "absent", "skipped"}
    assert compiled > 20


@pytest.mark.usefixtures("cached")
def test_with_and_without_code_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with_code, _ = sent(sys.executable)
    monkeypatch.setattr(bundle, "_cached_code", lambda _: b"")
    without, compiled = sent(sys.executable)
    assert compiled > 20
    for name in ("os", "os.packages", "env", "python", "python.packages", "limits"):
        assert with_code[name] == without[name]


@pytest.mark.usefixtures("cached")
def test_a_stale_cache_is_not_sent(tmp_path: Path) -> None:
    """Whoever changes a source gets what it says now."""
    script = (
        "import marshal, sys; from auditor.capture import bundle; "
        "code = marshal.loads(bundle.script({'deep': False})[1]); "
        "print(b'changed since' in code['envaudit_agent.output'])"
    )
    copy = tmp_path / "auditor"
    subprocess.run(["cp", "-a", str(Path(agent.__file__).parent.parent), str(copy)], check=True)
    source = copy / "agent" / "output.py"
    assert Path(cache_from_source(str(source))).is_file()
    source.write_text(source.read_text() + "\nCHANGED = 'changed since'\n")
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "True\n"


def test_what_deep_sends_on_stays_a_source() -> None:
    """It is for the application's interpreter, whatever that is."""
    import marshal

    _, code = bundle.script({**REQUEST, "deep": True})
    assert not [name for name in marshal.loads(code) if ".deep" in name or ".bundled" in name]


@pytest.mark.usefixtures("cached")
def test_our_own_paths_are_not_sent() -> None:
    """Of whoever looks into a container it need not know where the tool is installed."""
    script, code = bundle.script(REQUEST)
    assert len(code) > 100_000
    for part in (script, code):
        assert str(Path(agent.__file__).parent).encode() not in part


def test_who_gets_no_script_ends_by_himself() -> None:
    """An engine that has lost us may keep the process's input open."""
    program = bundle.bootstrap(100)
    assert program.count("alarm(60)") == 1
    with subprocess.Popen(
        [sys.executable, *bundle.FLAGS, program.replace("alarm(60)", "alarm(1)")],
        stdin=subprocess.PIPE,
    ) as started:
        assert started.wait(timeout=30) == -signal.SIGALRM


def test_who_got_it_has_all_his_time() -> None:
    script, code = bundle.script(REQUEST)
    ending = b"import time; time.sleep(2); print('late')"
    script = script.replace(
        b"from envaudit_agent.sent import serve\nsys.exit(serve(REQUEST))", ending
    )
    program = bundle.bootstrap(len(script)).replace("alarm(60)", "alarm(1)")
    ended = subprocess.run(
        [sys.executable, *bundle.FLAGS, program],
        input=script + code, capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, b"late\n")
