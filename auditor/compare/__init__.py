"""What differs between two fingerprints, how far, how weighty, and what follows from what."""

from __future__ import annotations

from .join import compare

__all__ = ["compare"]
