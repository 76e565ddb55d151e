"""Puts what only the engine knows into a fingerprint that was taken inside."""

from __future__ import annotations

from dataclasses import replace

from .. import store
from ..model import Fingerprint, Section


def with_container(fingerprint: Fingerprint, container: Section) -> Fingerprint:
    """The fingerprint with its `container` section from the engine's inspect, named anew."""
    sections = dict(fingerprint.sections)
    inside = sections.get("container")
    facts = dict(container.facts)
    if inside is not None:
        # What the environment itself tells (its runtime) stays where the engine is silent.
        facts = {**inside.facts, **facts}
    sections["container"] = replace(container, facts=facts)
    return store.sealed(replace(fingerprint, sections=sections))
