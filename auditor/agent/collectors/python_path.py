"""Where the application's Python looks for modules, and what changes that.

- `sys_path`: the search path in order, without the script's own directory
- `script_directory`: what stands before it (`sys.path[0]`)
- `pth.<file>`: the first line of a `.pth` file that runs code at every start
- `sitecustomize`, `usercustomize`: the file that would be imported at every start, and
  `sitecustomize.sha256`, `usercustomize.sha256`: of its content, since a file that is mounted
  over the system's own has the same path
- `user_site`: the enabled user site directory
- `shadowed.<module>`: a file that hides a module of the standard library
"""

from __future__ import annotations

from ..digests import sha256_hex
from ..import_path import script_directory
from ..root import MIB
from ..section import IMAGE, RUNTIME, Facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interpreter import Interpreter
    from ..root import Root
    from ..subject import Subject

SECTION = "python.path"
ORIGIN = RUNTIME

MAX_SHADOWED = 64
MAX_MODULE = MIB  # bytes of a sitecustomize module
# Directories of tests, tools and backports that are meant to stand beside the library.
_NEVER_SHADOWING = frozenset(("test", "tests", "__pycache__", "site-packages", "dist-packages"))


def collect(subject: Subject, facts: Facts) -> None:
    interpreter = subject.interpreters.chosen
    path = subject.import_path
    text = subject.redactor.text
    facts["sys_path"] = [text(entry) for entry in path.entries]
    if not path.complete:
        facts.gap("sys_path.*", "too long: %d entries are looked at" % len(path.entries))
    for pth, line in path.code.items():
        key = "pth." + pth.rsplit("/", 1)[1]
        facts[key] = text(line)
        facts.origins[key] = IMAGE
    if path.user_site:
        facts["user_site"] = text(path.user_site)
    script = None
    if subject.started and subject.running:
        script = facts.attempt(
            "script_directory", script_directory, subject.settings, subject.process
        )
        if script is not None:
            facts["script_directory"] = text(script)
    else:
        facts.gap("script_directory", "the application is not started yet")
    entries = ([script] if script else []) + path.entries
    root = subject.root
    for module in ("sitecustomize", "usercustomize"):
        if subject.settings.no_site or (module == "usercustomize" and not path.user_site):
            continue
        found = _find_module(root, entries, module)
        if found:
            facts[module] = text(found)
            facts.origins[module] = facts.origins[module + ".sha256"] = IMAGE
            facts.attempt(module + ".sha256", _content_digest, root, found)
    for module, found in _shadowed(root, interpreter, entries).items():
        facts["shadowed." + module] = text(found)


def _content_digest(root: Root, path: str) -> str:
    return sha256_hex(root.read(path, MAX_MODULE))


def _find_module(root: Root, entries: list[str], module: str) -> str | None:
    for entry in entries:
        found = root.first_file("%s/%s.py" % (entry, module), "%s/%s/__init__.py" % (entry, module))
        if found:
            return found
    return None


def _shadowed(root: Root, interpreter: Interpreter, entries: list[str]) -> dict[str, str]:
    """Modules that lie on the path before the standard library under one of its names: the
    path of each."""
    found: dict[str, str] = {}
    library = interpreter.library
    if library not in entries:
        return found
    standard = {_module_name(name) for name in root.names(library)} - _NEVER_SHADOWING
    standard.discard("")
    for entry in entries[: entries.index(library)]:
        if not entry.startswith("/"):
            continue
        for name in root.names(entry):
            module = _module_name(name)
            if module in standard and len(found) < MAX_SHADOWED:
                path = entry.rstrip("/") + "/" + name
                if name.endswith(".py") or root.is_file(path + "/__init__.py"):
                    found[module] = path
    return found


def _module_name(entry: str) -> str:
    if entry.endswith(".py"):
        return entry[:-3]
    return "" if "." in entry else entry
