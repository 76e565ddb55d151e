"""Packs the agent: as one script that is piped into a container, and as `envaudit.pyz`.

Both hold the agent's folder, under a package name of its own, so that they cannot meet an
installed `auditor`, and beside it the libraries that it sends along with `--deep`.
"""

from __future__ import annotations

import io
import marshal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, find_spec
from pathlib import Path
from types import CodeType
from typing import Any

from .. import agent
from ..agent.deep.sources import BUNDLED
from ..model import CaptureFailed, UsageError

PACKAGE = "envaudit_agent"
# What only `--deep` needs.
_DEEP = (PACKAGE + ".deep", PACKAGE + ".bundled")
_FOLDER = Path(agent.__file__).parent
# Imported by that name from the root of the archive, or from a folder of its own.
_AT_EXIT = _FOLDER / "at_exit" / "sitecustomize.py"
# 1980 is the earliest date a zip archive can hold: the same bytes from the same source.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16

# Read by every Python, the old ones that it refuses included.
_GATE = """\
import sys
if sys.version_info < (3, 8):
    sys.stderr.write(
        "envaudit: needs Python 3.8 or newer, this is %d.%d\\n" % sys.version_info[:2]
    )
    sys.exit(2)
"""
# What is started in the container; it reads exactly the script and leaves no trace: nothing
# is written, and `-B` keeps even the standard library's bytecode out of the container.
FLAGS = ("-I", "-S", "-B", "-c")
# Imports the agent from MODULES: name -> (is a package, source, or code as `marshal` writes it).
_IMPORTER = """\
from _frozen_importlib import ModuleSpec


class Importer:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in MODULES:
            return ModuleSpec(name, Importer, origin=name, is_package=MODULES[name][0])

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name = module.__spec__.name
        code = MODULES[name][1]
        if code is None:
            code = Importer.get_source(name)
        if isinstance(code, str):
            code = compile(code, "<" + name + ">", "exec", dont_inherit=True)
        elif isinstance(code, bytes):
            code = marshal.loads(code)
        exec(code, module.__dict__)

    @staticmethod
    def get_source(name):
        is_package, code = MODULES[name]
        if isinstance(code, str):
            return code
        path = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
        return __loader__.get_data(path).decode("utf-8")


sys.meta_path.insert(0, Importer)
"""
# An engine may lose us and keep the process's input open: who gets no script ends by himself.
_PATIENCE = """\
try:
    import _signal
except ImportError:
    import signal as _signal
_signal.alarm(60)
"""
_READ_CODE = """\
import marshal


def _read_code():
    from _frozen_importlib_external import MAGIC_NUMBER

    if SIZE and MAGIC_NUMBER == MAGIC:
        for name, code in marshal.loads(sys.stdin.buffer.read(SIZE)).items():
            MODULES[name] = MODULES[name][0], code


_read_code()
_signal.alarm(0)
"""
_SERVE = """\
from envaudit_agent.sent import serve
sys.exit(serve(REQUEST))
"""
# Code compiled for this very Python, where the archive holds such; else zipimport compiles the
# sources, which takes longer than all the collecting.
_MAIN = """\
import sys
if sys.version_info < (3, 8):
    from {package}.__main__ import main  # which refuses it, and runs exec's command
    sys.exit(main())
import marshal


def _precompiled():
    from _frozen_importlib_external import MAGIC_NUMBER

    try:
        data = __loader__.get_data("code/" + sys.implementation.cache_tag)
    except Exception:
        return None
    return marshal.loads(memoryview(data)[16:]) if data[:4] == MAGIC_NUMBER else None


MODULES = _precompiled()
if MODULES is not None:
{importer}
from {package}.__main__ import main
if __name__ == "__main__":
    # Everything is written by descriptors, and taking the interpreter apart takes time.
    __import__("os")._exit(main())
"""
_COMPILE = """\
import marshal, sys
from importlib.util import MAGIC_NUMBER
sources = marshal.loads(sys.stdin.buffer.read())
# Version 2: later ones note which objects are shared, which depends on what else is loaded. From
# CPython 3.14 on code holds slices, which take version 5; this process loads the same every time.
version = 2 if sys.version_info < (3, 14) else 5
# Each module on its own: a start imports half of them.
modules = {}
for name, is_package, source in sources:
    code = None  # what is only sent on to other interpreters stays a text in the archive
    if ".bundled." not in name:
        code = compile(source, "<" + name + ">", "exec", dont_inherit=True, optimize=2)
        code = marshal.dumps(code, version)
    modules[name] = is_package, code
sys.stdout.buffer.write(sys.implementation.cache_tag.encode().ljust(16, b"\\0"))
sys.stdout.buffer.write(MAGIC_NUMBER.ljust(16, b"\\0") + marshal.dumps(modules, version))
"""


def bootstrap(size: int) -> str:
    """The program for `python -c` that reads a script of `size` bytes and runs it."""
    return _GATE + _PATIENCE + f"exec(sys.stdin.buffer.read({size}).decode())"


def script(request: dict[str, Any]) -> tuple[bytes, bytes]:
    """The agent with a request, as one Python program; without `deep/` unless it asks for it.

    Behind it goes the same agent as code that our own Python has compiled before: where the
    container's is of the same series, the program reads it from standard input and need not
    compile the sources; any other leaves it unread.
    """
    modules = {
        name: (is_package, source.decode("utf-8"))
        for name, is_package, source in _modules()
        if request["deep"] or not name.startswith(_DEEP)
    }
    code = _cached_code([name for name in modules if not name.startswith(_DEEP)])
    head = f"import sys\nMODULES = {modules!r}\nREQUEST = {request!r}\n"
    head += f"MAGIC, SIZE = {MAGIC_NUMBER!r}, {len(code)}\n"
    return (head + _READ_CODE + _IMPORTER + _SERVE).encode(), code


def _cached_code(names: list[str]) -> bytes:
    """What is in the cache of our own imports, by module: all of it where pip installed us."""
    found = {}
    for name in names:
        own = agent.__name__ + name.removeprefix(PACKAGE)
        specification = find_spec(own)
        if specification is None or not isinstance(specification.loader, SourceFileLoader):
            continue
        if specification.cached is not None and Path(specification.cached).is_file():
            code = specification.loader.get_code(own)
            if code is not None:
                found[name] = marshal.dumps(_called(code, f"<{name}>"))
    return marshal.dumps(found)


def _called(code: CodeType, name: str) -> CodeType:
    """By the name that it has when it is compiled there: our own paths are nobody's business."""
    constants = tuple(
        _called(constant, name) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    return code.replace(co_filename=name, co_consts=constants)


def zipapp(interpreters: Sequence[str] = (sys.executable,)) -> bytes:
    """`envaudit.pyz`: run as `python3 envaudit.pyz snapshot`.

    It holds the sources, for any Python from 3.8 on, and code compiled by each of the
    `interpreters`, which spares Pythons of its series compiling the sources at every start
    (see bench/startup.py). The same sources and interpreters give the same bytes. Raises
    `UsageError` for an interpreter that does not run or is too old.
    """
    buffer = io.BytesIO()
    importer = textwrap.indent(_IMPORTER, "    ")
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        main = _MAIN.format(importer=importer, package=PACKAGE)
        _add(archive, "__main__.py", main.encode())
        for tag, code in sorted(dict(map(_compiled, sorted(set(interpreters)))).items()):
            _add(archive, f"code/{tag}", code)
        _add(archive, _AT_EXIT.name, _AT_EXIT.read_bytes())
        for name, is_package, source in _modules():
            path = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
            _add(archive, path, source)
    return b"#!/usr/bin/env python3\n" + buffer.getvalue()


def _compiled(interpreter: str) -> tuple[str, bytes]:
    """(cache tag, code of all modules): by a process of its own, whose state is always the
    same."""
    words = [interpreter, "-I", "-S", "-c", _GATE + _COMPILE]
    try:
        ended = subprocess.run(  # noqa: S603 - the user names it
            words, input=marshal.dumps(_modules(), 2), capture_output=True, check=False
        )
    except OSError as error:
        raise UsageError(f"{interpreter}: cannot be started: {error.strerror}") from None
    if ended.returncode != 0:
        said = ended.stderr.decode("utf-8", "backslashreplace").strip().splitlines()[-1:]
        raise UsageError(f"{interpreter}: {(said or ['does not compile the agent'])[0]}")
    tag, code = ended.stdout[:16], ended.stdout[16:]
    return tag.rstrip(b"\0").decode("ascii"), code


def _modules() -> list[tuple[str, bool, bytes]]:
    """(dotted name, is a package, source) of each module of the agent, sorted."""
    modules = []
    for path in sorted(set(_FOLDER.rglob("*.py")) - {_AT_EXIT}):
        parts = [PACKAGE, *path.relative_to(_FOLDER).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        modules.append(
            (".".join(parts[:-1] if is_package else parts), is_package, path.read_bytes())
        )
    modules.append((PACKAGE + ".bundled", True, b'"""Libraries of others, as they are."""\n'))
    for name in BUNDLED:
        specification = find_spec(name)
        if specification is None or specification.origin is None:  # a dependency of ours
            raise CaptureFailed(f"{name} is not installed")
        source = Path(specification.origin).read_bytes()
        modules.append((f"{PACKAGE}.bundled.{name}", False, source))
    return sorted(modules)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _MODE
    archive.writestr(entry, content)
