"""`--deep`: a child of the application's interpreter, whatever its libraries do to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import venv
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from auditor import store
from auditor.agent.canonical import readable
from auditor.agent.command import Options, capture
from auditor.agent.deep import child
from auditor.agent.deep.answers import MAX_VALUES, Answers
from auditor.agent.deep.child import ask
from auditor.agent.deep.here import ask_here
from auditor.agent.deep.inside.frameworks import FRAMEWORKS
from auditor.agent.deep.inside.libraries import LIBRARIES
from auditor.agent.deep.inside.probes import PROBES, SETTLING, inputs, result
from auditor.agent.deep.inside.threads import library, owner
from auditor.agent.deep.sources import NAME, sources
from auditor.agent.redact import Redactor
from auditor.agent.subject import Subject, live_subject

MARK = "envaudit-test-grandchild"


class Application:
    """A virtual environment whose libraries are what a test makes of them."""

    def __init__(self, directory: Path) -> None:
        venv.create(directory, with_pip=False, symlinks=True)
        self.python = str(directory / "bin" / "python")
        self.site = directory / "lib" / ("python%d.%d" % sys.version_info[:2]) / "site-packages"

    def install(self, module: str, code: str) -> None:
        info = self.site / f"{LIBRARIES[module][0]}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {LIBRARIES[module][0]}\nVersion: 1.0\n")
        (self.site / f"{module}.py").write_text(code)

    @property
    def subject(self) -> Subject:
        subject = live_subject(Redactor(), python=self.python)
        subject.deep = True
        return subject

    def ask(self) -> Answers:
        answers = Answers()
        ask(self.subject, answers)
        return answers

    def snapshot(self) -> dict[str, Any]:
        document = capture(self.subject, ".", Options())
        store.parse(readable(document).encode("ascii"), "the snapshot")  # as its readers do
        sections: dict[str, Any] = document["sections"]
        return sections


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return Application(tmp_path / "env")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "STEP_SECONDS", 3.0)


HOSTILE = {
    "raises": ("raise ValueError('hunter2')", "ValueError"),
    "is missing a part": ("import no_such_part", "ModuleNotFoundError: no_such_part"),
    "exits": ("import sys; sys.exit(5)", "SystemExit"),
    "exits at once": ("import os; os._exit(7)", "ended the interpreter (exit code 7)"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "crashes": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "(SIGSEGV)"),
    "aborts": ("import os; os.abort()", "(SIGABRT)"),
    "hangs": ("import time; time.sleep(1000)", "no answer within 3 s"),
    "ignores signals and spins": (
        ("import signal\nfor n in range(1, 32):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\nwhile True: pass"),
        "no answer within 3 s",
    ),
    "recurses": ("def f(): f()\nf()", "RecursionError"),
    "closes every descriptor": ("import os; os.closerange(0, 256); while_ = 1", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_library_costs_itself_alone(
    application: Application, impatient: None, kind: str
) -> None:
    code, reason = HOSTILE[kind]
    application.install("bottleneck", code)
    application.install("numexpr", "__version__ = '2.9'")
    begun = time.monotonic()
    answers = application.ask()
    assert time.monotonic() - begun < 30
    assert reason in answers.failed["import bottleneck"]
    assert "hunter2" not in str(vars(answers))
    assert answers.found["import numexpr"] == {"version": "2.9"}
    assert answers.found["frameworks numexpr"] == {"version": "2.9"}
    assert answers.complete
    assert answers.missing is None
    assert "libm.exp" in answers.found["probes libm"]


def test_memory_without_end(
    application: Application, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "MOST_MEMORY", 200 * child.MIB)
    application.install("bottleneck", "kept = []\nwhile True: kept.append(bytearray(1 << 20))")
    application.install("numexpr", "")
    answers = application.ask()
    reason = answers.failed["import bottleneck"]
    assert reason in ("MemoryError", "takes more than 200 MiB of memory")
    assert "import numexpr" in answers.found


def test_nothing_that_it_prints_gets_anywhere(
    application: Application, capfd: pytest.CaptureFixture[str]
) -> None:
    application.install(
        "bottleneck",
        "import os, sys\n"
        "for number in (0, 1, 2):\n"
        "    try: os.write(number, b'hunter2' * 1500000)\n"
        "    except OSError: pass\n"
        "print('hunter2'); sys.stderr.write('hunter2')\n",
    )
    sections = application.snapshot()
    assert capfd.readouterr() == ("", "")
    assert "hunter2" not in json.dumps(sections)
    assert sections["probes"]["status"] == "ok"


def test_answers_that_are_not_its_own(application: Application) -> None:
    """A library writes whatever it likes to whatever descriptor it finds."""
    noise = b'{"step": "import numexpr", "found": 1}\\n[1]\\n{"begin": 7}\\n\\xff{\\n{"end": 0}\\n'
    application.install("bottleneck", f"import os; os.write(3, b'{noise.decode('latin-1')}')")
    application.install("numexpr", "__version__ = '2.9'")
    answers = application.ask()
    assert answers.found["import numexpr"] == {"version": "2.9"}
    assert not [step for step in answers.failed if step.startswith("import ")]


NO_ANSWERS = {
    "not a number": "NaN",
    "infinite": "1e999",
    "an integer of 100 digits": "1" * 100,
    "nested": '{"a": ' * 7 + "1" + "}" * 7,
    "a key of a page": '{"' + "a" * 5000 + '": 1}',
    "a text of two pages": '"' + "a" * 5000 + '"',
}


@pytest.mark.parametrize("kind", NO_ANSWERS)
@pytest.mark.parametrize("step", ["threads", "frameworks numexpr", "probes libm", "nvml"])
def test_an_answer_that_no_fingerprint_can_hold(
    application: Application, kind: str, step: str
) -> None:
    """Written by a library in the name of a step: it costs the step, not the fingerprint."""
    line = f'{{"begin": "{step}"}}\n{{"step": "{step}", "found": {{"a.b": {NO_ANSWERS[kind]}}}}}\n'
    application.install("bottleneck", f"import os; os.write(3, {line.encode()!r})")
    application.install("numexpr", "__version__ = '2.9'")
    answers = application.ask()
    assert answers.failed[step] == "the answer has no form that is known"
    sections = application.snapshot()
    assert sections["frameworks"]["facts"]["numexpr.version"] == "2.9"
    assert "python.sum" in sections["probes"]["facts"]


def test_more_answers_than_a_fingerprint_can_hold() -> None:
    answers = Answers()
    for step in ("a", "b", "c"):
        answers.take(step, dict.fromkeys(map(str, range(MAX_VALUES // 2 - 2)), True))
    assert list(answers.found) == ["a", "b"]
    assert answers.failed == {"c": "more is told than there can be"}


def test_what_it_starts_ends_with_it(application: Application) -> None:
    application.install(
        "bottleneck",
        "import os, subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{MARK}'])\n"
        "if os.fork() == 0:\n    import time; time.sleep(600)\n",
    )
    application.ask()
    time.sleep(0.2)
    assert not processes(MARK)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def processes(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if mark in words and "time.sleep(600)" in words[2:3][0] if len(words) > 2 else False:
            found.append(path.parent.name)
    return found


def test_a_copy_of_the_process_answers_nothing(application: Application) -> None:
    """A library forks, and the copy goes on where the original does."""
    application.install("bottleneck", "import os\nos.fork()")
    application.install("numexpr", "")
    answers = application.ask()
    assert "import numexpr" in answers.found
    assert answers.ended is None


def test_the_deadline_holds(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    application.install("bottleneck", "import time; time.sleep(1000)")
    subject = application.subject
    options = Options()
    options.deadline = 4.0
    begun = time.monotonic()
    sections = capture(subject, ".", options)["sections"]
    assert time.monotonic() - begun < 6
    assert "no answer within" in sections["frameworks"]["gaps"]["bottleneck.*"]
    for name in ("threads", "frameworks", "probes"):  # what was not asked for is no absence
        assert "import bottleneck: no answer within" in sections[name]["gaps"]["*"]
    assert sections["os"]["status"] == "ok"


def test_it_is_started_as_the_application_is(
    application: Application, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Environment, directory, options; no flag of isolation, no bytecode, no descriptor of ours."""
    told = tmp_path / "told.json"
    application.install(
        "bottleneck",
        "import json, os, sys\n"
        f"json.dump([dict(os.environ), os.getcwd(), sys.flags.isolated, sys.flags.no_site,\n"
        "    sys.flags.optimize, sys.flags.ignore_environment, sys.path[0],\n"
        f"    sorted(os.listdir('/proc/self/fd'))], open({str(told)!r}, 'w'))\n",
    )
    program = tmp_path / "application" / "main.py"
    program.parent.mkdir()
    program.write_text("import time; print('ready', flush=True); time.sleep(60)")
    environ = {"PATH": "/usr/bin:/bin", "GREETING": "hello", "PYTHONPATH": "/srv/x"}
    running = subprocess.Popen(
        [application.python, "-O", str(program)], env=environ, cwd="/usr",
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        subject = live_subject(Redactor(), running.pid)
        answers = Answers()
        ask(subject, answers)
    finally:
        running.kill()
        running.communicate()
    environment, directory, isolated, no_site, optimize, ignored, first, descriptors = json.loads(
        told.read_text()
    )
    assert {key: environment[key] for key in environ} == environ
    assert set(environment) - set(environ) <= {"LC_CTYPE"}
    assert directory == "/usr"
    assert (isolated, no_site, optimize, ignored) == (0, 0, 1, 0)
    assert first == str(program.parent)
    assert set(descriptors) <= {"0", "1", "2", "3", "4", "5"}
    assert not list(application.site.rglob("*.pyc"))


def test_libraries_are_not_imported_without_it(application: Application, tmp_path: Path) -> None:
    """Neither by the snapshot nor by what it starts: it starts nothing."""
    for module in LIBRARIES:
        application.install(module, f"open({str(tmp_path / 'imported')!r}, 'a').write('x')")
    subject = application.subject
    subject.deep = False
    sections = capture(subject, ".", Options())["sections"]
    assert not (tmp_path / "imported").exists()
    assert set(sections) & {"threads", "frameworks", "probes"} == set()
    assert application.snapshot()["frameworks"]["status"] == "ok"
    assert (tmp_path / "imported").exists()


def test_too_little_memory_is_said(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "LEAST_MEMORY", 1 << 60)
    sections = application.snapshot()
    for name in ("threads", "frameworks", "probes"):
        assert sections[name]["status"] == "skipped"
        assert sections[name]["reason"] == "too little memory is left to import libraries"


def test_probes_are_the_same_in_fifty_processes(application: Application) -> None:
    first = application.ask()
    told = {step: found for step, found in first.found.items() if step.startswith("probes ")}
    assert sum(len(found) for found in told.values()) > 30
    for _ in range(49):
        again = application.ask().found
        assert {step: again[step] for step in told} == told


@pytest.mark.parametrize("module", SETTLING)
def test_a_program_that_goes_on_has_its_devices_chosen_by_nobody_else(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first computation would choose them, and take a GPU's memory."""
    monkeypatch.setitem(sys.modules, module, ModuleType(module))
    answers = Answers()
    ask_here(answers, probes=True)
    assert answers.failed[f"probes {module}"] == "not computed in a program that goes on"
    assert "libm.exp" in answers.found["probes libm"]


def test_commits_are_told_and_secrets_are_not(application: Application) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    token = "ghp_" + "x7Kq9ZbT2mWc4VnR8sLd" * 2
    application.install(
        "torch",
        f"class version: git_version = {commit!r}; debug = {token!r}\nbackends = None",
    )
    facts = application.snapshot()["frameworks"]["facts"]
    assert facts["torch.git_version"] == commit
    assert token not in repr(facts)
    assert "torch.debug" in facts


def test_each_library_has_what_it_is_asked() -> None:
    assert set(FRAMEWORKS) == set(LIBRARIES)
    assert set(PROBES) - {""} <= set(LIBRARIES)
    texts = sources()
    assert set(texts) >= {f"{NAME}.main", f"{NAME}.probes.numpy", f"{NAME}.frameworks.torch"}
    assert "threadpoolctl" in texts
    for name, (_, text) in texts.items():
        compile(text, name, "exec")


class TestInputs:
    def test_are_between_one_and_two_of_either_sign(self) -> None:
        values = inputs.numbers("seed", 1000)
        assert all(1 <= abs(value) < 2 for value in values)
        assert len({value < 0 for value in values}) == 2
        assert len(set(values)) == 1000
        assert all(value > 0 for value in inputs.numbers("seed", 100, signed=False))

    def test_are_always_the_same(self) -> None:
        assert [value.hex() for value in inputs.numbers("a", 2)] == [
            value.hex() for value in inputs.numbers("a", 2)
        ]
        assert inputs.doubles("a", 3) != inputs.doubles("b", 3)
        assert len(inputs.floats("a", 7)) == 28


class TestResult:
    def test_of_numbers(self) -> None:
        import struct

        content = struct.pack("<16d", *range(16))
        found = result.probe(lambda: ("d", content))
        assert found["type"] == "float64"
        assert [float.fromhex(value) for value in found["values"].split()] == [
            0, 2, 4, 6, 8, 10, 12, 14,
        ]  # fmt: skip
        assert re.fullmatch("[0-9a-f]{16}", found["digest"])
        assert result.probe(lambda: content) == {"digest": found["digest"]}

    @pytest.mark.parametrize(
        ("values", "ulps"), [([1.0, 1.0 + 2**-52], 1), ([0.0, -0.0], 0), ([5e-324, -5e-324], 2)]
    )
    def test_that_is_not_the_same_each_time(self, values: list[float], ulps: int) -> None:
        import struct

        runs = iter([*values, values[0]])
        found = result.probe(lambda: ("d", struct.pack("<d", next(runs))))
        assert found == {"deterministic": False, "spread": ulps}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/site-packages/numpy.libs/libopenblas64_p-r0-1.so", "numpy"),
        ("/a/dist-packages/torch/lib/libgomp-a.so.1", "torch"),
        ("/usr/lib/x86_64-linux-gnu/libgomp.so.1", "system"),
        ("", "system"),
    ],
)
def test_owner_of_a_library(path: str, expected: str) -> None:
    assert owner(path) == expected


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ({"internal_api": "openblas", "prefix": "libscipy_openblas"}, "openblas"),
        ({"internal_api": "openmp", "prefix": "libgomp"}, "gomp"),
        ({"internal_api": "openmp", "prefix": "libiomp5"}, "iomp"),
        ({"internal_api": "openmp", "prefix": "libomp"}, "omp"),
        ({"internal_api": "mkl", "prefix": "libmkl_rt"}, "mkl"),
        ({}, "None"),
    ],
)
def test_name_of_a_pool(pool: dict[str, str], expected: str) -> None:
    assert library(pool) == expected
