"""Packs the agent: as one script that is piped into a container, and as `envaudit.pyz`.

Both hold the agent's folder alone, under a package name of its own, so that they cannot meet
an installed `auditor`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from .. import agent

PACKAGE = "envaudit_agent"
_FOLDER = Path(agent.__file__).parent
# 1980 is the earliest date a zip archive can hold: the same bytes from the same source.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16

_GATE = """\
import sys
if sys.version_info < (3, 8):
    sys.exit("envaudit: needs Python 3.8 or newer, this is %d.%d" % sys.version_info[:2])
"""
# What is started in the container; it reads exactly the script and leaves no trace: nothing
# is written, and `-B` keeps even the standard library's bytecode out of the container.
FLAGS = ("-I", "-S", "-B", "-c")
_RUNNER = """\
from _frozen_importlib import ModuleSpec


class Importer:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in SOURCES:
            return ModuleSpec(name, Importer, origin=name, is_package=SOURCES[name][0])

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name = module.__spec__.name
        code = compile(SOURCES[name][1], "<" + name + ">", "exec", dont_inherit=True)
        exec(code, module.__dict__)


sys.meta_path.insert(0, Importer)
sys.modules[__name__].__dict__["SOURCES"] = SOURCES
from envaudit_agent.sent import serve
sys.exit(serve(REQUEST))
"""


def bootstrap(size: int) -> str:
    """The program for `python -c` that reads a script of `size` bytes and runs it."""
    return _GATE + f"exec(sys.stdin.buffer.read({size}).decode())"


def script(request: dict[str, Any]) -> bytes:
    """The agent with a request, as one Python program."""
    modules = {
        name: (is_package, source.decode("utf-8")) for name, is_package, source in _modules()
    }
    return f"import sys\nSOURCES = {modules!r}\nREQUEST = {request!r}\n{_RUNNER}".encode()


def zipapp() -> bytes:
    """`envaudit.pyz`: run as `python3 envaudit.pyz snapshot`. Reproducible."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        main = (
            "import sys\n"
            f"from {PACKAGE}.__main__ import main\n"
            "if __name__ == '__main__':\n"
            "    sys.exit(main())\n"
        )
        _add(archive, "__main__.py", main.encode())
        for name, is_package, source in _modules():
            path = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
            _add(archive, path, source)
    return b"#!/usr/bin/env python3\n" + buffer.getvalue()


def _modules() -> list[tuple[str, bool, bytes]]:
    """(dotted name, is a package, source) of each module of the agent, sorted."""
    modules = []
    for path in sorted(_FOLDER.rglob("*.py")):
        parts = [PACKAGE, *path.relative_to(_FOLDER).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        modules.append(
            (".".join(parts[:-1] if is_package else parts), is_package, path.read_bytes())
        )
    return modules


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _MODE
    archive.writestr(entry, content)
