"""`envaudit exec`: for the list of commands.

`auditor/__main__.py` hands the command to the agent before anything of this is imported; here
it arrives only behind options of the whole (`envaudit --debug exec ...`).
"""

from __future__ import annotations

import sys

import typer

from ..agent.main import main as agent


def exec_() -> None:
    """Snapshot, then become COMMAND: envaudit exec [-o FILE] -- COMMAND [ARG ...]."""
    # As they were typed: the parser takes the `--` away.
    raise typer.Exit(agent(sys.argv[sys.argv.index("exec") :]))
