"""The table of what follows from what, and the causes that take more than a name to find."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeAlias

from ..model import Change, Value
from .mechanisms import Acting


class Changes(dict[str, Change]):
    """All changes of a comparison, by path."""

    @cached_property
    def acting(self) -> Acting:
        return Acting(self)

    @cached_property
    def thread_variables(self) -> list[str]:
        names = ("_NUM_THREADS", "_MAX_THREADS")
        return sorted(path for path in self if path.startswith("env.") and path.endswith(names))

    @cached_property
    def dispatch_variables(self) -> list[str]:
        return sorted(path for path in self if path.startswith(("env.NPY_", "env.ATEN_")))


Match: TypeAlias = "re.Match[str]"
Finder: TypeAlias = Callable[[Change, Changes, Match], Iterable[str]]

_LANGUAGE = ("env.LC_ALL", "env.LC_CTYPE", "env.LANG")


# --- causes that take more than a name to find; each yields paths, the likeliest first


def _of_package(_change: Change, _changes: Changes, match: Match) -> Iterator[str]:
    """The OS package that holds a library, by the distributions' rules for its name.

    Debian Policy 8.1: `libNAME.so.N` is in `libNAMEN`, or `libNAME-N` if NAME ends in a digit;
    `t64` was added for the 64-bit time_t. Others name it `libNAME` or `NAME`.
    """
    soname = match["soname"]
    if soname in _PACKAGES_OF:
        yield from (f"os.packages.{name}" for name in _PACKAGES_OF[soname])
    name, _, number = soname.lower().partition(".so.")
    number = number.partition(".")[0]
    dash = "-" if name[-1:].isdigit() else ""
    for package in (
        f"{name}{dash}{number}",
        f"{name}{dash}{number}t64",
        name,
        name[3:],
        f"{name[3:]}-libs",
    ):
        yield f"os.packages.{package}"


# Sonames whose packages are called otherwise.
_PACKAGES_OF = {
    "libc.so.6": ("libc6", "glibc"),
    "libblas.so.3": ("libblas3", "libopenblas0-pthread", "libatlas3-base", "blas", "openblas"),
    "liblapack.so.3": (
        "liblapack3",
        "libopenblas0-pthread",
        "libatlas3-base",
        "lapack",
        "openblas",
    ),
    "libopenblas.so.0": (
        "libopenblas0-pthread",
        "libopenblas0-openmp",
        "libopenblas0-serial",
        "openblas",
    ),
    "libomp.so.5": ("libomp5", "libomp5-14", "libomp5-16", "libomp5-19", "libomp"),
    "libsqlite3.so.0": ("libsqlite3-0", "sqlite-libs"),
    "libssl.so.3": ("libssl3", "libssl3t64", "openssl-libs"),
    "libcrypto.so.3": ("libssl3", "libssl3t64", "libcrypto3", "openssl-libs"),
    "libz.so.1": ("zlib1g", "zlib"),
}


def _of_loaded(change: Change, changes: Changes, _match: Match) -> Iterator[str]:
    """A mapped library follows from what put its file there: the loader's variables, or the
    distribution or OS package that brings it.
    """
    ours, theirs = _entries(change.before), _entries(change.after)
    different = [
        *(one for one in ours if one not in theirs),
        *(one for one in theirs if one not in ours),
    ]
    for variable, source in (
        ("env.LD_PRELOAD", "preload"),
        ("native.preload.file", "preload"),
        ("env.LD_LIBRARY_PATH", "LD_LIBRARY_PATH"),
    ):
        if any(entry.get("source") == source for entry in different):
            yield variable
    paths = sorted(path for entry in different if isinstance(path := entry.get("path"), str))
    for path in paths:
        if wheel := re.search(r"-packages/([A-Za-z0-9_.-]+?)(?:\.libs)?/", path):
            yield f"python.packages.{normalised(wheel[1])}"
    for path in paths:
        if library := re.search(r"(?P<soname>[^/]+\.so\.[0-9]+)[^/]*$", path):
            yield f"native.system.{library['soname']}"
            yield from _of_package(change, changes, library)


def _of_conda_package(_change: Change, changes: Changes, match: Match) -> Iterator[str]:
    """A Python distribution is one package more of the environment that holds it; and where one
    side has no such environment, that is what differs."""
    name = match["name"]
    if name == "python":
        yield "python.version"
    if name in _CALLED_OTHERWISE:
        yield f"python.packages.{_CALLED_OTHERWISE[name]}"
    yield f"python.packages.{normalised(re.sub(r'-(base|core)$', '', name))}"
    yield from _of_conda_environment(changes)


# conda's names of what has another one on PyPI.
_CALLED_OTHERWISE = {
    "pytorch": "torch",
    "pytables": "tables",
    "py-opencv": "opencv-python",
    "py-xgboost": "xgboost",
    "python-tzdata": "tzdata",
}


def _of_conda_environment(changes: Changes) -> Iterator[str]:
    prefix = changes.get("conda.prefix")
    if prefix is not None and None in (prefix.before, prefix.after):
        yield "conda.prefix"


def _of_conda_library(_change: Change, changes: Changes, match: Match) -> Iterator[str]:
    """The package that holds a library of the environment, by conda-forge's names: that of the
    library (without its number) or of the project."""
    stem = match["soname"].partition(".so")[0]
    for beginning, names in _CONDA_PACKAGES_OF.items():
        if stem.startswith(beginning):
            for name in names:
                yield from (f"conda.packages.{name}", f"conda.sources.{name}")
    for name in (stem.lower(), stem.lower().removeprefix("lib")):
        yield from (f"conda.packages.{name}", f"conda.sources.{name}")
    yield from _of_conda_environment(changes)


_CONDA_PACKAGES_OF = {
    "libstdc++": ("libstdcxx", "libstdcxx-ng"),
    "libgcc_s": ("libgcc", "libgcc-ng"),
    "libgfortran": ("libgfortran5", "libgfortran", "libgfortran-ng"),
    "libquadmath": ("libgfortran5", "libgcc"),
    "libgomp": ("_openmp_mutex", "libgomp"),
    "libiomp5": ("llvm-openmp", "intel-openmp"),
    "libomp": ("llvm-openmp",),
    "libmkl": ("mkl",),
    "libssl": ("openssl",),
    "libcrypto": ("openssl",),
    "libsqlite3": ("libsqlite", "sqlite"),
    "libz": ("libzlib", "zlib", "zlib-ng"),
    "libfftw3": ("fftw",),
    "libtbb": ("tbb",),
    "libtorch": ("libtorch", "pytorch"),
    "libcudart": ("cuda-cudart", "cudatoolkit"),
    "libcublas": ("libcublas", "cudatoolkit"),
    "libdnnl": ("onednn",),
}


def _entries(value: Value) -> list[dict[str, Value]]:
    """One library, or several copies of it."""
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def _of_framework(_change: Change, changes: Changes, match: Match) -> Iterator[str]:
    """The version, and much of what is built in, is the distribution's; threads and dispatch
    follow the variables and the machine."""
    what = match["what"]
    for name in _DISTRIBUTIONS.get(match["module"], (match["module"],)):
        yield f"python.packages.{name}"
    if "thread" in what or what == "openmp":
        yield from _deciding_threads(changes)
    if any(word in what for word in ("simd", "cpu", "svml")):
        yield from changes.dispatch_variables
        yield from ("cpu.flags", "cpu.features", "os.arch")


_DISTRIBUTIONS = {
    "sklearn": ("scikit-learn",),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python"),
}


def _of_pool(change: Change, changes: Changes, _match: Match) -> Iterator[str]:
    """One pool differs in kernel, version or threads; each has its own cause."""
    before, after = change.before, change.after
    ours = before if isinstance(before, dict) else {}
    theirs = after if isinstance(after, dict) else {}
    if ours.get("architecture") != theirs.get("architecture"):
        yield from ("env.OPENBLAS_CORETYPE", "env.BLIS_ARCH_TYPE", "env.MKL_ENABLE_INSTRUCTIONS")
    owner = change.path.split(".")[1]
    yield f"python.packages.{normalised(owner)}"
    yield from _deciding_threads(changes)
    yield from ("cpu.flags", "cpu.model_name", "cpu.features")


def _deciding_threads(changes: Changes) -> Iterator[str]:
    """The variables that any pool reads, then what the number of CPUs follows from."""
    yield from changes.thread_variables
    yield from ("limits.cpuset", "limits.affinity", "limits.affinity.count", "limits.cpu.quota")
    yield "cpu.logical_count"


def _of_probe(change: Change, changes: Changes, _match: Match) -> Iterator[str]:
    yield from changes.acting.on(change.path)


def _of_editable(_change: Change, _changes: Changes, match: Match) -> Iterator[str]:
    """Setuptools writes `__editable__.NAME-VERSION.pth`, others `_NAME.pth` or `NAME.pth`."""
    stem = match["file"].removesuffix(".pth").removeprefix("__editable__")
    name = normalised(re.split(r"-[0-9]|_finder$", stem.strip("._"))[0])
    yield f"python.sources.{name}"
    yield f"python.packages.{name}"


def _of_shared_namespace(change: Change, _changes: Changes, _match: Match) -> Iterator[str]:
    """Docker switches labels off for a container that shares one of the machine's namespaces."""
    ours, theirs = (
        value if isinstance(value, list) else [] for value in (change.before, change.after)
    )
    if [one for one in [*ours, *theirs] if (one in ours) != (one in theirs)] == ["label=disable"]:
        yield from ("container.privileged", "container.pid_mode", "container.ipc_mode")


def _of_flag(_change: Change, _changes: Changes, match: Match) -> Iterator[str]:
    """`dont_write_bytecode` is PYTHONDONTWRITEBYTECODE."""
    yield f"env.PYTHON{match['name'].replace('_', '').upper()}"


def _of_sysctl(_change: Change, _changes: Changes, match: Match) -> Iterator[str]:
    """`net.core.somaxconn` is `kernel.somaxconn` or `network.sysctl.net.core.somaxconn`."""
    yield f"kernel.{match['name'].rpartition('.')[2]}"
    yield f"network.sysctl.{match['name']}"


def _whole_machine(change: Change, changes: Changes, _match: Match) -> Iterator[str]:
    """A CPU set that is all of the machine on both sides follows from the machine's size."""
    machine = changes.get("cpu.logical_count")
    if machine is not None and (_cpus(change.before), _cpus(change.after)) == (
        machine.before,
        machine.after,
    ):
        yield machine.path


def _cpus(ranges: Value) -> int | None:
    """How many CPUs `0-3,8` names (cpuset(7), List Format)."""
    if not isinstance(ranges, str) or not re.fullmatch(
        r"[0-9]{1,6}(-[0-9]{1,6})?(,[0-9]{1,6}(-[0-9]{1,6})?)*", ranges
    ):
        return None
    ends = [part.partition("-") for part in ranges.split(",")]
    return sum(int(last or first) - int(first) + 1 for first, _, last in ends)


def normalised(name: str) -> str:
    """A distribution's name as `python.packages` has it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# --- the table


class Follows(NamedTuple):
    """In a consequence `<name>` stands for anything without a dot and `<name...>` for anything;
    both are filled into the causes. The first cause that is a change counts.
    """

    consequence: str
    causes: tuple[str, ...] | Finder
    why: str


TABLE = (
    # --- Python distributions: what a distribution brings comes and goes with its version
    Follows(
        "native.wheel.<dist>.*",
        ("python.packages.<dist>", "python.sources.<dist>"),
        "bundled in its wheel",
    ),
    Follows(
        "python.sources.<dist>", ("python.packages.<dist>",), "another version is another file"
    ),
    Follows(
        "python.integrity.<dist>",
        ("python.packages.<dist>", "python.sources.<dist>"),
        "held against its own RECORD",
    ),
    # --- conda: what is also a Python distribution is told as one
    Follows(
        "conda.sources.<name...>", ("conda.packages.<name>",), "another version is another build"
    ),
    Follows("conda.sources.<name...>", _of_conda_package, "the environment's package"),
    Follows("conda.packages.<name...>", _of_conda_package, "the environment's package"),
    Follows(
        "conda.prefix", ("python.environment", "env.CONDA_PREFIX", "python.prefix"), "its directory"
    ),
    Follows("native.conda.<soname...>", _of_conda_library, "the package that holds the library"),
    Follows("python.path.pth.<file...>", _of_editable, "an editable install puts it there"),
    Follows(
        "frameworks.<dist>.*", ("python.packages.<dist>",), "the framework tells its own build"
    ),
    # --- time and text: what takes effect follows from what is set
    Follows(
        "time.tzdata.*",
        ("python.packages.tzdata", "conda.packages.tzdata", "os.packages.tzdata"),
        "the data that is used",
    ),
    *(
        Follows(f"time.{fact}", ("env.TZ", "time.etc_timezone"), "tzset(3)")
        for fact in ("timezone*", "valid", "utc_offset", "dst")
    ),
    Follows("time.faketime*", ("env.LD_PRELOAD", "env.FAKETIME"), "libfaketime(1)"),
    Follows(
        "locale.python.*",
        ("env.PYTHONIOENCODING", "env.PYTHONUTF8", *_LANGUAGE),
        "PEP 538, PEP 540",
    ),
    Follows(
        "locale.*encoding",
        ("env.PYTHONIOENCODING", "env.PYTHONUTF8", *_LANGUAGE),
        "PEP 538, PEP 540",
    ),
    Follows("locale.lc_ctype", _LANGUAGE, "setlocale(3)"),
    Follows("locale.charset", _LANGUAGE, "nl_langinfo(3)"),
    *(
        Follows(
            f"locale.lc_{name.lower()}",
            ("env.LC_ALL", f"env.LC_{name}", "env.LANG"),
            "setlocale(3)",
        )
        for name in (
            "COLLATE",
            "NUMERIC",
            "TIME",
            "MONETARY",
            "MESSAGES",
            "PAPER",
            "NAME",
            "ADDRESS",
            "TELEPHONE",
            "MEASUREMENT",
            "IDENTIFICATION",
        )
    ),
    Follows("locale.*", _LANGUAGE, "setlocale(3)"),
    # --- the operating system: another release is another set of everything
    Follows("os.shell", ("os.id", "os.version_id"), "the distribution's"),
    Follows("os.data", ("os.id",), "the distribution's"),
    Follows("os.version_id", ("os.id",), "another distribution counts its own way"),
    Follows("os.packages.*", ("os.id", "os.version_id"), "the release decides its packages"),
    Follows(
        "os.libc.*",
        ("os.id", "os.version_id", "os.packages.libc6", "os.packages.glibc", "os.packages.musl"),
        "its C library",
    ),
    *(
        Follows(f"os.{fact}", ("os.id", "os.version_id"), "os-release(5)")
        for fact in ("name", "codename", "build_id", "variant_id", "id_like", "package_manager")
    ),
    Follows(
        "os.debian_version",
        ("os.id", "os.version_id", "os.packages.base-files"),
        "base-files holds it",
    ),
    Follows("native.system.<soname...>", _of_package, "the package that holds the library"),
    Follows("native.system.*", ("env.LD_LIBRARY_PATH", "os.id", "os.version_id"), "ld.so(8)"),
    # --- what the application's libraries told (--deep)
    Follows("frameworks.<module>.<what...>", _of_framework, "of the distribution, or its switches"),
    Follows("threads.*", _of_pool, "what decides kernels and sizes of pools"),
    Follows("probes.*", _of_probe, "what computes it"),
    Follows(
        "vulnerabilities.<name>.<id...>", ("python.packages.<name>",), "of the version installed"
    ),
    # --- the dynamic loader
    Follows("native.preload", ("env.LD_PRELOAD", "native.preload.file"), "ld.so(8)"),
    Follows("native.preload.missing", ("env.LD_PRELOAD", "native.preload.file"), "ld.so(8)"),
    Follows("native.loaded.*", _of_loaded, "mapped from a file that differs"),
    # --- Python's start: variables, and what the interpreter makes of them
    Follows(
        "python.path.sys_path",
        ("env.PYTHONPATH", "env.PYTHONHOME", "python.prefix", "python.series"),
        "sys.path",
    ),
    Follows(
        "python.path.user_site",
        ("env.PYTHONUSERBASE", "env.PYTHONNOUSERSITE", "env.HOME", "process.uid"),
        "site",
    ),
    Follows("python.flags.hash_*", ("env.PYTHONHASHSEED",), "cmdline: PYTHONHASHSEED"),
    Follows("python.flags.utf8*", ("env.PYTHONUTF8", *_LANGUAGE), "PEP 540: also in the C locale"),
    Follows("python.flags.<name>", _of_flag, "cmdline: the variable of the same name"),
    Follows("python.gil", ("env.PYTHON_GIL", "python.version"), "PEP 703"),
    # --- the interpreter: another version is another everything
    Follows("python.version", ("python.implementation",), "another interpreter counts its own way"),
    Follows("python.series", ("python.version", "python.implementation"), "part of the version"),
    Follows("python.*prefix", ("python.environment",), "the environment's directory"),
    *(
        Follows(f"python.{fact}", ("python.version", "python.implementation"), "of this build")
        for fact in (
            "build",
            "compiler",
            "abiflags",
            "executable",
            "prefix",
            "base_prefix",
            "hash.*",
            "float.*",
            "*start_method",
            "unicode.version",
            "expat.version",
            "others",
            "debug_build",
        )
    ),
    Follows(
        "python.openssl.version",
        (
            "conda.packages.openssl",
            "os.packages.libssl3",
            "os.packages.libssl3t64",
            "os.id",
            "os.version_id",
            "python.version",
        ),
        "linked library",
    ),
    Follows(
        "python.sqlite.version",
        (
            "conda.packages.libsqlite",
            "conda.packages.sqlite",
            "os.packages.libsqlite3-0",
            "os.id",
            "os.version_id",
            "python.version",
        ),
        "linked library",
    ),
    Follows(
        "python.zlib.version",
        (
            "conda.packages.libzlib",
            "conda.packages.zlib",
            "os.packages.zlib1g",
            "os.id",
            "os.version_id",
            "python.version",
        ),
        "linked library",
    ),
    Follows(
        "python.expat.version",
        (
            "conda.packages.libexpat",
            "conda.packages.expat",
            "os.packages.libexpat1",
            "os.id",
            "os.version_id",
        ),
        "linked library",
    ),
    *(
        Follows(f"filesystem.mounts.{point}", ("container.init",), "what --init puts there")
        for point in ("/usr/sbin/docker-init", "/sbin/docker-init", "/dev/init")
    ),
    Follows("container.security_opt", _of_shared_namespace, "moby: generateSecurityOpt"),
    # --- limits: what programs believe follows from what is set
    Follows("limits.cpuset", _whole_machine, "the whole machine, on both sides"),
    Follows("limits.affinity*", ("limits.cpuset", "cpu.logical_count"), "sched_setaffinity(2)"),
    Follows(
        "limits.python.*",
        (
            "env.PYTHON_CPU_COUNT",
            "limits.affinity",
            "limits.cpuset",
            "cpu.logical_count",
            "limits.cpu.quota",
        ),
        "os.cpu_count()",
    ),
    Follows("limits.memory.swap_max", ("limits.memory.max",), "Docker sets twice the memory"),
    Follows("limits.memory.high", ("limits.memory.max",), "Kubernetes derives it"),
    # --- who the process is decides what it may do and where it lives
    *(
        Follows(consequence, ("process.uid",), "decided by the user")
        for consequence in ("process.user", "process.passwd_entry", "process.gid", "process.groups")
    ),
    Follows("process.group_entry", ("process.gid",), "decided by the group"),
    Follows(
        "process.capabilities", ("process.uid", "process.capabilities.bounding"), "capabilities(7)"
    ),
    Follows("env.HOME", ("process.uid",), "the user's home"),
    Follows("env.USER", ("process.uid",), "the user's name"),
    Follows("env.LOGNAME", ("process.uid",), "the user's name"),
    Follows("filesystem.home.*", ("env.HOME", "process.uid"), "the user's home"),
    Follows("filesystem.tmp.*", ("env.TMPDIR", "env.TEMP", "env.TMP"), "tempfile.gettempdir()"),
    Follows("filesystem.tmp.*", ("filesystem.mounts./tmp",), "mounted over the image"),
    Follows("filesystem.cwd.*", ("process.cwd",), "another directory"),
    Follows("filesystem.*.read_only", ("filesystem.root.read_only",), "the root's mount"),
    Follows(
        "filesystem.*.writable", ("filesystem.root.read_only", "process.uid"), "path_resolution(7)"
    ),
    # --- the machine: another model is another everything, except what libraries dispatch on
    # (flags, features) and how many there are
    *(
        Follows(f"cpu.{fact}", ("cpu.model_name",), "of this model")
        for fact in (
            "vendor",
            "family",
            "model",
            "stepping",
            "microcode",
            "microarchitecture",
            "implementer",
            "part",
            "variant",
            "revision",
            "numa_nodes",
            "models",
            "cores_per_socket",
            "threads_per_core",
            "hypervisor",
            "cache.*",
        )
    ),
    Follows("cpu.*", ("os.arch",), "another architecture"),
    Follows("kernel.version", ("kernel.release",), "the build of the release"),
    Follows("gpu.cuda_version", ("gpu.driver_version",), "the driver decides it"),
    # --- the container: another image has another name, and says so of itself; what it starts and
    # as whom are differences of their own
    *(
        Follows(f"container.{fact}", ("container.image", "container.image_id"), "of the image")
        for fact in ("image_id", "image_digest", "image_created", "architecture", "labels.*")
    ),
    # what the engine was told, where the process shows the effect
    # what each engine sets by itself
    Follows("env.container", ("container.runtime",), "its name: systemd's container interface"),
    Follows("container.ipc_mode", ("container.runtime",), "its default"),
    Follows("container.user", ("process.uid",), "stated, and in effect"),
    Follows("container.working_dir", ("process.cwd",), "stated, and in effect"),
    Follows("container.read_only_root", ("filesystem.root.read_only",), "stated, and in effect"),
    Follows("container.cap_*", ("process.capabilities.bounding",), "stated, and in effect"),
    Follows("container.security_opt", ("process.no_new_privs", "process.seccomp"), "stated"),
    Follows("container.mounts.<point...>", ("filesystem.mounts.<point>",), "stated, and in effect"),
    Follows("container.sysctls.<name...>", _of_sysctl, "stated, and in effect"),
    Follows(
        "network.ca_bundle.*",
        ("env.SSL_CERT_FILE", "env.SSL_CERT_DIR", "os.packages.ca-certificates"),
        "where it is taken from",
    ),
    Follows("network.ca_directory.*", ("env.SSL_CERT_DIR",), "where it is taken from"),
    Follows(
        "network.requests_ca_bundle.*",
        ("env.REQUESTS_CA_BUNDLE", "env.CURL_CA_BUNDLE"),
        "where it is taken from",
    ),
    Follows("network.openssl.conf.*", ("env.OPENSSL_CONF", "os.id", "os.version_id"), "config(5)"),
    *(
        Follows(
            f"network.openssl.{fact}",
            ("env.OPENSSL_CONF", "network.openssl.conf.digest", "network.openssl.conf.exists"),
            "what the configuration says",
        )
        for fact in ("providers", "engines", "properties", "fips", "tls.*")
    ),
    Follows(
        "network.proxy.http", ("env.http_proxy", "env.HTTP_PROXY"), "urllib.request.getproxies()"
    ),
    Follows(
        "network.proxy.https", ("env.https_proxy", "env.HTTPS_PROXY"), "urllib.request.getproxies()"
    ),
    Follows(
        "network.proxy.*",
        ("env.all_proxy", "env.ALL_PROXY", "env.no_proxy", "env.NO_PROXY"),
        "the same",
    ),
)
