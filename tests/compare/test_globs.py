"""Globs on paths mean what `fnmatch` means by them, whichever way they are matched."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from auditor.compare.globs import FiledPaths, matches

# Few letters, so that they meet; every wildcard, and what `re` would take for one.
GLOBS = st.text(alphabet="ab.*?[]!^$+\n", max_size=12)
PATHS = st.text(alphabet="ab.*?[]!^$+\n", max_size=12)


@given(PATHS, GLOBS)
def test_as_fnmatch(path: str, glob: str) -> None:
    assert matches(path, glob) == fnmatchcase(path, glob)


@given(st.text(alphabet="ab.", max_size=8), st.text(alphabet="ab.", max_size=4), st.data())
def test_as_fnmatch_where_it_is_likely(path: str, extra: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.integers(0, len(path))) for _ in range(2))
    for glob in (path, path[:start] + "*" + path[end:], path[:start] + "*", "*" + path[end:]):
        assert matches(path, glob)
        assert matches(path + extra, glob) == fnmatchcase(path + extra, glob)


def test_the_beginning_and_the_end_do_not_overlap() -> None:
    assert not matches("env.A", "env.A*.A")
    assert matches("env.A.A", "env.A*.A")


@given(st.lists(PATHS, unique=True), st.lists(GLOBS, max_size=3))
def test_filed_paths_are_those_that_match_in_order(paths: list[str], globs: list[str]) -> None:
    expected = [path for path in paths if any(fnmatchcase(path, glob) for glob in globs)]
    assert list(FiledPaths(paths).matching(globs)) == expected


def test_filed_paths_under_several_heads() -> None:
    paths = FiledPaths(["env.B", "os.id", "env.A", "cpu.flags", "env"])
    assert list(paths.matching(["os.*", "env.*"])) == ["env.B", "os.id", "env.A"]
    assert list(paths.matching(["env.A", "*s"])) == ["env.A", "cpu.flags"]
    assert not list(paths.matching([]))
