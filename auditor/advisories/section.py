"""The section `vulnerabilities`.

- `<distribution>.<ID>`: `version` that is installed, `fixed_in` (versions, none where there is no
  release with a fix), `aliases`. The ID is the CVE's where there is one.

What could not be checked is a gap with its reason: an editable checkout, a version that no index
can know. Where the service did not answer, or nothing of what is installed could be checked, the
section is an error, never empty: not checked is not clean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from packaging.utils import is_normalized_name
from packaging.version import Version

from ..model import CaptureFailed, Fingerprint, Origin, Section, Status, Value
from .pip_audit import Vulnerability, known_vulnerabilities
from .service import Service

SECTION = "vulnerabilities"

# (distribution -> version, service) -> (distribution -> vulnerabilities, or why not checked)
Check = Callable[[Mapping[str, str], Service], Mapping[str, "tuple[Vulnerability, ...] | str"]]


def with_vulnerabilities(
    fingerprint: Fingerprint, service: Service, check: Check = known_vulnerabilities
) -> Fingerprint:
    """The fingerprint with its section of vulnerabilities, asked for now.

    Its digest is another one, which `store` works out when it is written.
    """
    section = _section(fingerprint, service, check)
    return replace(fingerprint, sections={**fingerprint.sections, SECTION: section}, digest="")


def _section(fingerprint: Fingerprint, service: Service, check: Check) -> Section:
    packages = fingerprint.sections.get("python.packages")
    if packages is None or not packages.status.known:
        return _unknown(_with_reason(packages.reason if packages is not None else None))
    if not packages.facts and "*" in packages.gaps:
        return _unknown(_with_reason(packages.gaps["*"]))
    asked, gaps = _questions(fingerprint, packages)
    try:
        answers = check(asked, service) if asked else {}
    except CaptureFailed as error:
        return _unknown(f"not checked: {error}")
    facts: dict[str, Value] = {}
    for name in asked:
        answer = answers.get(name, "there is no answer for it")
        if isinstance(answer, str):
            gaps[f"{name}.*"] = f"not checked: {answer}"
            continue
        for one in answer:
            facts[f"{name}.{one.identifier}"] = {
                "version": asked[name],
                "fixed_in": [*one.fixed_in],
                "aliases": [*one.aliases],
            }
    if packages.facts and len(gaps) == len(packages.facts):
        (why, times), *others = Counter(gaps.values()).most_common()
        told = why.removeprefix("not checked: ") + (f" ({times} of them)" if others else "")
        return _unknown(f"0 of {len(gaps)} distributions could be checked: {told}")
    if "*" in packages.gaps:
        gaps["*"] = f"not checked: {packages.gaps['*']}"
    return Section(Status.OK, Origin.IMAGE, facts, gaps=gaps)


def _with_reason(reason: str | None) -> str:
    return "the Python distributions are not known" + (f": {reason}" if reason else "")


def _unknown(reason: str) -> Section:
    return Section(Status.ERROR, Origin.IMAGE, {}, reason=reason)


def _questions(
    fingerprint: Fingerprint, packages: Section
) -> tuple[dict[str, str], dict[str, str]]:
    """(distribution -> version to ask for, gaps)"""
    asked: dict[str, str] = {}
    gaps: dict[str, str] = {}
    for name, version in packages.facts.items():
        source = fingerprint.get(f"python.sources.{name}")
        if isinstance(source, dict) and source.get("editable"):
            gaps[f"{name}.*"] = "not checked: an editable checkout is no release"
            continue
        if not is_normalized_name(name):  # nor may it become a line of its own for pip-audit
            gaps[f"{name}.*"] = "not checked: its name is none that an index can know"
            continue
        try:
            # A local version (2.9.0+cu128) is a build of the public one, which advisories name.
            asked[name] = Version(str(version)).public
        except ValueError:  # InvalidVersion, or numbers of more digits than int() reads
            gaps[f"{name}.*"] = "not checked: its version is none that an index can know"
    return asked, gaps
