"""The environment in which markers are evaluated: the fingerprint's, never this machine's."""

from __future__ import annotations

from ...model import Fingerprint
from .lock import MAX_VERSION, MarkerEnvironment, is_version

# platform.python_implementation() by sys.implementation.name.
_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}


def marker_environment(fingerprint: Fingerprint) -> MarkerEnvironment | None:
    """Every variable of PEP 508, from facts; None where the version of Python is not known.

    What no fact tells (the kernel of an image's archive) is empty, as PEP 508 has it for what
    cannot be told. Fingerprints are of Linux.
    """

    def text(path: str) -> str:
        value = fingerprint.get(path)
        return value if isinstance(value, str) and len(value) <= MAX_VERSION else ""

    version = text("python.version")
    parts = version.split(".")
    if len(parts) < 2 or not is_version(version.rstrip("+")):  # 3.11.0+: built from its branch
        return None
    implementation = text("python.implementation").lower() or "cpython"
    # uname in a container of another architecture tells the emulated one: the image's.
    machine = text("os.arch") or text("kernel.machine")
    return {
        "implementation_name": implementation,
        "implementation_version": version if implementation == "cpython" else "",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": _IMPLEMENTATIONS.get(implementation, implementation),
        "platform_release": text("kernel.release"),
        "platform_system": "Linux",
        "platform_version": text("kernel.version"),
        "python_full_version": version,
        "python_version": ".".join(parts[:2]),
        "sys_platform": "linux",
    }
