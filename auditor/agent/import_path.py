"""Where the application's Python looks for modules, in order, without running it.

What `sys.path` will be follows from the interpreter's layout, the environment and the command
line (https://docs.python.org/3/library/sys_path_init.html) and from `.pth` files
(https://docs.python.org/3/library/site.html). Lines of `.pth` files that run code are told,
never run.
"""

from __future__ import annotations

from .interpreter import is_python
from .root import KIB, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .process import Process
    from .root import Root

MAX_PTH = 256 * KIB
MAX_ENTRIES = 1024


class ImportPath:
    """`entries` as `sys.path` without its first, the script's directory; `code` maps the path
    of each `.pth` file that runs code to its first such line; `user_site` is the enabled user
    site directory, if it exists."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.code: dict[str, str] = {}
        self.user_site: str | None = None
        self.packages: list[str] = []  # the directories that hold distributions

    def add(self, entry: str) -> None:
        if entry not in self.entries and len(self.entries) < MAX_ENTRIES:
            self.entries.append(entry)


class Settings:
    """What the environment and the command line tell the interpreter before it starts.

    `argv` is the application's command line, empty where it is not known (yet).
    """

    def __init__(self, environ: dict[str, str], argv: list[str]) -> None:
        self.environ = environ
        self.argv = argv if argv and is_python(argv[0]) else []
        self.options = interpreter_options(self.argv)
        isolated = "I" in self.options
        self.ignores_environment = isolated or "E" in self.options
        self.no_site = "S" in self.options
        self.safe_path = isolated or "P" in self.options or bool(self.variable("PYTHONSAFEPATH"))
        self.no_user_site = (
            isolated or "s" in self.options or bool(self.variable("PYTHONNOUSERSITE"))
        )

    def variable(self, name: str) -> str:
        return "" if self.ignores_environment else self.environ.get(name, "")

    def x_option(self, name: str) -> str | None:
        """The value of `-X name` or `-X name=value`: the last one counts; None if not given."""
        found = None
        for option in self.options:
            key, separator, value = option.partition("=")
            if key == "X" + name:
                found = value if separator else ""
        return found


def interpreter_options(argv: list[str]) -> list[str]:
    """The options that Python itself takes, one letter each; `-X` and `-W` with their value.

    Ends at the script, `-c` or `-m`, as Python's own parsing does.
    """
    options: list[str] = []
    position = 1
    while position < len(argv):
        word = argv[position]
        position += 1
        if not word.startswith("-") or word in ("-", "--"):
            break
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                position += 1
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "cm":
                return options
            if letter in "XW":
                if not letters and position < len(argv):
                    letters = argv[position]
                    position += 1
                options.append(letter + letters)
                break
            options.append(letter)
    return options


def find_import_path(root: Root, interpreter: Interpreter, settings: Settings) -> ImportPath:
    path = ImportPath()
    python_path = settings.variable("PYTHONPATH")
    for entry in python_path.split(":") if python_path else []:
        path.add(entry or ".")
    library = interpreter.library
    directory = library.rsplit("/", 1)[0]
    path.add("%s/python%s.zip" % (directory, interpreter.series.replace(".", "")))
    path.add(library)
    if interpreter.implementation == "cpython":
        path.add(library + "/lib-dynload")
    if settings.no_site:
        path.packages = list(path.entries)
        return path
    if interpreter.has_user_site and not settings.no_user_site:
        user_site = _user_site(interpreter, settings)
        if user_site and root.is_dir(user_site):
            path.user_site = user_site
            _add_site(root, path, user_site)
    for site in interpreter.site_directories:
        _add_site(root, path, site)
    path.packages = [entry for entry in path.entries if entry.startswith("/")]
    return path


def script_directory(settings: Settings, process: Process) -> str | None:
    """`sys.path[0]`: the script's directory, or the working directory for `-c`, `-m` and
    none; None where Python was told not to add it."""
    argv = settings.argv
    if settings.safe_path or not argv:
        return None
    for position, word in enumerate(argv[1:], 1):
        if word in ("-c", "-m", "-"):
            break
        if word.startswith("-"):
            continue
        if argv[position - 1] in ("-X", "-W"):
            continue
        script = word if word.startswith("/") else process.cwd.rstrip("/") + "/" + word
        try:
            real = process.root.realpath(script)
        except (OSError, ValueError):
            real = script
        return real if process.root.is_dir(real) else real.rsplit("/", 1)[0] or "/"
    return process.cwd


def _user_site(interpreter: Interpreter, settings: Settings) -> str | None:
    base = settings.variable("PYTHONUSERBASE")
    if not base:
        home = settings.environ.get("HOME", "")
        if not home.startswith("/"):
            return None
        base = home.rstrip("/") + "/.local"
    return "%s/lib/python%s/site-packages" % (base, interpreter.series)


def _add_site(root: Root, path: ImportPath, site: str) -> None:
    """`site.addsitedir`: the directory, then the lines of its `.pth` files in sorted order."""
    path.add(site)
    for pth in root.glob(site, suffix=".pth"):
        if pth.rsplit("/", 1)[1].startswith("."):
            continue  # hidden files are skipped since 3.13 and its security backports
        try:
            lines = decode(root.read(pth, MAX_PTH)).splitlines()
        except (OSError, ValueError):
            continue
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            if line.startswith(("import ", "import\t")):
                path.code.setdefault(pth, line.strip()[:200])
                continue
            entry = line.rstrip()
            entry = entry if entry.startswith("/") else site + "/" + entry
            if root.exists(entry):
                path.add(_normal(entry))


def _normal(path: str) -> str:
    """`a/../b` written out, as `os.path.abspath` does for the lines of a `.pth` file."""
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            if names:
                names.pop()
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)
