"""What people and programs read: one file a format. Values in, text out; nothing is written."""

from __future__ import annotations

from .json import comparison_document, verdict_document
from .screen import Screen
from .text import render_comparison, render_verdict

__all__ = [
    "Screen",
    "comparison_document",
    "render_comparison",
    "render_verdict",
    "verdict_document",
]
