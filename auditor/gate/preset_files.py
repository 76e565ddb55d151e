"""The presets: policies of ours that others extend (`preset = "numerics"`), as files."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESETS = ("strict", "image", "numerics")


@cache
def preset_text(name: str) -> tuple[str, dict[str, Any]]:
    """A preset's file, and the table `[gate]` in it."""
    text = files(__package__).joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)["gate"]
    return text, table
