"""`pylock.toml` (https://packaging.python.org/en/latest/specifications/pylock-toml/).

Read and selected by `packaging.pylock`, which implements the specification: markers, default
groups, `requires-python` and `environments`. Tags of wheels are not asked for: which archive
was installed cannot be told afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.pylock import Package, Pylock, PylockUnsupportedVersionError, PylockValidationError

from .lock import (
    MAX_PACKAGES,
    MAX_VERSION,
    Locked,
    MarkerEnvironment,
    Selection,
    grouped,
    headers,
    place,
    refuse,
    wrong_python,
)

# It warns of newer minor versions by a logger; whoever reads a verdict need not.
logging.getLogger("packaging.pylock").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class PylockFile:
    source: str
    document: Pylock
    lines: tuple[int, ...]
    format: str = "pylock.toml"

    def select(self, environment: MarkerEnvironment) -> Selection:
        lock = self.document
        conflict = wrong_python(lock.requires_python, environment)
        if conflict is None and lock.environments:
            met = (marker.evaluate({**environment, "extra": ""}) for marker in lock.environments)
            conflict = None if any(met) else "it is for none of this environment's kind"
        required, allowed, elsewhere = [], [], set[str]()
        for package, locked in zip(lock.packages, self._locked(), strict=True):
            if self._holds(package, environment, extras=(), groups=lock.default_groups or ()):
                required.append(locked)
            elif self._holds(
                package,
                environment,
                extras=lock.extras or (),
                groups=(*(lock.dependency_groups or ()), *(lock.default_groups or ())),
            ):
                allowed.append(locked)
            else:
                elsewhere.add(locked.name)
        return Selection(
            grouped(required), grouped(allowed), frozenset(elsewhere), conflict=conflict
        )

    def _holds(
        self,
        package: Package,
        environment: MarkerEnvironment,
        extras: Iterable[str],
        groups: Iterable[str],
    ) -> bool:
        if package.marker is None:
            return True
        chosen = {"extras": frozenset(extras), "dependency_groups": frozenset(groups)}
        return package.marker.evaluate({**environment, **chosen}, context="lock_file")

    def _locked(self) -> list[Locked]:
        return [
            _locked(package, place(self.source, self.lines, index))
            for index, package in enumerate(self.document.packages)
        ]


def parse(document: Mapping[str, object], text: str, source: str) -> PylockFile:
    """Raises `InvalidInput` for what the specification does not allow."""
    packages = document.get("packages")
    if isinstance(packages, list) and len(packages) > MAX_PACKAGES:
        refuse(source, f"holds more than {MAX_PACKAGES:,} packages")
    for package in packages if isinstance(packages, list) else ():
        version = package.get("version") if isinstance(package, dict) else None
        if isinstance(version, str) and len(version) > MAX_VERSION:
            refuse(source, "a package's version is no PEP 440 version")
    try:
        lock = Pylock.from_dict(document)
    except PylockUnsupportedVersionError as error:
        refuse(source, f"{error}: update envaudit")
    except PylockValidationError as error:
        refuse(source, f"is no pylock.toml: {str(error)[:200]}")
    return PylockFile(source, lock, tuple(headers(text, "packages")))


def _locked(package: Package, where: str) -> Locked:
    archive = package.archive
    source = "index"
    if package.vcs is not None:
        source = "vcs"
    elif package.directory is not None:
        source = "directory"
    elif archive is not None:
        source = "archive"
    return Locked(
        name=str(package.name),
        version=package.version,
        place=where,
        source=source,
        commit=package.vcs.commit_id if package.vcs is not None else None,
        archive_hashes=frozenset(
            f"{algorithm}={digits}" for algorithm, digits in archive.hashes.items()
        )
        if archive is not None
        else frozenset(),
        hashes=bool(package.wheels) or package.sdist is not None,
    )
