"""The application's Python interpreter: build, versions of what it is linked with, switches.

What its files, its environment and its command line tell is told for any interpreter. The
rest comes from `sys` and the extension modules and is a gap where another interpreter runs
the agent. Switches (`flags.*`) are those of the application, by its environment and command
line (https://docs.python.org/3/using/cmdline.html), not those of the agent's own process.
`modules.missing` are modules of the standard library that it was built or packaged without;
`modules.broken` are there and cannot be loaded, with the loader's words (a library that they
are linked with is gone, or is an older one).
"""

from __future__ import annotations

import sys

from ..application import runs_on_musl
from ..section import IMAGE, RUNTIME, Facts
from .locale import Glibc, Musl, utf8_mode, wanted_locale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..import_path import Settings
    from ..interpreter import Interpreter
    from ..redact import Redactor
    from ..subject import Subject
    from .locale import Libc

SECTION = "python"
ORIGIN = IMAGE

ELSEWHERE = "told only by the interpreter itself: run the agent with it (--python)"
_OWN_FACTS = (
    "build",
    "compiler",
    "abiflags",
    "debug_build",
    "hash.algorithm",
    "hash.width",
    "float.mant_dig",
    "float.max_exp",
    "float.repr_style",
    "openssl.version",
    "sqlite.version",
    "zlib.version",
    "expat.version",
    "unicode.version",
    "modules.missing",
    "modules.broken",
)
# Of the standard library, those that need a system's library or a package of their own: a
# build goes on without them (https://docs.python.org/3/using/configure.html, "Build
# Requirements").
_OPTIONAL_MODULES = (
    "_bz2",
    "_ctypes",
    "_curses",
    "_hashlib",
    "_lzma",
    "_sqlite3",
    "_ssl",
    "_tkinter",
    "_uuid",
    "readline",
    "zlib",
)


def collect(subject: Subject, facts: Facts) -> None:
    interpreters = subject.interpreters
    interpreter = interpreters.chosen
    facts["implementation"] = interpreter.implementation
    facts["series"] = interpreter.series
    facts.attempt("version", lambda: interpreter.version)
    if "version" not in facts:
        facts.gap("version", "no file tells it")
    facts["executable"] = subject.redactor.path(interpreter.executable)
    # How we came to it is no property of the environment, and never a difference.
    facts.identify("chosen_because", interpreters.reason)
    facts["prefix"] = subject.redactor.text(interpreter.prefix)
    facts["base_prefix"] = subject.redactor.text(interpreter.base_prefix)
    facts["environment"] = _environment(interpreter)
    facts["gil"] = not interpreter.series.endswith("t")
    facts["others"] = [subject.redactor.path(path) for path in interpreters.others]
    # Documentation of multiprocessing, "Contexts and start methods".
    forks = interpreter.series_number < (3, 14)
    facts["multiprocessing.start_method"] = "fork" if forks else "forkserver"
    facts.origins["executable"] = RUNTIME
    _flags(subject, interpreter, facts)
    if interpreter.runs_here:
        _own(facts, subject.redactor)
    else:
        for key in _OWN_FACTS:
            facts.gap(key, ELSEWHERE)


def _environment(interpreter: Interpreter) -> str:
    if interpreter.is_venv:
        return "venv" if not interpreter.system_site else "venv with system packages"
    return "conda" if interpreter.is_conda else "none"


def _flags(subject: Subject, interpreter: Interpreter, facts: Facts) -> None:
    """The switches as `sys.flags` will show them, from the options and variables."""
    settings = subject.settings
    options = settings.options

    def level(letter: str, variable: str) -> int:
        """An option can be repeated; the higher of the two counts."""
        return max(options.count(letter), settings.level(variable))

    def switch(letter: str, variable: str) -> bool:
        return level(letter, variable) > 0

    dev_mode = settings.x_option("dev") is not None or bool(settings.variable("PYTHONDEVMODE"))
    flags = {
        "optimize": level("O", "PYTHONOPTIMIZE"),
        "debug": level("d", "PYTHONDEBUG"),
        "unbuffered": switch("u", "PYTHONUNBUFFERED"),
        "dont_write_bytecode": switch("B", "PYTHONDONTWRITEBYTECODE"),
        "no_user_site": settings.no_user_site,
        "no_site": settings.no_site,
        "isolated": "I" in options,
        "ignore_environment": settings.ignores_environment,
        "safe_path": settings.safe_path and interpreter.series_number >= (3, 11),
        "dev_mode": dev_mode,
        "utf8_mode": utf8_mode(interpreter.series_number, settings, _in_c_locale(subject)),
        "hash_randomization": settings.variable("PYTHONHASHSEED") != "0" or "R" in options,
        "hash_seed": _hash_seed(settings),
        "malloc": settings.variable("PYTHONMALLOC") or ("debug" if dev_mode else "default"),
        "warn_default_encoding": settings.x_option("warn_default_encoding") is not None
        or bool(settings.variable("PYTHONWARNDEFAULTENCODING")),
        "int_max_str_digits": settings.x_option("int_max_str_digits")
        or settings.variable("PYTHONINTMAXSTRDIGITS")
        or "4300",
    }
    for name, value in flags.items():
        redacted = subject.redactor.text(value) if isinstance(value, str) else value
        facts["flags." + name] = redacted
        facts.origins["flags." + name] = RUNTIME


def _in_c_locale(subject: Subject) -> bool:
    """Whether LC_CTYPE is the C locale: asked for, or for want of the one that is asked for."""
    name = wanted_locale(subject.environ, "LC_CTYPE")
    libc: Libc = Musl() if runs_on_musl(subject) else Glibc(subject.root, subject.environ)
    return (name or libc.default) == "C" or bool(name and not libc.has(name))


def _hash_seed(settings: Settings) -> str:
    value = settings.variable("PYTHONHASHSEED")
    return value if value.isascii() and value.isdigit() else "random"


def _own(facts: Facts, redactor: Redactor) -> None:
    """What `sys` and the extension modules of the running interpreter tell."""
    build, _, compiler = sys.version.partition("\n")
    if not compiler:
        build, _, compiler = sys.version.partition("[")
        compiler = "[" + compiler
    facts["build"] = build.partition("(")[2].rstrip(") ") or build
    facts["compiler"] = compiler.strip("[] \n")
    facts["abiflags"] = getattr(sys, "abiflags", "")
    facts["debug_build"] = hasattr(sys, "gettotalrefcount")
    facts["hash.algorithm"] = sys.hash_info.algorithm
    facts["hash.width"] = sys.hash_info.width
    facts["float.mant_dig"] = sys.float_info.mant_dig
    facts["float.max_exp"] = sys.float_info.max_exp
    facts["float.repr_style"] = sys.float_repr_style
    facts["modules.missing"] = [name for name in _OPTIONAL_MODULES if not _is_there(name)]
    broken = {}
    # The extension modules themselves: `ssl` and `sqlite3` around them cost ten times as much.
    for key, module, attribute in (
        ("openssl.version", "_ssl", "OPENSSL_VERSION"),
        ("sqlite.version", "_sqlite3", "sqlite_version"),
        ("zlib.version", "zlib", "ZLIB_RUNTIME_VERSION"),
        ("expat.version", "pyexpat", "EXPAT_VERSION"),
        ("unicode.version", "unicodedata", "unidata_version"),
    ):
        try:
            facts[key] = getattr(__import__(module), attribute)
        except ImportError as error:
            if _is_there(module):
                broken[module] = redactor.text(_loaders_words(error))
                facts.gap(key, "%s cannot be loaded" % module)
            else:
                facts.gap(key, "the interpreter has no %s" % module)
        except AttributeError:
            facts.gap(key, "%s does not tell its version" % module)
    facts["modules.broken"] = broken


def _loaders_words(error: ImportError) -> str:
    """`undefined symbol: sqlite3_deserialize`, without the path of the module itself."""
    message = str(error)
    path = error.path or ""
    if path and message.startswith(path):
        message = message[len(path) :].lstrip(": ")
    return message[:200]


def _is_there(module: str) -> bool:
    """Looked for, not imported: loading all of them would cost milliseconds."""
    if module in sys.modules:
        return True
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    return any(finder.find_spec(module, None) is not None for finder in finders)
