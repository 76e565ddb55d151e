"""The README's pictures: they are there, have a text beside them, and ask for nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
SVGS = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


def test_each_picture_is_shown_once_with_a_text_beside_it() -> None:
    files = sorted(path.relative_to(ROOT).as_posix() for path in SVGS[0].parent.iterdir())
    assert sorted(path for _, path in SHOWN) == files
    assert all(len(text) > 60 for text, _ in SHOWN)
    assert {"compare", "gate", "entrypoint"} <= {Path(path).stem for _, path in SHOWN}


@pytest.mark.parametrize("path", SVGS, ids=lambda path: path.name)
def test_a_picture_asks_for_nothing(path: Path) -> None:
    root = ET.parse(path).getroot()
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "style", "defs", "clipPath", "rect", "circle", "g", "text"}
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"href|@import|@font-face|url\((?!#)|<script|\bon\w+=", text)


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in SVGS[0].parent.iterdir()}
    assert {name: size for name, size in sizes.items() if size > 200_000} == {}
