"""A lock file held against the installed distributions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...model import Fingerprint, InvalidInput, LockSummary, NotCompared, Section, Value
from ...model.verdict import Action
from .environment import marker_environment
from .lock import Lock, Locked, Selection

# What pip, venv and images bring along, and no resolver locks.
INSTALLERS = frozenset({"pip", "setuptools", "wheel", "distribute", "uv"})
_SOURCES = {
    "index": "an index",
    "vcs": "version control",
    "archive": "an archive's address",
    "directory": "a directory",
}
_MAX_FILES = 3  # that a message names


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that is not as locked. `default` decides where no line of the policy on
    `path` (`lock.missing.numpy`) does; `place` is the lock file's line."""

    path: str
    kind: str
    message: str
    default: Action = "fail"
    locked: Value = None
    installed: Value = None
    place: str | None = None

    @property
    def decided_by(self) -> str:
        return f"lock: {self.default} by default"


@dataclass(frozen=True, slots=True)
class LockReport:
    summary: LockSummary
    mismatches: tuple[Mismatch, ...]
    not_verified: tuple[NotCompared, ...] = ()


def check_lock(lock: Lock, fingerprint: Fingerprint) -> LockReport:
    """What of the fingerprint is not as the lock file has it: missing, extra, another version,
    another source, another Python, files that are no longer as they were installed.

    An installation from an index keeps no trace of the archive that it came from, so that
    locked hashes cannot be held against anything: that is said, and what the installer
    recorded of every file (RECORD, `python.integrity`) stands in for it. Raises `InvalidInput`
    for markers that nest too deeply to be evaluated.
    """
    try:
        return _Check(lock, fingerprint).report()
    except RecursionError:
        raise InvalidInput(f"{lock.source}: its markers are nested too deeply") from None


class _Check:
    def __init__(self, lock: Lock, fingerprint: Fingerprint) -> None:
        self._lock = lock
        self._fingerprint = fingerprint
        self._packages = fingerprint.sections.get("python.packages")
        self._sources = _facts(fingerprint.sections.get("python.sources"))
        self._integrity = fingerprint.sections.get("python.integrity")

    def report(self) -> LockReport:
        environment = marker_environment(self._fingerprint)
        if environment is None:
            return self._nothing("lock.python", "the version of Python is not known")
        if self._packages is None or not self._packages.status.known:
            reason = "section not collected"
            if self._packages is not None:
                reason = self._packages.reason or self._packages.status.value
            return self._nothing("lock.missing.*", f"what is installed is not known: {reason}")
        selection = self._lock.select(environment)
        mismatches = []
        if selection.conflict is not None:
            mismatches.append(
                Mismatch(
                    "lock.python",
                    "lock_python",
                    f"the lock file is not for this environment: {selection.conflict}",
                    installed=environment["python_full_version"],
                    place=self._lock.source,
                )
            )
        wrong = [*self._required(selection), *self._allowed(selection)]
        mismatches += [*wrong, *self._extra(selection)]
        named = {mismatch.path.rpartition(".")[2] for mismatch in wrong}
        matching = [
            (name, alternatives)
            for name, alternatives in selection.required.items()
            if name not in named
        ]
        held = _Integrity(self._integrity, dict(matching))
        mismatches += held.mismatches()
        summary = LockSummary(
            source=self._lock.source,
            format=self._lock.format,
            required=len(selection.required) - len(self._in_doubt(selection)),
            matching=len(matching),
            intact=held.intact,
        )
        return LockReport(summary, tuple(mismatches), tuple(self._not_verified(held, matching)))

    def _nothing(self, path: str, why: str) -> LockReport:
        mismatch = Mismatch(path, "lock_unverified", f"cannot be held against the lock file: {why}")
        return LockReport(LockSummary(self._lock.source, self._lock.format, 0, 0, 0), (mismatch,))

    def _installed(self) -> Mapping[str, Value]:
        return _facts(self._packages)

    def _in_doubt(self, selection: Selection) -> set[str]:
        """What is not installed, and perhaps need not be: nothing that is installed needs it."""
        installed = self._installed()
        return {
            name
            for name, needed_by in selection.doubtful.items()
            if name in selection.required
            and name not in installed
            and not any(other in installed for other in needed_by)
        }

    def _required(self, selection: Selection) -> Iterator[Mismatch]:
        installed = self._installed()
        in_doubt = self._in_doubt(selection)
        for name, alternatives in sorted(selection.required.items()):
            locked = alternatives[0]
            if name in installed:
                yield from self._wrong(name, installed[name], alternatives)
                continue
            if name in in_doubt:
                yield Mismatch(
                    f"lock.missing.{name}",
                    "lock_unverified",
                    "locked, and not installed: the file does not tell whether only another "
                    "group or another environment wants it",
                    "warn",
                    locked=_wanted(alternatives),
                    place=locked.place,
                )
                continue
            assert self._packages is not None
            unknown = self._packages.why_unknown(name)
            yield Mismatch(
                f"lock.missing.{name}",
                "lock_missing" if unknown is None else "lock_unverified",
                "locked, and not installed"
                if unknown is None
                else f"locked, and whether it is installed is not known: {unknown}",
                locked=_wanted(alternatives),
                place=locked.place,
            )

    def _allowed(self, selection: Selection) -> Iterator[Mismatch]:
        for name, version in sorted(self._installed().items()):
            if name in selection.allowed and name not in selection.required:
                yield from self._wrong(name, version, selection.allowed[name])

    def _wrong(
        self, name: str, version: Value, alternatives: tuple[Locked, ...]
    ) -> Iterator[Mismatch]:
        if not any(isinstance(version, str) and locked.accepts(version) for locked in alternatives):
            yield Mismatch(
                f"lock.version.{name}",
                "lock_version",
                "installed in another version than locked",
                locked=_wanted(alternatives),
                installed=version,
                place=alternatives[0].place,
            )
            return
        reasons = [self._other_source(name, locked) for locked in alternatives]
        if all(reasons):
            yield Mismatch(
                f"lock.source.{name}",
                "lock_source",
                str(reasons[0]),
                locked=_wanted(alternatives),
                installed=version,
                place=alternatives[0].place,
            )

    def _other_source(self, name: str, locked: Locked) -> str | None:
        """Why it did not come from where it is locked; None where it did, or nobody can tell."""
        source = self._sources.get(name)
        if not isinstance(source, dict):
            return None
        came = _came_from(source)
        if came != locked.source:
            # A project's own directory, editable or not, and what was built from it.
            return f"locked from {_SOURCES[locked.source]}, installed from {_SOURCES[came]}"
        commit = source.get("commit")
        if locked.commit and isinstance(commit, str) and commit != locked.commit:
            return f"locked at commit {locked.commit[:12]}, installed from {commit[:12]}"
        archive = source.get("archive")
        comparable = {
            digest
            for digest in locked.archive_hashes
            if isinstance(archive, str) and digest.partition("=")[0] == archive.partition("=")[0]
        }
        if comparable and archive not in comparable:
            return "installed from an archive of another hash than locked"
        return None

    def _extra(self, selection: Selection) -> Iterator[Mismatch]:
        for name, version in sorted(self._installed().items()):
            if name in selection.required or name in selection.allowed:
                continue
            default, why = self._why_extra(name, selection)
            yield Mismatch(
                f"lock.extra.{name}", "lock_extra", why, default, installed=version,
                place=self._lock.source,
            )  # fmt: skip

    def _why_extra(self, name: str, selection: Selection) -> tuple[Action, str]:
        if name in selection.elsewhere:
            return "fail", "installed, and locked for other environments alone"
        if name in INSTALLERS:
            return "ignore", "installed, and not locked: an installer"
        source = self._sources.get(name)
        if isinstance(source, dict) and _came_from(source) == "directory":
            action: Action = "ignore" if selection.unnamed else "warn"
            return action, "installed from a directory, and not locked: the project itself?"
        if not selection.complete:
            return "warn", "installed, and not named: the file pins not all, so it may be needed"
        return "fail", "installed, and not locked"

    def _not_verified(
        self, held: _Integrity, matching: list[tuple[str, tuple[Locked, ...]]]
    ) -> Iterator[NotCompared]:
        hashed = [
            name
            for name, alternatives in matching
            if any(locked.hashes for locked in alternatives)
            and not self._verified(name, alternatives)
        ]
        if hashed:
            yield NotCompared(
                "lock.archive_hashes",
                f"an installation from an index does not keep its archive's hash, so those of "
                f"{len(hashed)} distributions are not verified; their RECORD stands in: "
                f"{held.count(hashed)} of {len(hashed)} are as they were installed",
                "both",
            )

    def _verified(self, name: str, alternatives: tuple[Locked, ...]) -> bool:
        source = self._sources.get(name)
        archive = source.get("archive") if isinstance(source, dict) else None
        return any(archive in locked.archive_hashes for locked in alternatives)


class _Integrity:
    """What `python.integrity` says of the distributions that are as locked."""

    def __init__(self, section: Section | None, matching: Mapping[str, tuple[Locked, ...]]) -> None:
        self._section = section
        self._matching = matching
        self._facts = _facts(section)

    @property
    def intact(self) -> int:
        return self.count(self._matching)

    def count(self, names: Mapping[str, object] | list[str]) -> int:
        return sum(self._facts.get(name) == "intact" for name in names)

    def mismatches(self) -> Iterator[Mismatch]:
        section = self._section
        if section is None or not section.status.known:
            why = "section not collected" if section is None else section.reason
            if self._matching:
                yield self._unverified("*", f"no file is held against its RECORD: {why}", "")
            return
        for name, alternatives in sorted(self._matching.items()):
            value = self._facts.get(name)
            if value is None:
                # `pip install -e` and system packages leave no RECORD of files.
                why = section.why_unknown(name) or "nothing is known of its files"
                if alternatives[0].source != "directory":
                    yield self._unverified(name, why, alternatives[0].place)
            elif value != "intact":
                yield Mismatch(
                    f"lock.integrity.{name}",
                    "lock_integrity",
                    f"not as it was installed: {_damage(value)}",
                    locked=_wanted(alternatives),
                    place=alternatives[0].place,
                )

    def _unverified(self, name: str, why: str, place: str) -> Mismatch:
        """A warning: the version is as locked, and that much is known."""
        return Mismatch(
            f"lock.integrity.{name}", "lock_unverified", why, "warn", place=place or None
        )


def _facts(section: Section | None) -> Mapping[str, Value]:
    return {} if section is None else section.facts


def _came_from(source: Mapping[str, Value]) -> str:
    """By direct_url.json (PEP 610): without one it came from an index."""
    if "commit" in source or "revision" in source:
        return "vcs"
    if "archive" in source:
        return "archive"
    url = source.get("url")
    if source.get("editable") is True:
        return "directory"
    if not isinstance(url, str):
        return "index"
    path = url.partition("#")[0]
    archive = path.endswith((".whl", ".tar.gz", ".zip", ".tar.bz2")) or not url.startswith("file:")
    return "archive" if archive else "directory"


def _wanted(alternatives: tuple[Locked, ...]) -> str | None:
    wanted = dict.fromkeys(locked.wanted for locked in alternatives if locked.wanted)
    return " or ".join(wanted) or None


def _damage(value: Value) -> str:
    if not isinstance(value, dict):
        return "its files differ from its RECORD"
    told = []
    for what in ("changed", "missing", "extra"):
        files = value.get(what)
        if isinstance(files, list) and files:
            names = [str(name) for name in files[:_MAX_FILES]]
            names += [f"and {len(files) - _MAX_FILES} more"] if len(files) > _MAX_FILES else []
            told.append(f"{what} {', '.join(names)}")
    return "; ".join(told) or "its files differ from its RECORD"
