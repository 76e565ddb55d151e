"""A fingerprint in a few lines: for places that take little, and for people who look there.

Made for a container's termination message, which Kubernetes shows with the pod's status
(https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Bytes. Of a longer termination message the kubelet keeps the end, which would lose the digest.
MAX_SUMMARY = 4096
_MAX_LINE = 200  # letters: no reason or label may take the place of all others


def summary(document: dict[str, Any]) -> str:
    """One line for the person or log that watches: what was read, and what was not."""
    sections = document["sections"]
    unread = [
        "%s (%s)" % (name, section.get("reason", section["status"]))
        for name, section in sections.items()
        if section["status"] in ("denied", "error")
    ]
    provenance = document["provenance"]
    baked = provenance.get("baked", {})
    reused = " (%d of them baked)" % len(baked["sections"]) if "sections" in baked else ""
    line = "%d facts in %d sections%s" % (count_facts(sections), len(sections), reused)
    if "duration_ms" in provenance:
        line += ", %.0f ms" % provenance["duration_ms"]
    if "unused" in baked:
        line += "; the baked state is not used: " + baked["unused"]
    return line + ("; not readable: " + ", ".join(unread) if unread else "")


def summary_text(document: dict[str, Any]) -> bytes:
    """The document in at most `MAX_SUMMARY` bytes of ASCII, most important first: what it is,
    a line for each section, a line for each gap. Where not all of it fits, whole lines are
    left out and counted in the last one."""
    provenance = document["provenance"]
    sections = document["sections"]
    lines = ["envaudit " + str(provenance.get("agent_version", "")), "digest " + document["digest"]]
    told = ("name", "target", "captured_at")
    lines += ["%s %s" % (key, provenance[key]) for key in told if provenance.get(key)]
    lines.append("facts %d" % count_facts(sections))
    gaps = []
    for name, section in sections.items():
        line = "section %s %s %d" % (name, section["status"], len(section["facts"]))
        lines.append(line + (": " + section["reason"] if section.get("reason") else ""))
        for key, reason in section.get("gaps", {}).items():
            gaps.append("gap %s.%s: %s" % (name, key, reason))
    return _fitting([_plain(line) for line in lines + gaps])


def count_facts(sections: dict[str, dict[str, Any]]) -> int:
    return sum(len(section["facts"]) for section in sections.values())


def _fitting(lines: list[bytes]) -> bytes:
    whole = b"".join(lines)
    if len(whole) <= MAX_SUMMARY:
        return whole
    room = MAX_SUMMARY - len(_left_out(len(lines)))
    kept = 0
    for number, line in enumerate(lines):
        kept += len(line)
        if kept > room:
            return b"".join(lines[:number]) + _left_out(len(lines) - number)
    return whole  # not reached: the whole does not fit


def _left_out(number: int) -> bytes:
    return b"... %d more lines\n" % number


def _plain(line: str) -> bytes:
    """One line whatever it quotes: labels and names of files may hold anything."""
    letters = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
    encoded = letters.encode("ascii", "backslashreplace")
    return (encoded if len(encoded) <= _MAX_LINE else encoded[: _MAX_LINE - 3] + b"...") + b"\n"
