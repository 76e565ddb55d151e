"""The lines of a TOML document's keys."""

from __future__ import annotations

import pytest

from auditor.gate.places import places_of

TEXT = """\
# a comment = 1
[gate]
fail = ["a.*",  # fail = 2
  'b.*',
]
leeway = { "x.y" = "patch", z.w = { ratio = 2 } }
not_compared = \"\"\"
[gate.rules]
\"\"\"

[ gate . "rules" ]
EA101 = "fail"

[[gate.waivers]]
path = "env.TZ"
[[gate.waivers]]
path = "env.\\u0041"
[tool.'env audit'.gate]
warn = []
"""
PLACES = places_of(TEXT, "p.toml")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("gate",), 2),
        (("gate", "fail"), 3),
        (("gate", "fail", 0), 3),
        (("gate", "fail", 1), 4),
        (("gate", "leeway", "x.y"), 6),
        (("gate", "leeway", "z", "w", "ratio"), 6),
        (("gate", "not_compared"), 7),
        (("gate", "rules"), 11),
        (("gate", "rules", "EA101"), 12),
        (("gate", "waivers", 0), 14),
        (("gate", "waivers", 1, "path"), 17),
        (("gate", "waivers", 1, "reason"), 16),
        (("tool", "env audit", "gate", "warn"), 19),
        (("gate", "fail", 7), 3),
        (("nothing",), None),
    ],
)
def test_line(path: tuple[str | int, ...], line: int | None) -> None:
    assert PLACES.line(path) == line
    assert PLACES.of(path) == ("p.toml" if line is None else f"p.toml:{line}")


def test_no_text_no_lines() -> None:
    assert places_of("", "p.toml").of(("gate",)) == "p.toml"


def test_nesting_is_bounded() -> None:
    assert places_of("x = " + "[" * 3000 + "]" * 3000, "p.toml").line(("x", *[0] * 3000)) == 1
