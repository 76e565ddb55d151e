"""SSH signatures by `ssh-keygen -Y` (OpenSSH 8.2 or newer).

https://man.openbsd.org/ssh-keygen#Y and PROTOCOL.sshsig. The namespace is part of what is signed: a
signature made for another purpose (git's, a file's) is none of a baseline.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..model import InvalidInput, UsageError
from .envelope import Signature

NAMESPACE = "baseline@container-envaudit"

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_SECONDS = 120.0  # a person may have to type a passphrase, or touch a security key
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def sign(content: bytes, key: Path) -> Signature:
    """With a private key, or by its public key where an agent holds the private one.

    Raises `UsageError` where that does not work.
    """
    if not key.is_file():
        raise UsageError(f"--sign {key}: no such key")
    with tempfile.TemporaryDirectory(prefix="envaudit-") as folder:
        file = Path(folder, "content")
        file.write_bytes(content)
        words = ["-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(file)]
        # The terminal stays: that is where a passphrase is asked for.
        ended = _run(words, stdin=None)
        armoured = file.with_name("content.sig")
        if ended.returncode != 0 or not armoured.is_file():
            raise UsageError(f"--sign {key}: {_last_line(ended) or 'ssh-keygen does not sign'}")
        return Signature(_fingerprint(key), _unarmoured(armoured.read_text()))


def signer(content: bytes, signature: Signature, allowed_signers: Path) -> str | None:
    """Who signed the content, by the principals of an allowed signers file; None for nobody who
    is allowed to (for this namespace, at this time). Raises `UsageError` without `ssh-keygen`."""
    with tempfile.TemporaryDirectory(prefix="envaudit-") as folder:
        file = Path(folder, "signature")
        file.write_text(_armoured(signature.content))
        allowed = ["-s", str(file), "-f", str(allowed_signers)]
        found = _run(["-Y", "find-principals", *allowed])
        # The first versions print several principals of one line as the line has them.
        principals = found.stdout.decode("utf-8", "replace").replace(",", "\n").splitlines()
        for principal in principals:
            if principal.startswith("-"):
                continue
            words = ["-Y", "verify", "-n", NAMESPACE, "-I", principal, *allowed]
            if _run(words, content).returncode == 0:
                return principal
    return None


def check_allowed_signers(path: Path) -> None:
    """Raises `InvalidInput` for one that cannot be read or allows nobody."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        raise InvalidInput(f"{path}: no allowed signers file that can be read") from None
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        raise InvalidInput(f"{path}: allows nobody")


def _run(
    words: Sequence[str], content: bytes | None = None, stdin: int | None = subprocess.DEVNULL
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - words of ours, paths of the user's
            ["ssh-keygen", *words],  # noqa: S607 - the one on the user's PATH
            input=content,
            stdin=stdin if content is None else None,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise UsageError("signatures need ssh-keygen (OpenSSH 8.2 or newer)") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"ssh-keygen gave no answer within {_SECONDS:.0f} s") from None


def _fingerprint(key: Path) -> str:
    found = _FINGERPRINT.search(_run(["-l", "-f", str(key)]).stdout.decode("ascii", "replace"))
    return found[0] if found else ""


def _last_line(ended: subprocess.CompletedProcess[bytes]) -> str:
    lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _unarmoured(text: str) -> bytes:
    return base64.b64decode("".join(text.split(_BEGIN)[1].split(_END, maxsplit=1)[0].split()))


def _armoured(content: bytes) -> str:
    letters = base64.b64encode(content).decode("ascii")
    lines = [letters[start : start + 70] for start in range(0, len(letters), 70)]
    return "\n".join([_BEGIN, *lines, _END, ""])
