"""What running containers and images have in common: an agent that is sent in and answers.

Nothing is copied or installed: the agent's source goes through standard input into the
container's own interpreter, and its answer comes back on standard output.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .. import store
from ..agent.interpreter import is_python
from ..agent.redact import Redactor
from ..model import CaptureFailed, EnvauditError, Fingerprint
from . import bundle
from .conversation import NoAnswer
from .target import CaptureOptions

# Seconds for one capture inside a container, unless told otherwise; a full integrity check
# reads everything that is installed.
DEADLINE = 30.0
DEADLINE_FULL = 600.0
DEADLINE_DEEP = 300.0
_OURS = "envaudit: "  # how our agent's own messages begin
# What starting an interpreter on a busy machine may take on top.
GRACE = 30.0
# Where to look for an interpreter that nothing else points to. `python3` is looked up in the
# container's own PATH by the engine.
_USUAL = (
    "python3",
    "python",
    "/venv/bin/python",
    "/opt/venv/bin/python",
    "/app/.venv/bin/python",
    "/opt/conda/bin/python",
    "/usr/local/bin/python3",
    "/usr/bin/python3",
    "/opt/app-root/bin/python3",
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One start of the agent: the interpreter and the user (None: the container's own)."""

    interpreter: str
    user: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """A fingerprint, which interpreter and which user would see more, if any, and whether the
    main process runs several programs, of which none stands out."""

    document: bytes
    interpreter: str | None
    owner: str | None
    several: bool


Start = Callable[[Attempt, bytes, int, str, float], bytes]


def run_agent(
    start: Start,
    first: Mapping[str, None],
    target: str,
    command: list[str] | None,
    options: CaptureOptions,
) -> Fingerprint | None:
    """Try interpreters until one answers; None where there is none in the container.

    `start(attempt, script, size, nonce, seconds)` runs the script and returns the framed
    answer or raises `NoAnswer`. `command` is None in a running container, else what the image
    is configured to start. `first` are the most likely interpreters, in order. Where the
    agent says that another interpreter or user would see more, it is run once more as that.
    """
    seconds = options.deadline or _default_deadline(options)
    named = options.python if options.python and is_python(options.python) else None
    candidates = [named] if named else list(dict.fromkeys([*first, *_USUAL]))
    refused: NoAnswer | None = None
    for interpreter in candidates:
        try:
            answer = _ask(start, Attempt(interpreter), target, command, options, seconds)
        except NoAnswer as failure:
            refused = failure if _spoke_python(failure) else refused
            continue
        return _with_hints(start, answer, interpreter, target, command, options, seconds)
    if options.python:
        raise CaptureFailed(f"{options.python} in {target} does not run: {_said(refused)}")
    if refused is not None:
        raise CaptureFailed(f"Python in {target} cannot run the agent: {_said(refused)}")
    return None


def _default_deadline(options: CaptureOptions) -> float:
    if options.integrity == "full":
        return DEADLINE_FULL
    return DEADLINE_DEEP if options.deep else DEADLINE


def _with_hints(
    start: Start,
    answer: _Answer,
    interpreter: str,
    target: str,
    command: list[str] | None,
    options: CaptureOptions,
    seconds: float,
) -> Fingerprint:
    if answer.interpreter or answer.owner:
        attempt = Attempt(answer.interpreter or interpreter, answer.owner)
        # Where it exists but does not run here, what the first one saw has to do.
        with contextlib.suppress(NoAnswer):
            answer = _ask(start, attempt, target, command, options, seconds)
    if answer.several and options.notice is not None:
        options.notice(
            f"{target}: its main process runs several programs: environment, limits and loaded "
            "libraries are its own, and not theirs (pid:N on the engine's machine is one of them)"
        )
    try:
        return store.parse(answer.document, target)
    except EnvauditError as error:
        raise CaptureFailed(f"the agent's answer cannot be accepted: {error}") from None


def _ask(
    start: Start,
    attempt: Attempt,
    target: str,
    command: list[str] | None,
    options: CaptureOptions,
    seconds: float,
) -> _Answer:
    nonce = secrets.token_hex(8)
    request = {
        "nonce": nonce,
        "target": target,
        "name": options.name,
        "python": options.python,
        "integrity": options.integrity,
        "deep": options.deep,
        "show": list(options.show),
        "key": options.key.hex() if options.key else None,
        "deadline": seconds,
        "command": command,
    }
    script, code = bundle.script(request)
    content = start(attempt, script + code, len(script), nonce, seconds + GRACE)
    first, _, document = content.partition(b"\n")
    try:
        hints = json.loads(first)
        better, owner, several = hints["interpreter"], hints["owner"], hints["several"]
    except (ValueError, RecursionError, TypeError, LookupError):
        raise CaptureFailed("the agent's answer cannot be understood") from None
    return _Answer(
        document,
        better if isinstance(better, str) else None,
        owner if isinstance(owner, str) else None,
        several is True,
    )


def _spoke_python(failure: NoAnswer) -> bool:
    """Whether an interpreter ran at all: the engine's own refusals name the OCI runtime."""
    words = ("OCI runtime", "executable file not found", "no such file", "exec failed")
    return bool(failure.stderr) and not any(word in failure.stderr for word in words)


def _said(failure: NoAnswer | None) -> str:
    """Our own agent's words, or which exception ended it: the message of a stranger's may
    quote what was read."""
    if failure is None or not failure.stderr:
        return "no such program"
    said = failure.stderr
    if said.startswith(_OURS):
        return Redactor().text(said[len(_OURS) :])
    name = said.partition(":")[0]
    return f"it ended with {name}" if name.isidentifier() else "it ended without an answer"
