"""Whether a processor is at least another one, by archspec's table.

archspec (https://archspec.readthedocs.io) holds, for each microarchitecture, its family, its
vendor and the features that programs built for it use. A processor is at least `zen3` where it
is of that family and vendor and has all of these features; generic levels (`x86_64_v3`) have
no vendor. Only the table is used: archspec's own detection looks at this machine, and the
question here is about the fingerprint's.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..model import UsageError, Value

if TYPE_CHECKING:
    from archspec.cpu import Microarchitecture

# The psABI's first level is the family itself.
_BASE_LEVEL = "x86-64-v1"
_MAX_TOLD = 6  # missing features that a message names
# uname's names of families that archspec calls otherwise.
_FAMILIES = {"arm64": "aarch64", "amd64": "x86_64"}


def canonical(name: str) -> str:
    """archspec's name: `x86-64-v3` and `x86_64_v3` are one."""
    if name == _BASE_LEVEL or name == _BASE_LEVEL.replace("-", "_"):
        return "x86_64"
    return name.replace("-", "_") if name.startswith("x86") else name


def is_known(name: str) -> bool:
    return canonical(name) in _targets()


def nearest(name: str) -> str | None:
    """The known name that is spelled most like it, None where none is."""
    known = [*_targets(), "x86-64-v2", "x86-64-v3", "x86-64-v4"]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return close[0] if close else None


def why_not(name: str, fact: Callable[[str], Value]) -> str | None:
    """Why the processor of a fingerprint is not at least `name`, None where it is; `fact`
    looks up a path."""
    target = _targets()[canonical(name)]
    family = str(target.family)
    arch = fact("os.arch") or fact("kernel.machine")
    if isinstance(arch, str) and _FAMILIES.get(arch, arch) != family:
        return f"the machine is {arch}, not {family}"
    level = fact("cpu.microarchitecture")
    if isinstance(level, str) and is_known(level) and _targets()[canonical(level)] >= target:
        return None
    features = fact("cpu.flags") or fact("cpu.features")
    if not isinstance(features, list):
        return f"{level} is less" if level else "the processor's features are not known"
    vendor = fact("cpu.vendor")
    if target.vendor != "generic" and str(vendor).lower() != target.vendor.lower():
        return f"the vendor is {vendor}, not {target.vendor}"
    missing = _missing(target, {str(feature) for feature in features})
    if not missing:
        return None
    more = f" and {len(missing) - _MAX_TOLD} more" if len(missing) > _MAX_TOLD else ""
    return f"{', '.join(missing[:_MAX_TOLD])}{more} missing"


def _missing(target: Microarchitecture, features: set[str]) -> list[str]:
    from archspec.cpu import Microarchitecture

    family = target.family
    processor = Microarchitecture("fingerprint", [family], "generic", features, {})
    needed = set(target.features)
    if str(family) == "aarch64":  # there, each lists what it adds to the ones before
        needed = needed.union(*(ancestor.features for ancestor in target.ancestors))
    return sorted(feature for feature in needed if feature not in processor)


def _targets() -> dict[str, Microarchitecture]:
    try:
        from archspec.cpu import TARGETS

        return dict(TARGETS.items())
    except (OSError, ValueError, KeyError, TypeError) as error:  # ARCHSPEC_CPU_DIR names another
        raise UsageError(f"archspec's table cannot be read: {error}") from None
