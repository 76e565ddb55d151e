"""The baked state on a file system of the machine's own, where each file is looked at.

On overlayfs, in layers of images and in containers: tests/engine/test_bake.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.agent import baked
from auditor.agent.command import parse
from auditor.agent.observe import ObservingRoot, listing, state
from auditor.agent.redact import Redactor

from .test_command import ENVIRONMENT, FROM_SOURCE


@dataclass(frozen=True)
class Place:
    """A virtual environment with one distribution, and where its baked state lies."""

    environment: Path
    state: Path

    @property
    def module(self) -> Path:
        return self.site / "sample" / "module.py"

    @property
    def site(self) -> Path:
        version = "python%d.%d" % sys.version_info[:2]
        return self.environment / "lib" / version / "site-packages"

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {**ENVIRONMENT, "ENVAUDIT_BAKED": str(self.state), **variables}
        return subprocess.run(
            [self.environment / "bin" / "python", "-I", "-S", "-B", "-c", FROM_SOURCE, *words],
            env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
            check=False,
        )  # fmt: skip

    def bake(self, *words: str, **variables: str) -> None:
        ended = self.run("snapshot", "--bake", *words, **variables)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == ""
        assert ended.stderr.startswith("envaudit: baked ")

    def start(self, *words: str, **variables: str) -> dict[str, Any]:
        ended = self.run("snapshot", "--quiet", *words, **variables)
        assert ended.returncode == 0, ended.stderr
        document: dict[str, Any] = json.loads(ended.stdout)
        return document


@pytest.fixture
def place(tmp_path: Path) -> Place:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    place = Place(tmp_path / "env", tmp_path / "state" / "baked")
    info = place.site / "sample-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
    (info / "RECORD").write_text("sample/module.py,,10\nsample-1.0.dist-info/RECORD,,\n")
    place.module.parent.mkdir()
    place.module.write_text("VALUE = 1\n")
    return place


def reused(document: dict[str, Any]) -> bool:
    return len(document["provenance"]["baked"].get("sections", ())) == len(baked.SECTIONS)


def image(document: dict[str, Any]) -> dict[str, Any]:
    """What can be baked; the rest of a busy machine may change between two snapshots."""
    return {name: document["sections"][name] for name in baked.SECTIONS}


def patch(place: Place) -> None:
    with place.module.open("a") as file:
        file.write("# patched\n")


def keep_the_size(place: Place) -> None:
    place.module.write_text("VALUE = 2\n")


def date_back(place: Place) -> None:
    os.utime(place.module, (1, 1))


def add(place: Place) -> None:
    (place.module.parent / "new.py").touch()


def remove(place: Place) -> None:
    place.module.unlink()


def link(place: Place) -> None:
    moved = place.module.with_name("moved.py")
    place.module.rename(moved)
    place.module.symlink_to(moved)


def install(place: Place) -> None:
    (place.site / "other-2.0.dist-info").mkdir()


def run_code(place: Place) -> None:
    (place.site / "code.pth").write_text("import os\n")


def settings(place: Place) -> None:
    with (place.environment / "pyvenv.cfg").open("a") as file:
        file.write("include-system-site-packages = true\n")


CHANGES: list[Callable[[Place], None]] = [
    patch, keep_the_size, date_back, add, remove, link, install, run_code, settings,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_read_again(place: Place, change: Callable[[Place], None]) -> None:
    place.bake()
    before = place.start()
    assert reused(before)
    change(place)
    after = place.start()
    assert "unused" in after["provenance"]["baked"]
    assert image(after) == image(place.start(ENVAUDIT_BAKED=""))


def test_the_fingerprint_is_the_same_either_way(place: Place) -> None:
    place.bake()
    started, read = place.start(), place.start(ENVAUDIT_BAKED="")
    assert reused(started)
    assert "baked" not in read["provenance"]
    assert image(started) == image(read)
    assert set(started["provenance"]["sections_ms"]) == set(read["sections"]) - set(baked.SECTIONS)


def test_bytecode_is_no_change(place: Place) -> None:
    place.bake()
    subprocess.run([sys.executable, "-m", "compileall", "-q", place.site], check=True)
    assert reused(place.start())


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        ((), {"PYTHONPATH": "/srv"}),
        ((), {"PYTHONHASHSEED": "1"}),
        ((), {"LD_LIBRARY_PATH": "/srv"}),
        ((), {"LD_PRELOAD": ""}),
        ((), {"ENVAUDIT_KEY": "a key of thirty-two characters.."}),
        (("--show", "APP_*"), {}),
        (("--integrity", "off"), {}),
        (("--integrity", "full"), {}),
        (("--python", sysconfig.get_path("scripts") + "/python"), {}),
    ],
)
def test_another_question_is_answered_anew(
    place: Place, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    place.bake()
    document = place.start(*words, **variables)
    assert "sections" not in document["provenance"].get("baked", {})
    assert image(document) == image(place.start(*words, **variables, ENVAUDIT_BAKED=""))


def test_the_same_question_is_reused(place: Place) -> None:
    """So that the above does not pass because nothing ever is."""
    words = ("--integrity", "off", "--show", "APP_*")
    variables = {"PYTHONPATH": "/srv", "ENVAUDIT_KEY": "a key of thirty-two characters.."}
    place.bake(*words, **variables)
    assert reused(place.start(*words, **variables))
    assert "a key of thirty-two" not in place.state.read_bytes().decode("latin-1")


def test_every_damage_to_the_state_is_noticed(place: Place) -> None:
    place.bake()
    whole = place.state.read_bytes()
    told = image(place.start())
    damaged = [whole[:size] for size in (0, 1, 15, 40, 1000, len(whole) // 2, len(whole) - 1)]
    damaged += [
        whole[:position] + b"\xff\0" + whole[position + 2 :]
        for position in (0, 14, 18, 30, 60, 5000, len(whole) - 2)
    ]
    damaged += [b"envaudit-baked-0 1 1\n", b"envaudit-baked-2 -5 0\n", b"\0" * 100]
    damaged.append(b"envaudit-baked-2 %d 0\n" % 2**70)
    for content in damaged:
        place.state.write_bytes(content)
        document = place.start()
        assert "unused" in document["provenance"]["baked"], content[:60]
        assert image(document) == told


@pytest.mark.parametrize("kind", ["directory", "pipe", "unreadable link"])
def test_a_state_that_is_no_file(place: Place, kind: str) -> None:
    place.state.parent.mkdir()
    if kind == "directory":
        place.state.mkdir()
    elif kind == "pipe":
        os.mkfifo(place.state)
    else:
        place.state.symlink_to(place.state)
    assert "unused" in place.start()["provenance"]["baked"]


def test_without_a_state_nothing_is_said(place: Place) -> None:
    assert "baked" not in place.start()["provenance"]


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (("pid:1",), {}, "--bake is for the environment that it runs in, not for 'pid:1'"),
        (("--integrity", "full"), {}, "reads everything at each start"),
        ((), {"ENVAUDIT_BAKED": ""}, "ENVAUDIT_BAKED is empty"),
        ((), {"ENVAUDIT_BAKED": "/proc/no/such"}, "/proc/no/such: "),
        (("--python", "/no/python"), {}, "--python /no/python: "),
    ],
)
@pytest.mark.parametrize("program", ["agent", "tool"])
def test_what_cannot_be_baked(
    place: Place, program: str, words: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    if program == "agent":
        ended = place.run("snapshot", "--bake", *words, **variables)
    else:
        environ = {**ENVIRONMENT, "ENVAUDIT_BAKED": str(place.state), **variables}
        ended = subprocess.run(
            [sys.executable, "-m", "auditor", "snapshot", "--bake", *words],
            env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
            check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not place.state.exists()


def test_exec_bakes_nothing(place: Place) -> None:
    ended = place.run("exec", "--bake", "--", "sh", "-c", "echo ran; exit 5")
    assert (ended.returncode, ended.stdout) == (5, "ran\n")
    assert "no snapshot: --bake is for the build of the image" in ended.stderr


def test_a_fingerprint_is_taken_too_where_one_is_asked_for(place: Place, tmp_path: Path) -> None:
    place.bake("-o", str(tmp_path / "x.json"))
    assert reused(json.loads((tmp_path / "x.json").read_text()))
    assert parse(["--bake"]).output is None


def test_the_state_holds_no_variables(place: Place) -> None:
    """Of those that were consulted a digest, of the others nothing."""
    place.bake(PYTHONHASHSEED="0xA11CE", DB_PASSWORD="0xCA401", AAA="0xB0B")
    content = place.state.read_bytes()
    assert b"PYTHONHASHSEED" in content
    for value in (b"0xA11CE", b"0xCA401", b"0xB0B", b"DB_PASSWORD"):
        assert value not in content


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("env", "depend on the whole environment"),
        ("network", "depend on http_proxy, which may hold a secret"),
        ("container", "depend on KUBERNETES_SERVICE_HOST, which may hold a secret"),
    ],
)
def test_variables_that_may_be_secret_decide_about_nothing_that_is_baked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, section: str, said: str
) -> None:
    monkeypatch.setattr(baked, "SECTIONS", (section,))
    subject = baked.subject_to_bake(Redactor(), None, "off")
    proxy = "http://shop:hunter2@127.0.0.1:3128"
    subject.process.use_environ({"http_proxy": proxy, "KUBERNETES_SERVICE_HOST": "hunter2"})
    with pytest.raises(baked.NotBaked, match=said):
        baked.bake(subject, str(tmp_path / "state"))
    assert not (tmp_path / "state").exists()


class TestConsulted:
    def test_notes_what_is_asked_for(self) -> None:
        environ = baked.Consulted({"A": "1", "B": "2", "C": "3"})
        assert (environ["A"], environ.get("B"), environ.get("D", "4")) == ("1", "2", "4")
        assert "E" not in environ
        assert list(environ.names) == ["A", "B", "D", "E"]
        assert not environ.enumerated

    @pytest.mark.parametrize("ask", [list, dict.keys, dict.values, dict.items])
    def test_notes_that_all_were(self, ask: Callable[[Any], Any]) -> None:
        environ = baked.Consulted({"A": "1"})
        getattr(environ, ask.__name__)() if ask is not list else list(environ)
        assert environ.enumerated


class TestObservingRoot:
    def test_notes_each_link_on_the_way(self, tmp_path: Path) -> None:
        base = tmp_path.resolve()
        (base / "real").mkdir()
        (base / "real" / "file").write_text("x")
        (base / "real" / "link").symlink_to("file")
        (base / "way").symlink_to("real")
        root = ObservingRoot()
        root.read(f"{base}/way/link")
        assert root.directories[str(base)].entries["way"] == (0o120000, "real")
        entries = root.directories[f"{base}/real"].entries
        assert entries["link"] == (0o120000, "file")
        assert entries["file"] is not None
        assert entries["file"][:2] == (0o100000, 1)
        assert f"{base}/way" not in root.directories

    def test_notes_what_is_not_there(self, tmp_path: Path) -> None:
        root = ObservingRoot()
        assert not root.exists(f"{tmp_path}/no/such/file")
        assert root.directories[str(tmp_path)].entries == {"no": None}

    def test_circles_end(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        root = ObservingRoot()
        assert not root.exists(f"{tmp_path}/a/x")
        assert set(root.directories[str(tmp_path)].entries) == {"a", "b"}

    def test_leaves_the_kernel_out(self) -> None:
        root = ObservingRoot()
        root.read("/proc/self/status")
        root.listdir("/sys")
        assert not any(path.startswith(("/proc", "/sys")) for path in root.directories)

    def test_a_listing_has_no_bytecode(self, tmp_path: Path) -> None:
        for name in ("b.py", "a.py", "b.pyc", "__pycache__"):
            (tmp_path / name).touch()
        assert listing(str(tmp_path)) == ["a.py", "b.py"]
        assert listing(f"{tmp_path}/none") is None
        assert state(f"{tmp_path}/none") is None
