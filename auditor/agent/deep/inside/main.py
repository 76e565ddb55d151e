"""Runs the steps one by one and answers each on a pipe of its own.

A step that raises is answered with its reason. One that ends the process, or never returns,
leaves its beginning as the last line: whoever reads knows by that which one it was, and starts
the rest again without it.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def main(request: dict[str, Any]) -> None:
    """Answer `request`:

    - `answers`: the descriptor of the pipe
    - `libraries`: the modules to import, in order
    - `nvml`: whether there is an NVIDIA driver to ask
    - `steps`: those to leave out (`done`: answered before, `failed`: ended a process before)
    - `path`: what stands first in `sys.path` for the application, or None
    """
    answers = _Answers(request["answers"])
    if request["path"] is not None and sys.path[:1] == [""]:
        sys.path[0] = request["path"]
    failed = frozenset(request["failed"])
    done = frozenset(request["done"])
    loaded = []
    for module in request["libraries"]:
        step = "import " + module
        if step not in failed and answers.run(step, _import, module):
            loaded.append(module)
    steps = _steps(loaded)
    if request["nvml"]:
        from .nvml import describe

        steps.insert(0, ("nvml", describe))
    for step, ask in steps:
        if step not in failed and step not in done:
            answers.run(step, ask)
    answers.write({"end": True})


def _steps(loaded: list[str]) -> list[tuple[str, Callable[[], Any]]]:
    from .probes import PROBES
    from .threads import pools

    steps: list[tuple[str, Callable[[], Any]]] = [("threads", pools)]
    steps += [("frameworks " + module, partial(framework, module)) for module in loaded]
    for module in ["", *loaded]:
        steps += [("probes " + group, probe) for group, probe in PROBES.get(module, {}).items()]
    return steps


def framework(module: str, gently: bool = False) -> dict[str, Any]:
    from .frameworks import FRAMEWORKS
    from .frameworks.asking import Answers

    answers = Answers(gently)
    FRAMEWORKS[module](answers)
    return answers.facts


def _import(module: str) -> dict[str, Any]:
    imported = __import__(module)
    version = getattr(imported, "__version__", None)
    return {"version": str(version)[:64]} if version is not None else {}


class _Answers:
    """One JSON document a line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._process = os.getpid()

    def write(self, answer: dict[str, Any]) -> None:
        if os.getpid() != self._process:
            os._exit(0)  # a library forked and let the copy run on: it has nothing to say
        content = memoryview(json.dumps(answer).encode("ascii") + b"\n")
        while content:
            content = content[os.write(self._descriptor, content) :]

    def run(self, step: str, ask: Callable[..., Any], *arguments: Any) -> bool:
        self.write({"begin": step})
        try:
            found = ask(*arguments)
        except BaseException as error:  # SystemExit and KeyboardInterrupt as well
            self.write({"step": step, "failed": why(error)})
            return False
        self.write({"step": step, "found": found})
        return True


def why(error: BaseException) -> str:
    """The kind of an exception. Its message may quote anything, but for what an import lacks."""
    kind = type(error).__name__
    if isinstance(error, ImportError) and error.name:
        return "%s: %s" % (kind, str(error.name)[:64])
    return kind
