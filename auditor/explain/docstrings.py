"""Docstrings also where Python was told to drop them (`-OO`, `PYTHONOPTIMIZE=2`): what people read
of ours stands in them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any


def docstring_of(what: ModuleType | Callable[..., Any]) -> str:
    """Of a module or a function, from its source where it is not kept; empty without either."""
    if what.__doc__ is not None:
        return what.__doc__
    try:
        tree = ast.parse(inspect.getsource(what))
    except OSError:  # compiled code alone
        return ""
    node = tree if isinstance(what, ModuleType) else tree.body[0]
    if isinstance(node, ast.Module | ast.FunctionDef):
        return ast.get_docstring(node, clean=False) or ""
    return ""
