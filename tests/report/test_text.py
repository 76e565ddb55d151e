from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from auditor.compare import compare
from auditor.model import Comparison, Evidence, Finding, Fingerprint, Provenance
from auditor.report import Screen, render_comparison
from tests.compare.making import compared
from tests.report.sample import LOCAL, fingerprint, sample
from tests.strategies import fingerprints

Snapshot = Callable[[str, str], None]

FINDING = Finding(
    rule="EA101",
    name="threads-unpinned",
    effects=("performance", "numerics"),
    severity="high",
    confidence=0.9,
    message="A pins OpenMP to 1 thread; B starts 44 threads on 1.5 CPUs.",
    evidence=(Evidence("env.OMP_NUM_THREADS", "1", None), Evidence("cpu.logical_count", 8, 44)),
    remedy="image: ENV OMP_NUM_THREADS=1\nruntime: docker run -e OMP_NUM_THREADS=1 ...",
    sources=("https://www.openmp.org/",),
    title="The number of threads is fixed on one side only.",
    confirm="Run B with OMP_NUM_THREADS=1.",
)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("80.txt", {"width": 80}),
        ("140-all.txt", {"width": 140, "show_all": True}),
        ("40-ascii.txt", {"width": 40, "ascii_only": True}),
        ("pipe.txt", {}),
        ("80-color.txt", {"width": 80, "color": True}),
    ],
)
def test_comparison(name: str, options: dict[str, int | bool], snapshot: Snapshot) -> None:
    snapshot(f"comparison-{name}", render_comparison(sample(), **options))  # type: ignore[arg-type]


def test_findings_come_first(snapshot: Snapshot) -> None:
    shown = {"env.OMP_NUM_THREADS", "env.TZ"}
    changes = tuple(change for change in sample().changes if change.path in shown)
    assert {change.path for change in changes} == shown
    found = replace(sample(), findings=(FINDING,), unexplained=("env.TZ",), changes=changes)
    snapshot("comparison-findings.txt", render_comparison(found, width=80))


def test_identical_environments_get_one_friendly_line(snapshot: Snapshot) -> None:
    one = fingerprint(LOCAL, Provenance("one"))
    other = fingerprint(
        {name: dict(LOCAL[name]) for name in LOCAL if name != "env"}, Provenance("two")
    )
    same = compare(other, other)
    assert same.same
    text = render_comparison(same, width=80)
    assert text == "A  two\nB  two\n\nNo difference.\n"
    withheld = render_comparison(compare(one, one), width=80)
    snapshot("comparison-same.txt", withheld)


@given(fingerprints(), fingerprints(), st.sampled_from([40, 80, 120]), st.booleans())
def test_any_comparison_is_safe_and_fits(
    a: Fingerprint, b: Fingerprint, width: int, show_all: bool
) -> None:
    text = render_comparison(compare(a, b), width=width, show_all=show_all)
    for line in text.split("\n"):
        assert line.isprintable()
        assert cell_len(line) <= width
        assert line == line.rstrip()
    render_comparison(compare(a, b), width=width, color=True).encode()
    render_comparison(compare(a, b), width=width, ascii_only=True).encode("ascii")


@pytest.mark.parametrize("show_all", [True, False])
@pytest.mark.parametrize("width", [40, 80, 120, None])
def test_no_name_is_ever_cut(width: int | None, show_all: bool) -> None:
    key = "native_library_with_an_extraordinarily_long_name_" * 3
    comparison = compared({f"os.{key}": "a" * 500}, {f"os.{key}": "b" + "a" * 500})
    text = render_comparison(comparison, width=width, show_all=show_all)
    assert key in "".join(text.split())


def test_markup_and_controls_are_shown_not_obeyed() -> None:
    hostile = "[red]x[/red]\x1b]0;title\x07\u202e"
    text = render_comparison(
        compared({f"env.{hostile}": hostile}, {f"env.{hostile}": "y"}), width=120, color=True
    )
    shown = r"[red]x[/red]\x1b]0;title\x07\u202e"
    assert text.count(shown) == 2
    assert "\x1b]" not in text


def test_color_is_only_color() -> None:
    from rich.text import Text

    plain = render_comparison(sample(), width=80)
    colored = render_comparison(sample(), width=80, color=True)
    assert Text.from_ansi(colored).plain.rstrip("\n") == plain.rstrip("\n")
    assert "\x1b[" not in plain


def test_a_long_list_is_cut_with_its_count_unless_all_is_shown() -> None:
    flags = [f"flag{number:03}" for number in range(200)]
    comparison: Comparison = compared({"cpu.features": []}, {"cpu.features": [*flags, "sve2"]})
    short = render_comparison(comparison, width=80)
    assert "more" in short
    assert "+flag199" not in short
    assert "+flag199" in render_comparison(comparison, width=80, show_all=True)


class Stream(io.TextIOWrapper):
    def __init__(self, encoding: str, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("encoding", "terminal", "environ", "color", "ascii_only"),
    [
        ("utf-8", True, {}, True, False),
        ("utf-8", False, {}, False, False),
        ("utf-8", True, {"NO_COLOR": "1"}, False, False),
        ("utf-8", False, {"FORCE_COLOR": "1"}, True, False),
        ("utf-8", True, {"TERM": "dumb"}, False, False),
        ("ascii", True, {}, True, True),
        ("latin-1", False, {}, False, True),
    ],
)
def test_screen(
    encoding: str, terminal: bool, environ: dict[str, str], color: bool, ascii_only: bool
) -> None:
    screen = Screen.of(Stream(encoding, terminal), environ)
    assert (screen.color, screen.ascii_only) == (color, ascii_only)
    assert (screen.width is None) is not terminal


def test_values_below_their_name_are_not_dimmed() -> None:
    """They are what a reader looks for; only the side's letter is quiet."""
    text = render_comparison(sample(), width=60, color=True)
    lines = [line for line in text.split("\n") if "Intel(R) Xeon(R)" in line]
    assert lines
    for line in lines:
        assert re.search(r"\x1b\[36m[^\x1b]*Intel", line), line
