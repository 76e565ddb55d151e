"""How the application's numeric libraries were built and are set, with `--deep`.

- `<module>.<what>`: versions, instruction sets, threads, determinism and precision switches

See `deep/inside/frameworks/`, one file a library. One that cannot be imported is a gap.
"""

from __future__ import annotations

from ..section import EVERYTHING_ELSE, IMAGE, RUNTIME, Facts, SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..subject import Subject

SECTION = "frameworks"
ORIGIN = RUNTIME

# Decided by what is installed, however it is started.
_OF_THE_IMAGE = (
    "version", "git_version", "compiler", "build.", "blas.", "lapack.", "cxx_abi", "debug",
    "mkl.version", "onednn.version", "cuda.built", "hip.built", "cuda.arch_list", "ipp.version",
    "vml.version", "llvm.version", "simd.baseline", "parallel", "jaxlib",
)  # fmt: skip


def collect(subject: Subject, facts: Facts) -> None:
    answers = subject.inside
    for step, reason in answers.failed.items():
        kind, _, module = step.partition(" ")
        if kind == "import":
            facts.gap(module + ".*", "cannot be imported: " + reason)
        elif kind == "frameworks":
            facts.gap(module + ".*", reason)
    for step, found in answers.found.items():
        kind, _, module = step.partition(" ")
        if kind == "frameworks" and isinstance(found, dict):
            for key, value in found.items():
                is_commit = key == "git_version" and _is_hexadecimal(value)
                facts["%s.%s" % (module, key)] = value if is_commit else _redacted(subject, value)
                if str(key).startswith(_OF_THE_IMAGE):
                    facts.origins["%s.%s" % (module, key)] = IMAGE
    if answers.missing is not None:
        facts.gap(EVERYTHING_ELSE, answers.missing)
    if not facts.values and not facts.gaps:
        raise SectionAbsent("no numeric library is installed")


def _is_hexadecimal(value: object) -> bool:
    """A commit looks like a secret but is none."""
    digits = value if isinstance(value, str) else ""
    return 7 <= len(digits) <= 64 and all(digit in "0123456789abcdef" for digit in digits)


def _redacted(subject: Subject, value: object) -> object:
    """A build line may hold a path or a URL of whoever built it."""
    if isinstance(value, str):
        return subject.redactor.text(value)
    if isinstance(value, list):
        return [_redacted(subject, one) for one in value]
    return value
