"""The gate: a comparison with a baseline, judged by a policy."""

from .bless import bless, bless_again
from .decision import decide
from .evaluate import evaluate
from .locks import MAX_LOCK_SIZE, Lock, LockReport, check_lock, read_lock
from .parse import parse_policy
from .policy import DEFAULT_POLICY, Level, Policy, Waiver

__all__ = [
    "DEFAULT_POLICY",
    "MAX_LOCK_SIZE",
    "Level",
    "Lock",
    "LockReport",
    "Policy",
    "Waiver",
    "bless",
    "bless_again",
    "check_lock",
    "decide",
    "evaluate",
    "parse_policy",
    "read_lock",
]
