"""The gate: a comparison with a baseline, judged by a policy."""

from .bless import bless
from .evaluate import evaluate
from .parse import parse_policy
from .policy import DEFAULT_POLICY, Level, Policy, Waiver

__all__ = [
    "DEFAULT_POLICY",
    "Level",
    "Policy",
    "Waiver",
    "bless",
    "evaluate",
    "parse_policy",
]
