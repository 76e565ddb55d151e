"""Where each Python distribution came from.

Small objects: `installer` (INSTALLER), `tags` (the wheel's, from WHEEL), `url`, `commit`,
`editable` (direct_url.json, PEP 610), `record` (digest of what the wheel brought: two builds
of one version differ in it), `hides` (other versions whose metadata lies in the same place).
"""

from __future__ import annotations

from ..section import IMAGE, Facts, SectionAbsent, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..distributions import Distribution
    from ..subject import Subject

SECTION = "python.sources"
ORIGIN = IMAGE

MAX_TAGS = 16


def collect(subject: Subject, facts: Facts) -> None:
    if not subject.distributions:
        raise SectionAbsent("no distribution is installed")
    for name, distribution in sorted(subject.distributions.items()):
        facts.attempt(name, _source, distribution, subject)


def _source(distribution: Distribution, subject: Subject) -> dict[str, Any] | None:
    source: dict[str, Any] = {}
    installer = distribution.read("INSTALLER")
    if installer and installer.strip():
        source["installer"] = installer.split()[0][:64]
    tags = _wheel_tags(distribution.read("WHEEL"))
    if tags:
        source["tags"] = tags
    direct = distribution.read("direct_url.json")
    if direct:
        source.update(_direct_url(direct, subject))
    elif distribution.info.startswith(distribution.site) and _is_development(distribution):
        source["editable"] = True
    digest = distribution.wheel_digest
    if digest is not None:
        source["record"] = "sha256:" + digest
    if distribution.duplicates:
        source["hides"] = sorted(distribution.duplicates)
    return source or None


def _wheel_tags(wheel: str | None) -> list[str]:
    lines = (wheel or "").splitlines()
    return [line[4:].strip()[:128] for line in lines if line.startswith("Tag:")][:MAX_TAGS]


def _direct_url(text: str, subject: Subject) -> dict[str, Any]:
    import json  # costly to import, and needed for few distributions of few environments

    try:
        document = json.loads(text)
        url = document["url"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreadable("direct_url.json cannot be understood") from None
    source: dict[str, Any] = {"url": subject.redactor.text(str(url))}
    for key, member, field in (
        ("dir_info", "editable", "editable"),
        ("vcs_info", "commit_id", "commit"),
        ("vcs_info", "requested_revision", "revision"),
        ("archive_info", "hash", "archive"),
    ):
        part = document.get(key)
        value = part.get(member) if isinstance(part, dict) else None
        if isinstance(value, (str, bool)) and value:
            source[field] = value if isinstance(value, bool) else _digest_or_text(value, subject)
    return source


def _digest_or_text(value: str, subject: Subject) -> str:
    """A commit, or the digest of an archive (`sha256=...`), looks like a secret but is none."""
    value = value[:256]
    digits = value.rpartition("=")[2]
    is_digest = all(digit in "0123456789abcdef" for digit in digits)
    return value if is_digest else subject.redactor.text(value)


def _is_development(distribution: Distribution) -> bool:
    """`setup.py develop` keeps the `.egg-info` in the source tree, outside any site directory."""
    return distribution.info.endswith(".egg-info") and not distribution.site.endswith("-packages")
