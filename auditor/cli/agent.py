"""`envaudit agent`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from ..agent.files import write_file
from ..agent.section import why
from ..capture import bundle
from ..model import UsageError
from .console import complain


def agent(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write the agent.")
    ] = Path("envaudit.pyz"),
    compile_for: Annotated[
        Optional[list[str]],
        typer.Option(
            "--compile-for",
            metavar="PYTHON",
            help="Also compile it by this interpreter, for the Pythons of its series.",
        ),
    ] = None,
) -> None:
    """Write the single-file agent: `python3 envaudit.pyz snapshot` needs nothing else."""
    try:
        write_file(str(output), bundle.zipapp([sys.executable, *(compile_for or [])]), 0o755)
    except OSError as error:
        raise UsageError(f"{output}: {why(error)}") from None
    complain(f"agent -> {output}")
