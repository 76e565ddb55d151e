"""Native libraries that decide results: BLAS/LAPACK, OpenMP, allocators, C++, TLS, CUDA.

- `system.<soname>`: what the dynamic loader would take: `path` (without links), `version`
  (where the file's name tells it) and `build_id`
- `conda.<soname>`: likewise what lies in the conda environment's own directory, which what is
  installed in it finds by its run path
- `wheel.<distribution>.<family>`: copies that Python distributions bring along
- `preload`: LD_PRELOAD's libraries and those of /etc/ld.so.preload, as found; `preload.file`:
  the entries of that file (ld.so(8); musl's loader has none); `preload.missing`: those that are
  not there
- `loaded.<family>`: what the main process and its descendants have mapped, with `source`
  (`system`, `wheel`, `conda`, `preload`, `LD_LIBRARY_PATH`, `other`). Where the file is another
  one by now, it does not tell version and build id of what runs: `deleted`, `replaced` or
  `rewritten` (see mapped_libraries.py) stands in their place
- `loaded.deleted`, `loaded.replaced`, `loaded.rewritten`: all such libraries, of any name

Several copies of one family are a list.
"""

from __future__ import annotations

from ..application import preloaded_for_all
from ..conda import find_prefix
from ..elf import read_elf
from ..mapped_libraries import DELETED, FATES, mapped_libraries, worse
from ..root import whole_number
from ..section import IMAGE, RUNTIME, Facts, why
from ..shared_libraries import Loader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..process import Process
    from ..subject import Subject

SECTION = "native"
ORIGIN = IMAGE

# Family -> how the file names of its libraries begin. Longer beginnings come first where one
# is the beginning of another.
FAMILIES = (
    ("openblas", ("libopenblas", "libscipy_openblas")),
    ("mkl", ("libmkl_",)),
    ("blis", ("libblis", "libflame")),
    ("atlas", ("libsatlas", "libtatlas", "libatlas")),
    ("armpl", ("libarmpl", "libnvpl_blas")),
    ("flexiblas", ("libflexiblas",)),
    ("blas", ("libblas.", "libcblas.", "libblas64.")),
    ("lapack", ("liblapack.", "liblapacke.", "liblapack64.")),
    ("gomp", ("libgomp",)),
    ("iomp", ("libiomp5", "libiompstubs5")),
    ("omp", ("libomp.", "libomp-", "libomp5")),
    ("tbb", ("libtbb.", "libtbb-", "libtbbmalloc")),
    ("jemalloc", ("libjemalloc",)),
    ("tcmalloc", ("libtcmalloc",)),
    ("mimalloc", ("libmimalloc",)),
    ("hoard", ("libhoard",)),
    ("faketime", ("libfaketime",)),
    ("eatmydata", ("libeatmydata",)),
    ("stdc++", ("libstdc++",)),
    ("c++", ("libc++.",)),
    ("gcc_s", ("libgcc_s",)),
    ("gfortran", ("libgfortran",)),
    ("quadmath", ("libquadmath",)),
    ("svml", ("libsvml",)),
    ("imf", ("libimf",)),
    ("mvec", ("libmvec",)),
    ("sleef", ("libsleef",)),
    ("amdlibm", ("libalm", "libamdlibm")),
    ("fftw", ("libfftw3",)),
    ("ssl", ("libssl.", "libssl-", "libssl3")),
    ("crypto", ("libcrypto.", "libcrypto-", "libcrypto3")),
    ("sqlite", ("libsqlite3",)),
    ("z", ("libz.", "libz-")),
    ("cuda", ("libcuda.",)),
    ("cudart", ("libcudart",)),
    ("cublas", ("libcublas",)),
    ("cudnn", ("libcudnn",)),
    ("cufft", ("libcufft",)),
    ("cusolver", ("libcusolver",)),
    ("cusparse", ("libcusparse",)),
    ("nccl", ("libnccl",)),
    ("nvrtc", ("libnvrtc",)),
    ("amdhip", ("libamdhip64",)),
    ("rocblas", ("librocblas",)),
    ("miopen", ("libMIOpen",)),
    ("torch", ("libtorch_cpu", "libtorch_cuda")),
    ("dnnl", ("libdnnl",)),
)
_MAX_LIBRARIES = 256
MAX_NAMED = 64  # of those that are another file by now
# What is unpacked there is often deleted as soon as it is loaded, and has another name each time.
_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/", "/memfd:")  # noqa: S108 - only names


def collect(subject: Subject, facts: Facts) -> None:
    root = subject.root
    environ = subject.environ
    try:
        machine: str | None = read_elf(root, subject.interpreters.chosen.real).machine
    except Exception:  # no interpreter, or not an ELF file: only the directories are fewer
        machine = None
    loader = Loader(root, environ.get("LD_LIBRARY_PATH", ""), machine)
    _system(subject, loader, facts)
    preloaded = _preload(subject, loader, environ.get("LD_PRELOAD", ""), facts)
    _wheels(subject, facts)
    _conda(subject, facts)
    if not subject.running:
        facts.gap("loaded.*", "not running: nothing is loaded")
    elif not subject.started:
        facts.gap("loaded.*", "the application is not started yet")
    else:
        _loaded(subject, preloaded, facts)


def family(file_name: str) -> str | None:
    for name, beginnings in FAMILIES:
        if file_name.startswith(beginnings):
            return name
    return None


def _describe(subject: Subject, path: str) -> dict[str, Any]:
    """`path` without links, `version` from the file's name, `build_id` from its notes."""
    real = subject.root.realpath(path)
    described: dict[str, Any] = {"path": subject.redactor.path(real)}
    version = _version(_without_hash(real.rsplit("/", 1)[1]))
    if version:
        described["version"] = version
    build_id = read_elf(subject.root, real).build_id()
    if build_id:
        described["build_id"] = build_id
    return described


def _version(file_name: str) -> str | None:
    """`libopenblasp-r0.3.21.so` -> 0.3.21, `libstdc++.so.6.0.30` -> 6.0.30."""
    stem, _, tail = file_name.partition(".so")
    if tail.startswith(".") and tail[1:2].isdigit() and "." in tail[1:]:
        return tail[1:]
    marked = stem.rpartition("-r")[2]
    return marked if marked != stem and marked[:1].isdigit() else None


def _system(subject: Subject, loader: Loader, facts: Facts) -> None:
    seen = 0
    for _, beginnings in FAMILIES:
        for beginning in beginnings:
            for soname in loader.sonames(beginning):
                path = loader.find(soname)
                if path is None or seen >= _MAX_LIBRARIES:
                    continue
                seen += 1
                facts.attempt("system." + soname, _describe, subject, path)


def _preload(subject: Subject, loader: Loader, variable: str, facts: Facts) -> dict[str, str]:
    """What is loaded before everything else, the variable's entries (separated by spaces or
    colons) before the file's: real path -> entry."""
    found: dict[str, str] = {}
    missing = []
    of_file = preloaded_for_all(subject)
    if of_file:
        facts["preload.file"] = [subject.redactor.path(entry) for entry in of_file]
    for entry in [*variable.replace(":", " ").split(), *of_file]:
        path: str | None = entry if "/" in entry else loader.find(entry)
        try:
            found[subject.root.realpath(path or entry)] = entry
        except (OSError, ValueError):
            missing.append(subject.redactor.text(entry))
    facts["preload"] = [subject.redactor.path(path) for path in found]
    facts.origins["preload"] = RUNTIME
    if missing:
        facts["preload.missing"] = missing
        facts.origins["preload.missing"] = RUNTIME
    return found


def _wheels(subject: Subject, facts: Facts) -> None:
    """Libraries in RECORDs: auditwheel's `<name>.libs`, and packages that keep their own."""
    try:
        distributions = subject.distributions
    except Exception:  # no interpreter
        return
    for name, distribution in sorted(distributions.items()):
        try:
            paths = distribution.shared_objects
        except (OSError, ValueError):
            continue
        found: dict[str, list[dict[str, Any]]] = {}
        for path in paths:
            base = path.rsplit("/", 1)[-1]
            kind = family(base) if ".so" in base else None
            if kind is None:
                continue
            try:
                described = _describe(subject, distribution.site + "/" + path)
            except (OSError, ValueError) as error:
                facts.gap("wheel.%s.%s" % (name, kind), why(error))
                continue
            # As RECORD has it: the place of the environment is no property of the library.
            described["path"] = path
            found.setdefault(kind, []).append(described)
        for kind, copies in found.items():
            facts["wheel.%s.%s" % (name, kind)] = _one_or_all(copies)


def _conda(subject: Subject, facts: Facts) -> None:
    prefix = find_prefix(subject)
    if prefix is None:
        return
    directory = prefix + "/lib/"
    names = [name for name in subject.root.names(directory) if family(name) is not None]
    numbered = [name for name in names if _number_of(name) is not None]
    # A soname without a number, the file behind the others, or what is there for the linker.
    plain = [name for name in names if name.endswith(".so")]
    told: dict[str, None] = {}
    for name in [*numbered, *plain][:_MAX_LIBRARIES]:
        try:
            described = _describe(subject, directory + name)
        except (OSError, ValueError) as error:
            facts.gap("conda." + name, why(error))
            continue
        if name in numbered or described["path"] not in told:
            facts["conda." + name] = described
        told[described["path"]] = None


def _number_of(file_name: str) -> int | None:
    """1 of `libz.so.1`; None of `libz.so` and `libz.so.1.3.1`."""
    return whole_number(file_name.partition(".so.")[2])


def _one_or_all(copies: list[dict[str, Any]]) -> Any:
    return copies[0] if len(copies) == 1 else copies


def _without_hash(file_name: str) -> str:
    """auditwheel adds eight digits of the file's hash before the first dot, and once more
    where it repairs a repaired wheel: `libgomp-a34b3233.so.1.0.0`,
    `libopenblas64_p-r0-0cf96a72.3.23.dev.so` (of 0.3.23.dev)."""
    pieces = file_name.split("-")
    kept = pieces[0]
    for piece in pieces[1:]:
        is_hash = all(digit in "0123456789abcdef" for digit in piece[:8]) and len(piece) >= 8
        if is_hash and piece[8:9] in ("", "."):
            kept += piece[8:]
        else:
            kept += "-" + piece
    return kept


def _loaded(subject: Subject, preloaded: dict[str, str], facts: Facts) -> None:
    try:
        mapped = mapped_libraries(subject.process)
        for process in subject.descendants:
            for path, fate in _of_descendant(process).items():
                mapped[path] = worse(mapped.get(path), fate)
    except PermissionError:
        facts.gap("loaded.*", "permission denied")
        return
    except (OSError, ValueError) as error:
        facts.gap("loaded.*", "maps cannot be read (%s)" % type(error).__name__)
        return
    library_path = subject.environ.get("LD_LIBRARY_PATH", "").split(":")
    found: dict[str, list[dict[str, Any]]] = {}
    for path, fate in sorted(mapped.items()):
        kind = family(path.rsplit("/", 1)[1])
        if kind is None:
            continue
        entry: dict[str, Any] = {"path": subject.redactor.path(path)}
        if fate is not None:
            entry[fate] = True
        else:
            try:
                entry = _describe(subject, path)
            except (OSError, ValueError):
                pass
        entry["source"] = _source(path, preloaded, library_path)
        found.setdefault(kind, []).append(entry)
    for kind, entries in found.items():
        key = "loaded." + kind
        facts[key] = _one_or_all(entries)
        facts.origins[key] = RUNTIME
    for fate in FATES:
        paths = [path for path, its in sorted(mapped.items()) if its == fate]
        if fate == DELETED:
            paths = [path for path in paths if not path.startswith(_TEMPORARY)]
        if paths:
            facts["loaded." + fate] = [subject.redactor.path(path) for path in paths[:MAX_NAMED]]
            facts.origins["loaded." + fate] = RUNTIME


def _of_descendant(process: Process) -> dict[str, str | None]:
    """Nothing of one that has ended meanwhile, or that we may not look into."""
    try:
        return mapped_libraries(process)
    except (OSError, ValueError):
        return {}


def _source(path: str, preloaded: dict[str, str], library_path: list[str]) -> str:
    if path in preloaded:
        return "preload"
    directory = path.rsplit("/", 1)[0]
    if directory and directory in library_path:
        return "LD_LIBRARY_PATH"
    if "-packages/" in path:
        return "wheel"
    if "/conda" in path or "/miniforge" in path or "/envs/" in path:
        return "conda"
    if path.startswith(("/lib", "/usr/lib")):
        return "system"
    return "other"
