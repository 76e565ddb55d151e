"""Which time zone holds, which zone data decides it, and whether the clock is to be trusted.

- `timezone`: TZ (tzset(3)), else the zone that the link /etc/localtime leads to, else the name
  in /etc/timezone, else `UTC`, which libc falls back to. `timezone.source` says which.
- `valid`: whether TZ names a zone file that exists, or is a rule of its own (`CET-1CEST`); libc
  silently takes UTC for a zone that it does not find.
- `utc_offset`: standard time's seconds east of UTC, and `dst`: the rule for summer time as
  POSIX writes it (`CET-1CEST,M3.5.0,M10.5.0/3`), or `none`. Both from the last line of the zone
  file (RFC 9636, section 3.3), so that they do not change with the seasons.
- `etc_timezone`: the name in /etc/timezone, which some libraries trust instead.
- `tzdata.version`, `tzdata.source`: of the zone data that Python's `zoneinfo` would use: the
  system's, else the package `tzdata`; `none` where there is neither.
- `faketime`: whether libfaketime is loaded in front of libc; `faketime.spec`: its FAKETIME.
- `clocksource`: of the host, /sys/devices/system/clocksource (kernel documentation
  timers/timekeeping).
"""

from __future__ import annotations

from ..application import find_interpreter, preloaded_for_all
from ..root import KIB, MIB, whole_number
from ..section import EVERYTHING_ELSE, HOST, RUNTIME, Unreadable, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "time"
ORIGIN = RUNTIME

ZONES = "/usr/share/zoneinfo"
LOCALTIME = "/etc/localtime"
MAX_ZONE_FILE = 256 * KIB  # the largest of tzdata's has 4 KiB
CLOCKSOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
MAX_RULE = 128
MAX_DIRECTORIES = 16
UTC = "UTC0"
ALWAYS_UTC = ("UTC", "GMT")  # names for which libc needs no zone file
DAY = 24 * 3600


def collect(subject: Subject, facts: Facts) -> None:
    facts.attempt("etc_timezone", lambda: optional_text(subject, etc_timezone(subject.root)))
    collect_tzdata(subject, facts)
    if not subject.running:
        facts.gap(EVERYTHING_ELSE, "not running: decided when the container is started")
        return
    collect_zone(subject, facts)
    collect_faketime(subject, facts)
    facts.origins["clocksource"] = HOST
    facts.attempt("clocksource", clocksource, subject.root)


# -- the zone ---------------------------------------------------------------------------------


class Zone:
    """A zone as it was found: its name, where that was told, and its rule (None: no such zone)."""

    def __init__(self, name: str, source: str, rule: str | None) -> None:
        self.name = name
        self.source = source
        self.rule = rule


def collect_zone(subject: Subject, facts: Facts) -> None:
    try:
        zone = find_zone(subject)
    except (OSError, ValueError) as error:
        for key in ("timezone", "timezone.source", "valid", "utc_offset", "dst"):
            facts.gap(key, why(error))
        return
    facts["timezone"] = subject.redactor.text(zone.name)
    facts["timezone.source"] = zone.source
    facts["valid"] = zone.rule is not None
    if zone.rule == "":
        facts.gap("utc_offset", "the zone file has no rule")
        facts.gap("dst", "the zone file has no rule")
        return
    rule = UTC if zone.rule is None else zone.rule  # what libc does with an unknown zone
    facts["utc_offset"], summer = read_rule(rule)
    facts["dst"] = subject.redactor.text(rule) if summer else "none"


def find_zone(subject: Subject) -> Zone:
    root, environ = subject.root, subject.environ
    told = environ.get("TZ")
    if told is None:
        return local_zone(root)
    name = told[1:] if told.startswith(":") else told
    if not name:
        return Zone("UTC", "TZ", UTC)
    directory = environ.get("TZDIR") or ZONES
    path = name if name.startswith("/") else directory.rstrip("/") + "/" + name
    rule = None if ".." in name.split("/") else zone_file_rule(root, path)
    if rule is None and (is_rule(name) or name in ALWAYS_UTC):
        rule = UTC if name in ALWAYS_UTC else name
    return Zone(zone_name(name), "TZ", rule)


def local_zone(root: Root) -> Zone:
    rule = zone_file_rule(root, LOCALTIME)
    if rule is None:
        return Zone("UTC", "default", UTC)
    if root.is_link(LOCALTIME):
        target = root.readlink(LOCALTIME)
        if "/zoneinfo/" in target:
            return Zone(zone_name(target), LOCALTIME, rule)
    return Zone(etc_timezone(root) or "unknown", "/etc/timezone", rule)


def zone_name(path: str) -> str:
    """`Europe/Berlin` of a path to a zone file."""
    name = path.rpartition("/zoneinfo/")[2]
    return name[len("posix/") :] if name.startswith("posix/") else name


def zone_file_rule(root: Root, path: str) -> str | None:
    """The rule at the end of a zone file, empty in an old one; None where there is no such file."""
    try:
        content = root.read(path, MAX_ZONE_FILE)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    if content[:4] != b"TZif":
        return None
    version = content[4:5]
    lines = content.rstrip(b"\n").rsplit(b"\n", 1)
    rule = lines[1].decode("ascii", "replace") if version >= b"2" and len(lines) == 2 else ""
    return rule if is_rule(rule) else ""


# -- POSIX rules ------------------------------------------------------------------------------


def is_rule(text: str) -> bool:
    try:
        read_rule(text)
    except ValueError:
        return False
    return True


def read_rule(text: str) -> tuple[int, bool]:
    """Standard offset in seconds east of UTC, and whether there is summer time.

    `std offset [dst [offset] [,start[/time],end[/time]]]` (POSIX, Other Environment Variables).
    """
    if len(text) > MAX_RULE:
        raise Unreadable("not a time zone rule")
    rest = after_name(text)
    end = 0
    while end < len(rest) and (rest[end].isdigit() or rest[end] in ":+-"):
        end += 1
    sign = 1 if rest.startswith("-") else -1  # POSIX counts west of Greenwich
    parts = [whole_number(part) for part in rest[:end].lstrip("+-").split(":")]
    if None in parts or len(parts) > 3:
        raise Unreadable("not a time zone rule")
    seconds = sum((part or 0) * unit for part, unit in zip(parts, (3600, 60, 1)))
    if seconds > DAY:
        raise Unreadable("not a time zone rule")
    if rest[end:]:
        after_name(rest[end:])
    return sign * seconds, bool(rest[end:])


def after_name(text: str) -> str:
    """What follows the abbreviation: three letters or more, or anything in angle brackets."""
    if text.startswith("<"):
        name, separator, rest = text[1:].partition(">")
        if not separator or not name:
            raise Unreadable("not a time zone rule")
        return rest
    length = 0
    while length < len(text) and text[length].isalpha():
        length += 1
    if length < 3:
        raise Unreadable("not a time zone rule")
    return text[length:]


def optional_text(subject: Subject, text: str | None) -> str | None:
    return None if text is None else subject.redactor.text(text)


def etc_timezone(root: Root) -> str | None:
    try:
        return root.value("/etc/timezone") or None
    except FileNotFoundError:
        return None


# -- zone data --------------------------------------------------------------------------------


def collect_tzdata(subject: Subject, facts: Facts) -> None:
    root = subject.root
    for directory in zone_directories(subject):
        if root.names(directory):
            facts["tzdata.source"] = subject.redactor.text(directory)
            version = facts.attempt("tzdata.version", system_version, root, directory)
            if version is None and "tzdata.version" not in facts.gaps:
                facts.gap("tzdata.version", "no file tells it")
            return
    interpreter = find_interpreter(subject)
    for directory in [] if interpreter is None else interpreter.site_directories:
        for path in root.glob(directory, "tzdata-", ".dist-info"):
            facts["tzdata.source"] = "python package tzdata"
            facts["tzdata.version"] = path.rpartition("/tzdata-")[2][: -len(".dist-info")]
            return
    facts["tzdata.source"] = "none"


def zone_directories(subject: Subject) -> list[str]:
    """`zoneinfo.TZPATH`: PYTHONTZPATH, empty included, else where systems keep zone data."""
    try:
        told = subject.environ.get("PYTHONTZPATH")
    except (OSError, ValueError):
        told = None
    if told is None:
        return [ZONES, "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"]
    return [path for path in told.split(":") if path.startswith("/")][:MAX_DIRECTORIES]


def system_version(root: Root, directory: str) -> str | None:
    """As IANA writes it, `2025b`: from the files that tzdata itself keeps it in, else from the
    package database."""
    try:
        first = root.head(directory + "/tzdata.zi", 64).split(b"\n", 1)[0]
        if first.startswith(b"# version "):
            return first[len(b"# version ") :].decode("ascii", "replace").strip()
    except OSError:
        pass
    for name in ("+VERSION", "version", "VERSION"):
        try:
            return root.value(directory + "/" + name)
        except OSError:
            continue
    return dpkg_version(root) or apk_version(root)


def dpkg_version(root: Root) -> str | None:
    for path in ("/var/lib/dpkg/status", "/var/lib/dpkg/status.d/tzdata"):
        version = field_after(root, path, b"Package: tzdata\n", b"Version: ", b"\n\n")
        if version is not None:
            return version.partition("-")[0]
    return None


def apk_version(root: Root) -> str | None:
    for path in ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"):
        version = field_after(root, path, b"P:tzdata\n", b"V:", b"\n\n")
        if version is not None:
            return version.partition("-")[0]
    return None


def field_after(root: Root, path: str, start: bytes, field: bytes, end: bytes) -> str | None:
    """A field of one record of a package database."""
    try:
        content = b"\n" + root.read(path, 32 * MIB)
    except FileNotFoundError:
        return None
    record = content.partition(b"\n" + start)[2].partition(end)[0]
    for line in record.split(b"\n"):
        if line.startswith(field):
            return line[len(field) :].decode("ascii", "replace")
    return None


# -- the clock --------------------------------------------------------------------------------


def collect_faketime(subject: Subject, facts: Facts) -> None:
    preloaded = [subject.environ.get("LD_PRELOAD", ""), *preloaded_for_all(subject)]
    facts["faketime"] = any("faketime" in entry for entry in preloaded)
    if facts["faketime"] and subject.environ.get("FAKETIME"):
        facts["faketime.spec"] = subject.redactor.text(subject.environ["FAKETIME"])


def clocksource(root: Root) -> str | None:
    try:
        return root.value(CLOCKSOURCE)
    except FileNotFoundError:
        root.stat("/sys/devices/system")
        return None
