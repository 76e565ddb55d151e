"""The packages of the application's conda environment, those that are no Python among them: BLAS,
OpenMP, compilers' libraries, CUDA, OpenSSL.

- `prefix`: the environment's directory
- `packages.<name>`: the version
- `sources.<name>`: `build` (the build string, which names the variant: `cuda118py311...`,
  `..._mkl`) and `channel`, without the server that it was fetched from

By the names of the records below `conda-meta` (see ../conda.py); `channel` stands in them.
"""

from __future__ import annotations

from ..conda import RECORD_HEAD, RECORDS, find_prefix
from ..root import decode
from ..section import EVERYTHING_ELSE, IMAGE, SectionAbsent, Unreadable
from .os_packages import plausible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..section import Facts
    from ..subject import Subject

SECTION = "conda"
ORIGIN = IMAGE

MAX_PACKAGES = 10_000
_KEY = b'"channel"'
_SUBDIRECTORIES = ("noarch", "linux-", "osx-", "win-", "freebsd-", "emscripten-", "wasi-", "zos-")


def collect(subject: Subject, facts: Facts) -> None:
    prefix = find_prefix(subject)
    if prefix is None:
        raise SectionAbsent("no conda environment")
    directory = prefix + RECORDS
    facts["prefix"] = subject.redactor.path(prefix)
    records = [name for name in subject.root.listdir(directory) if name.endswith(".json")]
    packages: dict[str, list[str]] = {}
    unread = 0
    for record in records[:MAX_PACKAGES]:
        parts = record[: -len(".json")].rsplit("-", 2)
        if len(parts) == 3 and all(map(plausible, parts)):
            packages.setdefault(parts[0], []).append(record)
        else:
            unread += 1
    for name, its in packages.items():
        if len(its) == 1:
            version, build = its[0][len(name) + 1 : -len(".json")].split("-")
            facts["packages." + name] = version
            facts.attempt("sources." + name, _source, subject, directory + "/" + its[0], build)
        else:  # what an installation leaves that was broken off
            for key in ("packages.", "sources."):
                facts.gap(key + name, "there are %d records of it" % len(its))
    missing = []
    if unread:
        missing.append("%d entries could not be understood" % unread)
    if len(records) > MAX_PACKAGES:
        missing.append("more than %d packages" % MAX_PACKAGES)
    if missing:
        facts.gap(EVERYTHING_ELSE, "; ".join(missing))


def _source(subject: Subject, path: str, build: str) -> dict[str, str]:
    source = {"build": build}
    channel = _channel(subject.root.head(path, RECORD_HEAD))
    if channel is not None:
        source["channel"] = subject.redactor.text(channel)
    return source


def _channel(record: bytes) -> str | None:
    """The channel's name from the head of a record; None where it has none."""
    _, found, rest = record.partition(_KEY)
    value = rest.lstrip(b" \t\r\n:")
    if not found or value.startswith(b"null"):
        return None
    text, quote, _ = value[1:].partition(b'"')
    if value[:1] != b'"' or not quote:
        raise Unreadable("its record tells no channel")
    return named(decode(text))[:256] or None


def named(channel: str) -> str:
    """A channel's address without server, user, token and platform, so that a mirror's is the
    same where its path is: `https://user:word@host/t/TOKEN/conda-forge/linux-64` is
    `conda-forge`. Other texts (`defaults`, `pypi`) are names already."""
    _, separator, rest = channel.partition("://")
    if not separator:
        return channel
    names = [name for name in rest.partition("/")[2].split("/") if name]
    if names[:1] == ["t"]:  # anaconda.org's tokens
        names = names[2:]
    if names and names[-1].startswith(_SUBDIRECTORIES):
        names = names[:-1]
    return "/".join(names)
