"""Known vulnerabilities of a fingerprint's Python distributions.

They become a section of the fingerprint, `vulnerabilities`, so that they are compared, gated and
waived like any other fact. The section is what was known when it was asked for: it stands in a
fingerprint only where somebody asked.
"""

from __future__ import annotations

from .section import SECTION, Check, with_vulnerabilities
from .service import Service

__all__ = [
    "SECTION",
    "Check",
    "Service",
    "with_vulnerabilities",
]
