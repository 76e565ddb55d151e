"""Known vulnerabilities by pip-audit, in a process of its own.

Nothing is installed or resolved: it is given every distribution with its version. Its exit code is
1 for a vulnerability as well as for a failure, so only its JSON counts
(https://github.com/pypa/pip-audit#exit-codes).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model import CaptureFailed
from .service import Service

_SECONDS = 900.0  # for all; the service is asked once for each distribution
_SOCKET = 15  # seconds for one answer
_MAX_ANSWER = 64 * 1024 * 1024
_MAX_TEXT = 128
_ERROR = re.compile(r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|Timeout))\b")


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """`identifier`: the CVE's, or else the advisory's own; `fixed_in`: versions with a fix."""

    identifier: str
    aliases: tuple[str, ...] = ()
    fixed_in: tuple[str, ...] = ()


def known_vulnerabilities(
    versions: Mapping[str, str], service: Service
) -> dict[str, tuple[Vulnerability, ...] | str]:
    """Distribution -> its vulnerabilities, or why it was not checked.

    Raises `CaptureFailed` where pip-audit gives no answer (offline, a server that is none).
    """
    with tempfile.TemporaryDirectory(prefix="envaudit-") as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text("".join(f"{name}=={versions[name]}\n" for name in versions))
        document = _asked(_command(requirements, service))
    return _answers(document, versions)


def _command(requirements: Path, service: Service) -> list[str]:
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--no-deps",
        "--disable-pip", "--format", "json", "--desc", "off", "--aliases", "on",
        "--progress-spinner", "off", "--timeout", str(_SOCKET),
        "--vulnerability-service", service.name,
    ]  # fmt: skip
    return [*command, "--osv-url", service.url] if service.url else command


def _asked(command: list[str]) -> Any:
    # Its options may come from variables as well: ours are stated, the rest is not wanted.
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PIP_AUDIT_")}
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter
            command, capture_output=True, check=False, timeout=_SECONDS, env=environ,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CaptureFailed(f"no answer within {_SECONDS:.0f} s") from None
    except OSError as error:
        raise CaptureFailed(f"pip-audit does not start: {error.strerror}") from None
    try:
        if len(ended.stdout) > _MAX_ANSWER:
            raise ValueError
        return json.loads(ended.stdout)
    except (ValueError, RecursionError):
        raise CaptureFailed(_why(ended.stderr)) from None


def _why(stderr: bytes) -> str:
    """The kind of its last error. The message may quote an address with a password in it."""
    text = stderr.decode("utf-8", "replace")
    if "No module named pip_audit" in text:
        return "pip-audit is not installed"
    for line in reversed(text.splitlines()):
        found = _ERROR.match(line)
        if found:
            reached = "Connection" in found[1] or "Timeout" in found[1]
            what = "the service cannot be reached" if reached else "pip-audit failed"
            return f"{what} ({found[1]})"
    return "pip-audit gave no answer"


def _answers(
    document: Any, versions: Mapping[str, str]
) -> dict[str, tuple[Vulnerability, ...] | str]:
    """What stands in its JSON; a distribution that is missing there was not checked."""
    found: dict[str, tuple[Vulnerability, ...] | str] = dict.fromkeys(
        versions, "pip-audit does not mention it"
    )
    entries = document.get("dependencies") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise CaptureFailed("pip-audit's answer has another form than expected")
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        if name not in found:
            continue
        reason = entry.get("skip_reason")
        if reason is not None or not isinstance(entry.get("vulns"), list):
            # By its beginning alone: the rest may quote an address.
            unknown = str(reason).startswith("Dependency not found")
            found[name] = "the service does not know it" if unknown else "pip-audit skips it"
        else:
            told = (_vulnerability(one) for one in entry["vulns"])
            known = {one.identifier: one for one in told if one is not None}
            found[name] = tuple(known[identifier] for identifier in sorted(known))
    return found


def _vulnerability(entry: Any) -> Vulnerability | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        return None
    names = sorted({entry["id"], *_texts(entry.get("aliases"))})
    first = next((name for name in names if name.startswith("CVE-")), entry["id"])
    return Vulnerability(
        first[:_MAX_TEXT],
        tuple(name for name in names if name != first),
        tuple(_texts(entry.get("fix_versions"))),
    )


def _texts(values: Any) -> list[str]:
    some = values if isinstance(values, list) else []
    return [value[:_MAX_TEXT] for value in some if isinstance(value, str)][:64]
