"""The command line: one module a command; wiring and exit codes, nothing else."""

from .app import run

__all__ = ["run"]
