"""`envaudit exec`: for the list of commands.

`auditor/__main__.py` hands the command to the agent before anything of this is imported.
"""

from __future__ import annotations

from ..model import UsageError


def exec_() -> None:
    """Snapshot, then become COMMAND: envaudit exec [-o FILE] -- COMMAND [ARG ...]."""
    raise UsageError("exec goes first: envaudit exec [-o FILE] -- COMMAND [ARG ...]")
