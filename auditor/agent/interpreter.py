"""Which Python is the application's, where it lives, and which others exist.

Everything is read from files, as CPython's own start-up does it (Modules/getpath.py and
Lib/site.py), so that it holds for an interpreter that does not run us, too.
"""

from __future__ import annotations

import sys

from .root import MIB, whole_number
from .section import SectionAbsent, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import Process
    from .root import Root

_NAMES = ("python3", "python", "pypy3", "pypy")
# Where images keep the application's environment. One that stands there was made for the
# application, so it is meant rather than a Python of the system that PATH leads to.
_USUAL_ENVIRONMENTS = ("/venv", "/.venv", "/opt/venv", "/opt/.venv", "/app/.venv", "/app/venv")
# Where they keep an interpreter that no variable and no process points to.
_USUAL_PLACES = (
    *(directory + "/bin" for directory in _USUAL_ENVIRONMENTS),
    "/opt/conda/bin",
    "/opt/app-root/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
)
_CROWDED_PLACES = ("/opt", "/usr/local", "/root/.pyenv/versions", "/home")
MAX_OTHERS = 64
MAX_BINARY = 64 * MIB


class Interpreter:
    """One Python installation as seen on disk.

    - `executable`: the path under which it is started (a virtual environment's link counts).
    - `prefix`, `base_prefix`: as `sys.prefix` and `sys.base_prefix`; they differ in a venv.
    - `series`: `3.11`; `version`: `3.11.2`, or None where no file tells it.
    - `site_directories`: where its packages are, in the order of `sys.path`, without the
      user site.
    - `runs_here`: whether this very interpreter runs the agent, so that `sys` speaks of it.
    """

    def __init__(self, root: Root, executable: str) -> None:
        self.executable = executable
        self.real = root.realpath(executable)
        self.implementation = "pypy" if "pypy" in _name(self.real) else "cpython"
        self.settings = _venv_settings(root, executable)
        self.is_venv = bool(self.settings)
        home = self.settings.get("home")
        bases = [_parent(home)] if home else []
        bases.append(_parent(_parent(self.real)))
        self.base_prefix, self.library = _library(root, bases, _name(self.real))
        self.series = _name(self.library)[len(self.implementation.replace("cpython", "python")) :]
        self.prefix = normal(self.settings["."]) if self.is_venv else self.base_prefix
        self.is_conda = root.is_dir(self.base_prefix + "/conda-meta")
        self.system_site = (
            not self.is_venv
            or self.settings.get("include-system-site-packages", "").lower() == "true"
        )
        self.runs_here = root.live and self._runs_us()
        self.site_directories = self._site_directories(root)
        self._root = root
        self._version: str | None = None

    @property
    def version(self) -> str | None:
        if self._version is None:
            self._version = "%d.%d.%d" % sys.version_info[:3] if self.runs_here else self._told()
        return self._version

    @property
    def series_number(self) -> tuple[int, int]:
        """`(3, 11)`; the oldest that we know where the series is told nowhere."""
        major, _, minor = self.series.rstrip("t").partition(".")
        numbers = whole_number(major), whole_number(minor)
        return (3, 8) if numbers[0] is None or numbers[1] is None else (numbers[0], numbers[1])

    @property
    def has_user_site(self) -> bool:
        """Lib/site.py: a venv without the system's packages has no user site either."""
        return self.system_site

    def _runs_us(self) -> bool:
        """The same binary in the same (virtual) environment; `sys.prefix` is not yet the
        environment's while `site` is switched off, so its settings file decides."""
        from os.path import realpath

        if not sys.executable or realpath(sys.executable) != self.real:
            return False
        from .root import LiveRoot

        return _venv_settings(LiveRoot(), sys.executable).get(".") == self.settings.get(".")

    def _site_directories(self, root: Root) -> list[str]:
        directories = _site_of(root, self.prefix, self.library)
        if self.is_venv and self.system_site:
            directories += _site_of(root, self.base_prefix, self.library)
        return [path for path in dict.fromkeys(directories) if root.is_dir(path)]

    def _told(self) -> str | None:
        """The full version, from the first of the files that hold it."""
        header = self.base_prefix + "/include/python%s/patchlevel.h" % self.series
        marker = b"PY_VERSION "
        try:
            for line in self._root.read(header, MIB).splitlines():
                if line.startswith(b"#define") and marker in line:
                    return line.split(b'"')[1].decode("ascii", "replace")
        except (OSError, ValueError, IndexError):
            pass
        candidates = [self.real]
        for directory in (self.base_prefix + "/lib", self.base_prefix + "/lib64"):
            candidates += self._root.glob(directory, "libpython" + self.series, ".so.1.0")
        for path in candidates:
            found = _version_in_binary(self._root, path, self.series)
            if found:
                return found
        version = self.settings.get("version") or self.settings.get("version_info")
        if version and version.startswith(self.series + "."):
            return ".".join(version.split(".")[:3])
        return None


class Interpreters:
    """The application's interpreter, why it was chosen, and the paths of the others.

    `searched`: the directories of PATH.
    """

    def __init__(self, root: Root, chosen: Interpreter, reason: str, searched: list[str]) -> None:
        self.chosen = chosen
        self.reason = reason
        self.searched = searched
        self._root = root
        self._others: list[str] | None = None

    @property
    def others(self) -> list[str]:
        """Looked for when it is asked for: PATH holds thousands of programs."""
        if self._others is None:
            self._others = _others(self._root, self.chosen, self.searched)
        return self._others


def find_interpreters(
    root: Root, process: Process, named: str | None, started: bool = True
) -> Interpreters:
    """The application's interpreter, by what points to it.

    `named`: the user's word for it; where that is a shell or a wrapper, whose Python its name
    does not tell, the search is as without it. `started`: whether `process` is already the
    application; where it is still to come, the interpreter that runs us may well be its own.
    Raises `SectionAbsent` where there is none, `Unreadable` where the named one is none.
    """
    searched = _search_path(process)
    if named is not None:
        named_one = _named(root, named, searched)
        if named_one is not None:
            return Interpreters(root, named_one, "named", searched)
    for reason, executable in _candidates(root, process, searched, started):
        if root.is_file(executable):
            try:
                return Interpreters(root, Interpreter(root, executable), reason, searched)
            except (OSError, ValueError):
                continue  # a wrapper script or a broken link by that name
    raise SectionAbsent("no Python interpreter found")


def _named(root: Root, name: str, searched: list[str]) -> Interpreter | None:
    """None where it is there, but is no Python by its name."""
    paths = [name] if "/" in name else [directory + "/" + name for directory in searched]
    failure: Exception = Unreadable("the interpreter named by --python does not exist here")
    for path in filter(root.is_file, paths):
        if not is_python(path) and not is_python(root.realpath(path)):
            return None
        try:
            return Interpreter(root, path)
        except (OSError, ValueError) as error:  # a script by that name, such as pyenv's shims
            failure = error
    raise failure


def normal(path: str) -> str:
    """`a/../b` written out, as `os.path.abspath` does."""
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            if names:
                names.pop()
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)


def is_python(path: str) -> bool:
    """Whether a program of this path is a Python interpreter, by its name."""
    name = _name(path)
    for prefix in ("python", "pypy"):
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            return rest == "" or rest.replace(".", "").rstrip("td").isdigit()
    return False


def _candidates(
    root: Root, process: Process, searched: list[str], started: bool
) -> list[tuple[str, str]]:
    found = [("main process", path) for path in _of_process(root, process, searched)]
    try:
        environ = process.environ
    except (OSError, ValueError):
        environ = {}
    found += [
        (variable, environ[variable].rstrip("/") + "/bin/python")
        for variable in ("VIRTUAL_ENV", "CONDA_PREFIX")
        if environ.get(variable)
    ]
    if root.live and not started and sys.executable and not _is_tool_environment(sys.executable):
        found.append(("runs envaudit", sys.executable))
    environments = [path + "/bin" for path in _USUAL_ENVIRONMENTS if _is_environment(root, path)]
    activated = [path for path in searched if _is_environment(root, _parent(path))]
    found += [("PATH", directory + "/python") for directory in activated]
    found += [("usual place", directory + "/python") for directory in environments]
    for directory in searched:
        found += [("PATH", directory + "/" + name) for name in _NAMES]
    for directory in _USUAL_PLACES:
        found += [("usual place", directory + "/" + name) for name in _NAMES]
    for place in _CROWDED_PLACES:
        for name in root.names(place)[:MAX_OTHERS]:
            found.append(("usual place", "%s/%s/bin/python3" % (place, name)))
    return found


def _of_process(root: Root, process: Process, searched: list[str]) -> list[str]:
    """The main process's interpreter under the name it was started with, since that name
    leads to the virtual environment; a process that renamed itself leaves only `exe`."""
    try:
        exe = process.exe
    except (OSError, ValueError):
        return []
    if not is_python(exe):
        return []
    paths = []
    try:
        first = process.argv[0] if process.argv else ""
        if is_python(first):
            if first.startswith("/"):
                paths.append(first)
            elif "/" in first:
                paths.append(process.cwd.rstrip("/") + "/" + first)
            else:
                paths.append(_look_up(root, first, searched) or exe)
        environment = process.environ.get("VIRTUAL_ENV")
        if environment:
            paths.append(environment.rstrip("/") + "/bin/python")
    except (OSError, ValueError):
        pass
    for name in _NAMES:
        path = _look_up(root, name, searched)
        if path:
            paths.append(path)
    same = [path for path in paths if _resolves_to(root, path, exe)]
    return [*same, exe]


def _resolves_to(root: Root, path: str, exe: str) -> bool:
    try:
        return root.realpath(path) == root.realpath(exe)
    except (OSError, ValueError):
        return False


def _is_environment(root: Root, prefix: str) -> bool:
    return root.is_file(prefix + "/pyvenv.cfg")


def _is_tool_environment(executable: str) -> bool:
    """Tool installers give each tool an environment of its own: not the application's."""
    return "/pipx/venvs/" in executable or "/uv/tools/" in executable


def _others(root: Root, chosen: Interpreter, searched: list[str]) -> list[str]:
    places = [*searched, *_USUAL_PLACES]
    for place in _CROWDED_PLACES:
        places += ["%s/%s/bin" % (place, name) for name in root.names(place)[:MAX_OTHERS]]
    seen = {(chosen.real, chosen.prefix)}
    others: list[str] = []
    for place in dict.fromkeys(places):
        for name in root.names(place):
            if not is_python(name) or len(others) >= MAX_OTHERS:
                continue
            path = place + "/" + name
            try:
                real = root.realpath(path)
                settings = _venv_settings(root, path)
            except (OSError, ValueError):
                continue
            key = (real, settings.get(".") or _parent(_parent(real)))
            if key not in seen:
                seen.add(key)
                others.append(path)
    return sorted(others)


def _search_path(process: Process) -> list[str]:
    try:
        path = process.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    except (OSError, ValueError):
        path = "/usr/local/bin:/usr/bin:/bin"
    directories = [directory.rstrip("/") for directory in path.split(":")]
    return [directory for directory in directories if directory.startswith("/")][:64]


def _look_up(root: Root, name: str, directories: list[str]) -> str | None:
    return root.first_file(*[directory + "/" + name for directory in directories])


def _venv_settings(root: Root, executable: str) -> dict[str, str]:
    """`pyvenv.cfg` beside the executable or one above (PEP 405), with its directory as `.`."""
    for directory in (_parent(executable), _parent(_parent(executable))):
        try:
            text = root.text(directory + "/pyvenv.cfg", MIB)
        except (OSError, ValueError):
            continue
        settings = {}
        for line in text.splitlines():
            key, separator, value = line.partition("=")
            if separator:
                settings[key.strip().lower()] = value.strip()
        if "home" in settings:
            settings["."] = directory
            return settings
    return {}


def _library(root: Root, bases: list[str], executable: str) -> tuple[str, str]:
    """(base prefix, directory of the standard library): the landmark is `os.py`."""
    for base in bases:
        for middle in ("/lib", "/lib64"):
            directory = (base if base != "/" else "") + middle
            names = [
                name
                for name in root.names(directory)
                if is_python(name) and root.is_file("%s/%s/os.py" % (directory, name))
            ]
            if executable in names:
                return base, directory + "/" + executable
            if len(names) == 1:
                return base, directory + "/" + names[0]
    raise Unreadable("no standard library found for the interpreter")


def _site_of(root: Root, prefix: str, library: str) -> list[str]:
    name = _name(library)
    lib = _name(_parent(library))
    directories = ["%s/%s/%s/site-packages" % (prefix, lib, name)]
    if lib == "lib64":
        directories.append("%s/lib/%s/site-packages" % (prefix, name))
    if prefix == "/usr" and root.is_dir("/usr/lib/python3/dist-packages"):
        # Debian's own layout: https://wiki.debian.org/Python
        directories = [
            "/usr/local/lib/%s/dist-packages" % name,
            "/usr/lib/python3/dist-packages",
            "/usr/lib/%s/dist-packages" % name,
        ]
    return directories


def _version_in_binary(root: Root, path: str, series: str) -> str | None:
    """CPython keeps PY_VERSION as a string of its own, between zero bytes."""
    if not series:
        return None
    try:
        content = root.read(path, MAX_BINARY)
    except (OSError, ValueError):
        return None
    needle = b"\0" + series.encode("ascii", "replace") + b"."
    start = content.find(needle)
    while start >= 0:
        end = content.find(b"\0", start + 1)
        text = content[start + 1 : end].decode("ascii", "replace")
        patch = text[len(series) + 1 :]
        if 0 < len(patch) <= 8 and patch[0].isdigit():
            return text.rstrip("+")
        start = content.find(needle, start + 1)
    return None


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _parent(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[0] or "/"
