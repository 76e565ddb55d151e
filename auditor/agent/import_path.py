"""Where the application's Python looks for modules, in order, without running it.

What `sys.path` will be follows from the interpreter's layout, the environment and the command
line (https://docs.python.org/3/library/sys_path_init.html) and from `.pth` files
(https://docs.python.org/3/library/site.html). Lines of `.pth` files that run code are told,
never run.
"""

from __future__ import annotations

from .interpreter import is_python, normal
from .root import KIB, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .process import Process
    from .root import Root

MAX_PTH = 256 * KIB
MAX_ENTRIES = 1024
MAX_SIZE = 256 * KIB  # of all entries together


class ImportPath:
    """`entries` as `sys.path` without its first, the script's directory; `code` maps the path
    of each `.pth` file that runs code to its first such line; `user_site` is the enabled user
    site directory, if it exists."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.code: dict[str, str] = {}
        self.user_site: str | None = None
        self.packages: list[str] = []  # the directories that hold distributions
        self.complete = True  # False where a hostile one was cut off
        self._size = 0

    def add(self, entry: str) -> None:
        if entry in self.entries:
            return
        if len(self.entries) < MAX_ENTRIES and self._size + len(entry) <= MAX_SIZE:
            self._size += len(entry)
            self.entries.append(entry)
        else:
            self.complete = False


class Settings:
    """What the environment and the command line tell the interpreter before it starts.

    `argv` is the application's command line, empty where it is not known (yet); `script` is
    the script in it, None where there is none (`-c`, `-m`, standard input); `cwd` is the
    directory it is started in, None where that is not known.
    """

    def __init__(self, environ: dict[str, str], argv: list[str], cwd: str | None = None) -> None:
        self.environ = environ
        self.cwd = cwd
        self.argv = argv if argv and is_python(argv[0]) else []
        self.options, self.script = parse_command_line(self.argv)
        isolated = "I" in self.options
        self.ignores_environment = isolated or "E" in self.options
        self.no_site = "S" in self.options
        self.safe_path = isolated or "P" in self.options or bool(self.variable("PYTHONSAFEPATH"))
        self.no_user_site = isolated or "s" in self.options or self.level("PYTHONNOUSERSITE") > 0

    def variable(self, name: str) -> str:
        return "" if self.ignores_environment else self.environ.get(name, "")

    def level(self, variable: str) -> int:
        """A variable that is read as a number (`0` is off); one that is none counts as 1."""
        value = self.variable(variable)
        if value.isascii() and value.isdigit() and len(value) < 9:
            return int(value)
        return int(bool(value))

    def x_option(self, name: str) -> str | None:
        """The value of `-X name` or `-X name=value`: the last one counts; None if not given."""
        found = None
        for option in self.options:
            key, separator, value = option.partition("=")
            if key == "X" + name:
                found = value if separator else ""
        return found


def parse_command_line(argv: list[str]) -> tuple[list[str], str | None]:
    """The options that Python itself takes, one letter each (`-X` and `-W` with their value),
    and the script that follows them, as Python/getopt.c finds them."""
    options: list[str] = []
    position = 1
    while position < len(argv):
        word = argv[position]
        position += 1
        if word == "-":
            return options, None
        if word == "--":
            return options, argv[position] if position < len(argv) else None
        if not word.startswith("-"):
            return options, word
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                position += 1
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "cm":
                return options, None
            if letter in "XW":
                if not letters and position < len(argv):
                    letters = argv[position]
                    position += 1
                options.append(letter + letters)
                break
            options.append(letter)
    return options, None


def find_import_path(root: Root, interpreter: Interpreter, settings: Settings) -> ImportPath:
    path = ImportPath()
    python_path = settings.variable("PYTHONPATH")
    for entry in python_path.split(":") if python_path else []:
        path.add(entry if entry.startswith("/") else _below(settings.cwd, entry))
    library = interpreter.library
    directory = library.rsplit("/", 1)[0]
    path.add("%s/python%s.zip" % (directory, interpreter.series.replace(".", "")))
    path.add(library)
    if interpreter.implementation == "cpython":
        path.add(library + "/lib-dynload")
    if not settings.no_site:
        for site in _sites(root, path, interpreter, settings):
            _add_site(root, path, site)
    path.packages = [entry for entry in path.entries if entry.startswith("/")]
    return path


def _sites(root: Root, path: ImportPath, interpreter: Interpreter, settings: Settings) -> list[str]:
    """In the order of Lib/site.py: a virtual environment's own, the user's, the base's."""
    sites = list(interpreter.site_directories)
    if interpreter.has_user_site and not settings.no_user_site:
        user_site = _user_site(interpreter, settings)
        if user_site and root.is_dir(user_site):
            path.user_site = user_site
            own = interpreter.prefix + "/" if interpreter.is_venv else None
            before = [site for site in sites if own is not None and site.startswith(own)]
            sites.insert(len(before), user_site)
    return sites


def script_directory(settings: Settings, process: Process) -> str | None:
    """`sys.path[0]`: the script's directory, or the working directory for `-c`, `-m` and
    none; None where Python was told not to add it. A directory or a zip archive that is run
    as a script stands there itself."""
    if settings.safe_path or not settings.argv:
        return None
    if settings.script is None:
        return process.cwd
    script = settings.script
    if not script.startswith("/"):
        script = _below(process.cwd, script)
    try:
        real = process.root.realpath(script)
    except (OSError, ValueError):
        real = script
    if process.root.is_dir(real) or _is_zip(process.root, real):
        return real
    return real.rsplit("/", 1)[0] or "/"


def _is_zip(root: Root, path: str) -> bool:
    """Whether a zip archive's end record (without a comment) ends the file."""
    try:
        size = root.stat(path).st_size
        return size >= 22 and root.head(path, 4, size - 22) == b"PK\5\6"
    except (OSError, ValueError):
        return False


def _below(cwd: str | None, path: str) -> str:
    """A relative path as the process understands it; as it is where we do not know."""
    return path or "." if cwd is None else normal(cwd + "/" + path)


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
                path.add(normal(entry))
