"""Which locale holds for each category, and the encodings that Python derives from it.

- `lc_ctype`, `lc_collate`, ...: the first of LC_ALL, LC_x and LANG that is not empty
  (locale(7)), else `C`; `C` as well where glibc has no such locale, since it then stays in the
  C locale. A program that calls `setlocale(LC_ALL, "")` gets C in every category when one is
  missing.
- `missing`: the locales that are asked for and not installed.
- `charset`: nl_langinfo(CODESET) in that LC_CTYPE (glibc's C locale: ANSI_X3.4-1968).
- `python.utf8_mode`; `python.preferred_encoding` (`locale.getpreferredencoding(False)`);
  `python.filesystem_encoding`; `python.stdin`, `.stdout`, `.stderr` as `ENCODING:ERRORS`. They
  follow CPython's Python/preconfig.c and initconfig.c (PEP 538, PEP 540, PEP 686), with names
  of codecs as Python spells them.

Where glibc looks for locales (locale/findlocale.c, locale/loadarchive.c): directories of
LOCPATH, else /usr/lib/locale/locale-archive and the directories beside it. C.UTF-8 is no
exception: it has to be installed. Locale aliases (locale.alias) are not followed. musl accepts
every name and knows UTF-8 only.
"""

from __future__ import annotations

import sys

from ..application import find_interpreter, runs_on_musl
from ..section import RUNTIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..import_path import Settings
    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "locale"
ORIGIN = RUNTIME

CATEGORIES = ("LC_CTYPE", "LC_COLLATE", "LC_NUMERIC", "LC_TIME", "LC_MONETARY", "LC_MESSAGES")
DEFAULT_DIRECTORY = "/usr/lib/locale"
ASCII = "ANSI_X3.4-1968"  # what glibc calls the charset of its C locale
MAX_NAME = 256
MAX_DIRECTORIES = 16

# glibc: locale/locarchive.h and locale/localeinfo.h.
_ARCHIVE_MAGIC = 0xDE020109
_ARCHIVE_HEAD = 14 * 4
_ENTRY = 12  # of the table of names: hash, offset of the name, offset of the record
_MAX_ENTRIES = 65536
_CODESET_ITEM = 14  # _NL_CTYPE_CODESET_NAME
CHARSET_ALIASES = {
    "l1": "iso88591",
    "l2": "iso88592",
    "latin1": "iso88591",
    "latin2": "iso88592",
    "latin-9": "iso885915",
}
# Coercion tries these in turn (PEP 538).
COERCION_TARGETS = ("C.UTF-8", "C.utf8", "UTF-8")


def collect(subject: Subject, facts: Facts) -> None:
    subject.require_running()
    environ = subject.environ
    libc: Libc = Musl() if runs_on_musl(subject) else Glibc(subject.root, environ)
    wanted = {category: wanted_locale(environ, category) for category in CATEGORIES}
    missing = {name for name in wanted.values() if name and not libc.has(name)}
    effective = {
        category: "C" if name in missing else name or libc.default
        for category, name in wanted.items()
    }
    for category, name in effective.items():
        facts[category.lower()] = subject.redactor.text(name)
    facts["missing"] = sorted(subject.redactor.text(name[:MAX_NAME]) for name in missing)

    ctype = effective["LC_CTYPE"]
    facts["charset"] = subject.redactor.text(libc.charset(ctype))
    interpreter = find_interpreter(subject)
    if interpreter is not None:
        collect_encodings(interpreter.series_number, subject.settings, libc, ctype, facts)
        for key in facts.values:
            if key.startswith("python.") and isinstance(facts[key], str):
                facts[key] = subject.redactor.text(facts[key])


def wanted_locale(environ: dict[str, str], category: str) -> str:
    for variable in ("LC_ALL", category, "LANG"):
        if environ.get(variable):
            name = environ[variable]
            return "C" if name == "POSIX" else name
    return ""


# -- what the C library knows -----------------------------------------------------------------


class Libc:
    """`default`: the locale where nothing is asked for."""

    default = "C"

    def has(self, name: str) -> bool:
        raise NotImplementedError

    def charset(self, name: str) -> str:
        """Of a locale that it has."""
        raise NotImplementedError


class Musl(Libc):
    """src/locale/locale_map.c and langinfo.c."""

    default = "C.UTF-8"

    def has(self, name: str) -> bool:  # noqa: ARG002  it takes any
        return True

    def charset(self, name: str) -> str:
        return "ASCII" if name == "C" else "UTF-8"


class Glibc(Libc):
    def __init__(self, root: Root, environ: dict[str, str]) -> None:
        self._root = root
        self._directories = [DEFAULT_DIRECTORY]
        self._use_archive = True
        if environ.get("LOCPATH"):
            listed = [path for path in environ["LOCPATH"].split(":") if path.startswith("/")]
            self._directories = [*listed[:MAX_DIRECTORIES], DEFAULT_DIRECTORY]
            self._use_archive = False
        self._archive: dict[str, int] | None = None
        self._charsets: dict[str, str | None] = {"C": ASCII}

    def has(self, name: str) -> bool:
        return self._charset(name) is not None

    def charset(self, name: str) -> str:
        return self._charset(name) or ASCII

    def _charset(self, name: str) -> str | None:
        """The charset of an installed locale; None for one that is not installed."""
        if name not in self._charsets:
            self._charsets[name] = self._find(name)
        return self._charsets[name]

    def _find(self, name: str) -> str | None:
        if len(name) > MAX_NAME or "/" in name or name in (".", ".."):
            return None  # a path is refused or means a directory that no image uses
        language, codeset, modifier = explode(name)
        if self._use_archive:
            record = self._archive_names().get(archive_name(language, codeset, modifier))
            if record is not None:
                return self._charset_of(self._archive_path, self._ctype_offset(record))
        for directory in self._directories:
            for candidate in directory_names(language, codeset, modifier):
                path = "%s/%s/LC_CTYPE" % (directory, candidate)
                if not self._root.is_file(path):
                    continue
                charset = self._charset_of(path, 0)
                # A locale found under a shorter name counts only with the charset asked for.
                if not codeset or same_charset(codeset, charset):
                    return charset
        return None

    @property
    def _archive_path(self) -> str:
        return DEFAULT_DIRECTORY + "/locale-archive"

    def _archive_names(self) -> dict[str, int]:
        """Name -> offset of its record, from the archive's table of names."""
        if self._archive is None:
            try:
                self._archive = read_archive(self._root, self._archive_path)
            except (OSError, ValueError, IndexError):
                self._archive = {}
        return self._archive

    def _ctype_offset(self, record: int) -> int:
        # A record counts its users, then gives (offset, length) for each category; LC_CTYPE is 0.
        return _number(self._root.head(self._archive_path, 4, record + 4), 0)

    def _charset_of(self, path: str, start: int) -> str:
        """A category's data: magic, number of items, then the items' offsets."""
        try:
            place = self._root.head(path, 4, start + 8 + 4 * _CODESET_ITEM)
            text = self._root.head(path, 64, start + _number(place, 0))
            return text.split(b"\0", 1)[0].decode("ascii", "replace")
        except (OSError, ValueError, IndexError):
            return ""  # installed, but nothing tells which charset


def read_archive(root: Root, path: str) -> dict[str, int]:
    head = root.head(path, _ARCHIVE_HEAD)
    if len(head) < _ARCHIVE_HEAD or _number(head, 0) != _ARCHIVE_MAGIC:
        return {}
    table_offset, table_size = _number(head, 2), min(_number(head, 4), _MAX_ENTRIES)
    names_offset, names_size = _number(head, 5), _number(head, 6)
    table = root.head(path, table_size * _ENTRY, table_offset)
    names = root.head(path, min(names_size, 1 << 22), names_offset)
    found = {}
    for position in range(0, len(table) - _ENTRY + 1, _ENTRY):
        name_offset = _number(table, position // 4 + 1)
        record = _number(table, position // 4 + 2)
        start = name_offset - names_offset
        if record and 0 <= start < len(names):  # a locale that was removed has no record
            name = names[start : names.find(b"\0", start)]
            found[name.decode("utf-8", "backslashreplace")] = record
    return found


def _number(content: bytes, index: int) -> int:
    """The `index`th 32-bit number; locales are compiled for the machine's own byte order."""
    return int.from_bytes(content[4 * index : 4 * index + 4], sys.byteorder)


def explode(name: str) -> tuple[str, str, str]:
    """`language_TERRITORY`, codeset and modifier of `de_DE.UTF-8@euro`."""
    name, _, modifier = name.partition("@")
    language, _, codeset = name.partition(".")
    return language, codeset, modifier


def archive_name(language: str, codeset: str, modifier: str) -> str:
    """The archive has names with a normalised codeset only."""
    return join(language, normalised(codeset), modifier)


def directory_names(language: str, codeset: str, modifier: str) -> list[str]:
    """The directories that glibc tries, the most precise first (intl/l10nflist.c)."""
    names = []
    for with_modifier in dict.fromkeys([modifier, ""]):
        for place in dict.fromkeys([language, language.partition("_")[0]]):
            charsets = dict.fromkeys([codeset, normalised(codeset), ""])
            names += [join(place, charset, with_modifier) for charset in charsets]
    return names


def join(language: str, codeset: str, modifier: str) -> str:
    return language + ("." + codeset if codeset else "") + ("@" + modifier if modifier else "")


def normalised(codeset: str) -> str:
    """glibc's _nl_normalize_codeset: letters and digits; `iso` before digits alone."""
    kept = "".join(character for character in codeset if character.isalnum()).lower()
    return "iso" + kept if kept.isdigit() else kept


def same_charset(first: str, second: str) -> bool:
    """Whether two names mean one charset to glibc's iconv, which knows them by alias only."""
    return canonical_charset(first) == canonical_charset(second)


def canonical_charset(name: str) -> str:
    name = name.lower()
    return CHARSET_ALIASES.get(name) or "".join(filter(str.isalnum, name))


# -- what Python makes of it ------------------------------------------------------------------


def collect_encodings(
    version: tuple[int, int], settings: Settings, libc: Libc, ctype: str, facts: Facts
) -> None:
    mode = utf8_mode(version, settings, legacy=ctype == "C")
    if ctype == "C" and coerces(settings):
        ctype = next((target for target in COERCION_TARGETS if libc.has(target)), ctype)
    locale_encoding = "utf-8" if mode else codec_name(libc.charset(ctype))
    encoding, errors = standard_streams(settings, mode, ctype, locale_encoding)
    facts["python.utf8_mode"] = mode
    facts["python.preferred_encoding"] = locale_encoding
    facts["python.filesystem_encoding"] = locale_encoding
    facts["python.stdin"] = facts["python.stdout"] = "%s:%s" % (encoding, errors)
    facts["python.stderr"] = encoding + ":backslashreplace"


def utf8_mode(version: tuple[int, int], settings: Settings, legacy: bool) -> bool:
    """PEP 540; the C locale (`legacy`) switches it on, since 3.15 it is the default (PEP 686)."""
    option = settings.x_option("utf8")
    if option is not None:
        return option != "0"
    variable = settings.variable("PYTHONUTF8")
    if variable:
        return variable != "0"
    return legacy or version >= (3, 15)


def coerces(settings: Settings) -> bool:
    """PEP 538: LC_CTYPE is replaced in the C locale, unless LC_ALL is set or it is forbidden."""
    return settings.variable("PYTHONCOERCECLOCALE") != "0" and not settings.environ.get("LC_ALL")


def standard_streams(
    settings: Settings, mode: bool, ctype: str, locale_encoding: str
) -> tuple[str, str]:
    """Encoding, and the error handler of stdin and stdout."""
    told, _, errors = settings.variable("PYTHONIOENCODING").partition(":")
    if told and not errors:
        errors = "strict"
    if not errors:
        lenient = mode or ctype == "C" or ctype in COERCION_TARGETS
        errors = "surrogateescape" if lenient else "strict"
    return codec_name(told) if told else locale_encoding, errors


def codec_name(charset: str) -> str:
    """Python's own name for a charset: `utf-8`, `iso8859-1`, `ascii`."""
    if normalised(charset) in ("utf8", ""):
        return "utf-8"
    if charset == ASCII:
        return "ascii"
    import codecs  # always loaded; what is looked up here may load a codec

    try:
        return codecs.lookup(charset[:64]).name
    except (LookupError, ValueError):
        return charset[:64].lower()
