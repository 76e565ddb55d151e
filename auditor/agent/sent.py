"""The agent's side when it is sent into a container: one request in, one framed answer out.

The frame tells our bytes from whatever else reaches standard output (a preloaded library
that prints). Its first line holds hints for the sender (whether this was the right
interpreter and the right user to see everything), the rest is the fingerprint.
"""

from __future__ import annotations

from .canonical import canonical, readable
from .output import write_descriptor
from .process import PlannedProcess
from .redact import Redactor
from .section import why
from .snapshot import take_snapshot
from .starters import what_runs
from .subject import live_subject, runs_several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .subject import Subject


def serve(request: dict[str, Any]) -> int:
    """Answer `request`:

    - `nonce`: repeated in the frame
    - `target`, `name`, `python`, `integrity`, `deep`, `show`, `deadline`: as on the command line
    - `key`: hexadecimal, or None
    - `command`: None in a running container; in one that was made for us from an image, the
      command line that the image is configured to start
    """
    try:
        content = answer(request)
    except Exception as error:  # its message may quote what was read
        said = "envaudit: the snapshot failed: %s\n" % why(error)
        write_descriptor(2, said.encode("ascii", "backslashreplace"))
        return 3
    frame = "\x1eenvaudit %s %d\n" % (request["nonce"], len(content))
    write_descriptor(1, frame.encode("ascii") + content)
    return 0


def answer(request: dict[str, Any]) -> bytes:
    key = bytes.fromhex(request["key"]) if request["key"] is not None else None
    subject = live_subject(
        Redactor(key, request["show"]),
        python=request["python"],
        integrity=request["integrity"],
        sent=request["command"] is None,
    )
    subject.deep = request["deep"]
    if request["command"] is not None:
        # We are a guest in a container of an image: what counts is what it would start, and
        # that we were started by some Python does not make that the application's.
        command, variables = what_runs(request["command"])
        subject.process = PlannedProcess(subject.root, command)
        if variables:
            subject.process.use_environ({**subject.process.environ, **variables})
        subject.running, subject.started = False, True
        subject.command = command
    subject.require_named_interpreter()
    document = take_snapshot(subject, request["target"], request["name"], request["deadline"])
    return (canonical(_hints(subject, document)) + "\n" + readable(document)).encode("ascii")


def _hints(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    hints: dict[str, Any] = {"interpreter": None, "owner": None, "several": False}
    try:
        chosen = subject.interpreters.chosen
        if not chosen.runs_here:
            hints["interpreter"] = chosen.executable
    except Exception:  # no interpreter that we could read: then there is none to hint at
        pass
    try:
        hints["several"] = subject.running and runs_several(subject.root, subject.process)
    except (OSError, ValueError):
        pass
    if document["sections"]["env"]["status"] == "denied":
        try:
            uid = subject.process.identities("Uid")[1]
            gid = subject.process.identities("Gid")[1]
            hints["owner"] = "%d:%d" % (uid, gid)
        except (OSError, ValueError):
            pass
    return hints
