"""The operating system that the image holds.

- `id`, `id_like` (a list), `version_id`, `codename`, `name`, `variant_id`, `build_id`:
  /etc/os-release, else /usr/lib/os-release (os-release(5)).
- `debian_version`: /etc/debian_version, which names the point release (12.11) where
  os-release names the release (12).
- `arch`: the machine that the image's own programs are built for, in the spelling of
  `uname -m` (elf(5)). It is not the kernel's: under emulation the two differ.
- `libc.family` (glibc, musl): from the loader that the application's Python asks for, or,
  where there is no Python, those programs: an image may hold a second libc.
- `libc.version`: glibc from the name or the banner of its loader (ld.so(8)), musl from apk's
  database or the loader's own string.
- `shell`: the program that /bin/sh leads to (dash, bash, busybox).
- `data`: which of the files are there that libraries read and small images lack: `mime.types`
  (Python's mimetypes), `protocols` (protocols(5)), `terminfo` (terminfo(5)), `machine-id`
  (machine-id(5)), `fonts.conf` (fontconfig).
- `package_manager`: whose database `os.packages` reads.
"""

from __future__ import annotations

from ..elf import read_elf
from ..root import KIB
from ..section import IMAGE, SectionAbsent, Unreadable, why
from .os_packages import APK_DATABASES, find_database, parse_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..elf import Elf
    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "os"
ORIGIN = IMAGE

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
OS_RELEASE_FIELDS = {
    "id": "ID",
    "version_id": "VERSION_ID",
    "codename": "VERSION_CODENAME",
    "name": "PRETTY_NAME",
    "variant_id": "VARIANT_ID",
    "build_id": "BUILD_ID",
}
# Every system is expected to tell these, so these are the gaps when its file is unreadable.
EXPECTED_FIELDS = ("id", "version_id", "codename", "name")

DATA = {
    "fonts.conf": ("/etc/fonts/fonts.conf",),
    "machine-id": ("/etc/machine-id",),
    "mime.types": ("/etc/mime.types",),
    "protocols": ("/etc/protocols",),
    "terminfo": ("/lib/terminfo", "/usr/share/terminfo", "/etc/terminfo", "/usr/lib/terminfo"),
}
SHELL = "/bin/sh"
# Programs of the system itself; one of them exists in every image that has a shell.
PROGRAMS = ("/bin/sh", "/usr/bin/env", "/bin/busybox", "/sbin/ldconfig")
LOADER_DIRECTORIES = ("/lib64", "/lib", "/usr/lib64", "/usr/lib")
MAX_LOADERS = 16  # candidates looked at in an image without any of PROGRAMS
MAX_MUSL_CANDIDATES = 1000

_BANNER = b" release version "


def collect(subject: Subject, facts: Facts) -> None:
    root = subject.root
    collect_os_release(root, facts)
    facts.attempt("debian_version", read_optional, root, "/etc/debian_version")
    facts.attempt("package_manager", package_manager, root)
    facts.attempt("shell", shell, root)
    data = [
        name for name, paths in DATA.items() if any(_holds_something(root, path) for path in paths)
    ]
    if data:
        facts["data"] = data

    program = system_program(subject)
    if program is not None:
        facts["arch"] = program.machine
        loader = (
            interpreters_loader(subject) or program.interpreter or next(iter(loaders(root)), None)
        )
        if loader is not None:
            collect_libc(root, loader, facts)
    elif not facts.values and not facts.gaps:
        raise SectionAbsent("no operating system: neither os-release nor programs")
    else:
        facts.gap("arch", "no program of the system could be read")


def _holds_something(root: Root, path: str) -> bool:
    """A file that is not empty, or a directory with names in it."""
    return root.names(path) != [] or (root.is_file(path) and root.stat(path).st_size > 0)


def shell(root: Root) -> str | None:
    try:
        name = root.realpath(SHELL).rpartition("/")[2]
    except (FileNotFoundError, NotADirectoryError):
        return None
    return name if name != "sh" else None  # which one it is, only the program itself could tell


def collect_os_release(root: Root, facts: Facts) -> None:
    try:
        release = read_os_release(root)
    except (OSError, ValueError) as error:
        for key in EXPECTED_FIELDS:
            facts.gap(key, "os-release: " + why(error))
        return
    for key, field in OS_RELEASE_FIELDS.items():
        if release.get(field):
            facts[key] = release[field]
    if release.get("ID_LIKE"):
        facts["id_like"] = release["ID_LIKE"].split()


def read_os_release(root: Root) -> dict[str, str]:
    for path in OS_RELEASE:
        try:
            return parse_os_release(root.text(path, 64 * KIB))
        except (FileNotFoundError, NotADirectoryError):
            continue
    return {}


def parse_os_release(text: str) -> dict[str, str]:
    """Assignments in the shell's syntax; the last of equal names counts, as in the shell."""
    release = {}
    for line in text.split("\n"):
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            release[name] = unquote(value)
    return release


def unquote(value: str) -> str:
    """A word as the shell reads it, without the expansions that os-release(5) rules out."""
    read = []
    quote = ""
    characters = iter(value)
    for character in characters:
        if character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
        elif character == "\\" and quote != "'":
            escaped = next(characters, "")
            if quote and escaped not in '"\\$`':
                read.append("\\")
            read.append(escaped)
        else:
            read.append(character)
    return "".join(read)


def read_optional(root: Root, path: str) -> str | None:
    try:
        return root.text(path, 4 * KIB).strip() or None
    except FileNotFoundError:
        return None


def package_manager(root: Root) -> str | None:
    database = find_database(root)
    return None if database is None else database.manager


def system_program(subject: Subject) -> Elf | None:
    """A program that belongs to the system; in an image without a shell (distroless) the
    loader, in one without any (a static binary alone) the application itself."""
    root = subject.root
    for path in PROGRAMS:
        program = elf_or_none(root, path)
        if program is not None:
            return program
    for path in loaders(root):
        program = elf_or_none(root, path)
        if program is not None:
            return program
    try:
        return elf_or_none(root, subject.process.exe)
    except (OSError, ValueError):  # nothing runs, and no configuration says what would
        return None


def interpreters_loader(subject: Subject) -> str | None:
    """The loader of the application's Python; None without a Python, or for a static build."""
    try:
        python = elf_or_none(subject.root, subject.interpreters.chosen.real)
    except (OSError, ValueError, SectionAbsent):
        return None
    return None if python is None else python.interpreter


def elf_or_none(root: Root, path: str) -> Elf | None:
    try:
        return read_elf(root, path)
    except (OSError, ValueError):
        return None


def loaders(root: Root) -> list[str]:
    found = [
        path
        for directory in LOADER_DIRECTORIES
        for path in root.glob(directory, "ld")
        if ".so" in path and libc_family(path) is not None
    ]
    return found[:MAX_LOADERS]


def libc_family(loader: str) -> str | None:
    name = loader.rpartition("/")[2]
    if name.startswith("ld-musl"):
        return "musl"
    # ld-linux-x86-64.so.2, ld-2.31.so; ld64.so.1 on s390x and ppc64le, ld.so.1 on MIPS.
    if name.startswith(("ld-linux", "ld-2.", "ld64.so", "ld.so")):
        return "glibc"
    return None


def collect_libc(root: Root, loader: str, facts: Facts) -> None:
    family = libc_family(loader)
    if family is None:
        facts.gap("libc.family", "the programs' loader is neither glibc's nor musl's")
        return
    facts["libc.family"] = family
    read_version = glibc_version if family == "glibc" else musl_version
    facts.attempt("libc.version", read_version, root, loader)


def glibc_version(root: Root, loader: str) -> str:
    path = root.realpath(loader)
    directory, _, name = path.rpartition("/")
    # Until 2.33 the loader is a link to a file with the version in its name.
    if name.startswith("ld-2.") and name.endswith(".so"):
        return name[len("ld-") : -len(".so")]
    # Since 2.33 the loader carries the banner; it is a tenth of libc.so.6.
    for candidate in (path, directory + "/libc.so.6"):
        version = banner_version(root.read(candidate))
        if version is not None:
            return version
    raise Unreadable("no version in the loader or libc.so.6")


def banner_version(content: bytes) -> str | None:
    """`... (Debian GLIBC 2.36-9) stable release version 2.36.`"""
    start = content.find(_BANNER)
    if start < 0:
        return None
    start += len(_BANNER)
    words = content[start : start + 32].split()
    return words[0].rstrip(b".").decode("ascii", "replace") if words else None


def musl_version(root: Root, loader: str) -> str:
    for path in APK_DATABASES:
        if root.is_file(path):
            version = apk_version(b"\n" + root.read(path), b"musl")
            if version is not None:
                return version
    version = musl_own_version(root.read(loader))
    if version is None:
        raise Unreadable("no version in the loader")
    return version


def apk_version(content: bytes, package: bytes) -> str | None:
    """The upstream part of an installed package's version: 1.2.5 of 1.2.5-r9."""
    start = content.find(b"\nP:" + package + b"\n")
    if start < 0:
        return None
    version = parse_field(content[start : start + 4 * KIB].split(b"\n\n", 1)[0], b"V")
    return version.partition(b"-")[0].decode("ascii", "replace") or None


def musl_own_version(content: bytes) -> str | None:
    """musl keeps its version as a string of its own (`__libc_version`), all digits and dots."""
    start = content.find(b"\x001.")
    for _ in range(MAX_MUSL_CANDIDATES):
        if start < 0:
            break
        word = content[start + 1 : start + 17].split(b"\0", 1)[0]
        if word.count(b".") == 2 and word.replace(b".", b"").isdigit():
            return word.decode("ascii")
        start = content.find(b"\x001.", start + 1)
    return None
