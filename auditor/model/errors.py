"""Everything envaudit itself raises: each message is one line that tells the user what to do."""

from __future__ import annotations


class EnvauditError(Exception):
    """Base of all; `exit_code` is what the command line ends with."""

    exit_code = 2


class UsageError(EnvauditError):
    """Wrong arguments or configuration."""


class InvalidInput(EnvauditError):
    """A file or document that cannot be accepted: damaged, of another kind, too new."""


class CaptureFailed(EnvauditError):
    """A target that exists as named could not be fingerprinted."""

    exit_code = 3
