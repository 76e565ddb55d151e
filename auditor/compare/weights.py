"""How much a change is likely to matter, before any rule looks at it.

- high: known to change results or to break programs, and a cause rather than a consequence;
- medium: may matter, depends on the program;
- low: noise (names of instances, builds, what orchestrators inject).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..model import ChangeKind, Value, Weight
from .globs import PathTable, matches

_HIGH, _MEDIUM, _LOW = Weight.HIGH, Weight.MEDIUM, Weight.LOW


class _Row(NamedTuple):
    """`only`: the change's kind or version level is one of these; `parts`: a member that was
    added, removed, moved or changed within the value matches one of these globs.
    """

    weight: Weight
    only: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


# First match wins; what matches nothing is medium.
_TABLE: tuple[tuple[tuple[str, ...], _Row], ...] = (
    # --- env: orchestrators and shells; what they inject says nothing about the program
    (("env.KUBERNETES_*", "env.*_SERVICE_HOST", "env.*_SERVICE_PORT*"), _Row(_LOW)),
    (("env.*_PORT_[0-9]*_TCP*", "env.*_PORT_[0-9]*_UDP*"), _Row(_LOW)),
    (("env.HOSTNAME", "env.PWD", "env.OLDPWD", "env.SHLVL", "env._"), _Row(_LOW)),
    (("env.TERM", "env.COLORTERM", "env.LS_COLORS", "env.COLUMNS", "env.LINES"), _Row(_LOW)),
    (("env.NO_COLOR", "env.FORCE_COLOR", "env.CLICOLOR*", "env.PAGER", "env.EDITOR"), _Row(_LOW)),
    (("env.SSH_*", "env.XDG_SESSION_*", "env.DEBIAN_FRONTEND", "env.GPG_KEY"), _Row(_LOW)),
    # what Kubernetes' downward API, other orchestrators and monitoring are told about a place
    (("env.POD_*", "env.NODE_NAME", "env.NODE_IP", "env.HOST_IP", "env.NOMAD_*"), _Row(_LOW)),
    (("env.ECS_CONTAINER_*", "env.K_SERVICE", "env.K_REVISION", "env.DYNO"), _Row(_LOW)),
    (("env.DD_ENV", "env.DD_SERVICE", "env.DD_VERSION", "env.DD_TAGS"), _Row(_LOW)),
    (("env.DD_HOSTNAME", "env.DD_AGENT_HOST", "env.OTEL_RESOURCE_ATTRIBUTES"), _Row(_LOW)),
    # what official images state about the Python that they hold: see python.version
    (("env.PYTHON_VERSION", "env.PYTHON_SHA256", "env.PYTHON_PIP_VERSION"), _Row(_LOW)),
    (("env.PYTHON_SETUPTOOLS_VERSION", "env.PYTHON_GET_PIP_*"), _Row(_LOW)),
    # build and deployment identifiers
    (
        ("env.*_BUILD_ID", "env.BUILD_*", "env.GIT_COMMIT", "env.GIT_SHA", "env.COMMIT_SHA"),
        _Row(_LOW),
    ),
    # how Python shows and logs, not what it computes
    (("env.PYTHONUNBUFFERED", "env.PYTHONDONTWRITEBYTECODE", "env.PYTHON_COLORS"), _Row(_LOW)),
    (("env.PYTHONFAULTHANDLER", "env.PYTHON_HISTORY", "env.PYTHON_BASIC_REPL"), _Row(_LOW)),
    (("env.PYTHONPYCACHEPREFIX", "env.PYTHONSTARTUP"), _Row(_LOW)),
    # --- env: Python's own switches: module search, hashing, encodings, optimisation, GIL
    (("env.PYTHON*",), _Row(_HIGH)),
    # --- env: loader and allocators: other libraries, other malloc, another clock
    (("env.LD_*", "env.GLIBC_TUNABLES", "env.FAKETIME*"), _Row(_HIGH)),
    (("env.MALLOC_*", "env._RJEM_MALLOC_CONF", "env.TCMALLOC_*", "env.MIMALLOC_*"), _Row(_HIGH)),
    # --- env: thread pools: number and placement decide speed, and the order of summation
    (
        ("env.OMP_*", "env.GOMP_*", "env.KMP_*", "env.*_NUM_THREADS", "env.*_MAX_THREADS"),
        _Row(_HIGH),
    ),
    (("env.VECLIB_*", "env.LOKY_MAX_CPU_COUNT", "env.GOMAXPROCS"), _Row(_HIGH)),
    # --- env: BLAS and vector code: which kernel computes
    (("env.OPENBLAS_*", "env.GOTO*", "env.MKL_*", "env.BLIS_*", "env.FLEXIBLAS*"), _Row(_HIGH)),
    (("env.NPY_*", "env.NUMBA_*", "env.NUMEXPR_*", "env.SCIPY_*", "env.ARROW_*"), _Row(_HIGH)),
    (("env.DNNL_*", "env.ONEDNN_*", "env.ATEN_CPU_CAPABILITY", "env.OPENCV_*"), _Row(_HIGH)),
    (("env.POLARS_*", "env.PANDAS_*", "env.SKLEARN_*"), _Row(_HIGH)),
    # --- env: frameworks and GPUs: determinism, precision, devices
    (("env.TORCH*", "env.PYTORCH_*", "env.TF_*", "env.XLA_*", "env.JAX_*"), _Row(_HIGH)),
    (("env.KERAS_BACKEND", "env.TOKENIZERS_PARALLELISM", "env.VLLM_*"), _Row(_HIGH)),
    (("env.CUDA_VERSION", "env.CUDNN_VERSION", "env.NCCL_VERSION", "env.NV_*"), _Row(_LOW)),
    (("env.CUDA_*", "env.CUBLAS*", "env.CUDNN_*", "env.NVIDIA_*", "env.NCCL_*"), _Row(_HIGH)),
    (("env.HIP_*", "env.ROCR_*", "env.HSA_*", "env.MIOPEN_*", "env.ROCBLAS_*"), _Row(_HIGH)),
    # --- env: text and time
    (("env.TZ", "env.TZDIR", "env.LANG", "env.LC_*"), _Row(_HIGH)),
    # application settings, search paths, proxies, homes: which of them matters, only rules
    # and users know
    (("env.*",), _Row(_MEDIUM)),
    # --- Python distributions
    # installers: not imported by programs
    (("python.packages.pip", "python.packages.setuptools", "python.packages.wheel"), _Row(_LOW)),
    (("python.packages.uv", "python.packages.distribute"), _Row(_LOW)),
    # one side lacks it: an import fails, or an optional code path is taken
    (("python.packages.*",), _Row(_HIGH, only=("added", "removed"))),
    # whatever computes with data: even a patch or another build changes results
    (("python.packages.numpy", "python.packages.scipy", "python.packages.pandas"), _Row(_HIGH)),
    (("python.packages.scikit-*", "python.packages.statsmodels"), _Row(_HIGH)),
    (("python.packages.polars*", "python.packages.pyarrow", "python.packages.dask"), _Row(_HIGH)),
    (
        ("python.packages.torch*", "python.packages.tensorflow*", "python.packages.keras"),
        _Row(_HIGH),
    ),
    (("python.packages.jax*", "python.packages.flax", "python.packages.triton"), _Row(_HIGH)),
    (
        ("python.packages.xgboost", "python.packages.lightgbm", "python.packages.catboost"),
        _Row(_HIGH),
    ),
    (
        ("python.packages.onnx*", "python.packages.openvino", "python.packages.tensorrt*"),
        _Row(_HIGH),
    ),
    (("python.packages.transformers", "python.packages.tokenizers"), _Row(_HIGH)),
    (
        ("python.packages.diffusers", "python.packages.sentencepiece", "python.packages.vllm"),
        _Row(_HIGH),
    ),
    (("python.packages.numba", "python.packages.llvmlite", "python.packages.numexpr"), _Row(_HIGH)),
    (
        ("python.packages.bottleneck", "python.packages.cupy*", "python.packages.nvidia-*"),
        _Row(_HIGH),
    ),
    (
        ("python.packages.mkl*", "python.packages.intel-openmp", "python.packages.opencv-*"),
        _Row(_HIGH),
    ),
    (("python.packages.pillow*", "python.packages.threadpoolctl"), _Row(_HIGH)),
    (
        ("python.packages.tzdata", "python.packages.pytz", "python.packages.python-dateutil"),
        _Row(_HIGH),
    ),
    # others: a major version, or an epoch, may break what uses it
    (("python.packages.*",), _Row(_HIGH, only=("epoch", "major"))),
    (("python.packages.*",), _Row(_MEDIUM)),
    # --- how a distribution came here: other code under an unchanged version
    (
        ("python.sources.*",),
        _Row(_HIGH, parts=("editable", "url", "commit", "archive", "record", "tags", "hides")),
    ),
    (("python.sources.*",), _Row(_LOW)),
    # patched, damaged or incomplete; one side alone: see python.packages
    (("python.integrity.*",), _Row(_HIGH, only=("changed",))),
    (("python.integrity.*",), _Row(_LOW)),
    # --- conda: libraries that compute, and the variants in which they come; what is a Python
    # distribution too is folded under that
    (("conda.packages.*blas*", "conda.packages.*lapack*", "conda.packages.*mkl*"), _Row(_HIGH)),
    (
        ("conda.packages.*openmp*", "conda.packages.libgomp", "conda.packages.libstdcxx*"),
        _Row(_HIGH),
    ),
    (("conda.packages.cuda*", "conda.packages.cudnn*", "conda.packages.libcu*"), _Row(_HIGH)),
    (("conda.packages.nccl", "conda.packages.*malloc*", "conda.packages.tzdata"), _Row(_HIGH)),
    (("conda.packages.*",), _Row(_LOW, only=("patch", "build"))),
    (
        ("conda.sources.*blas*", "conda.sources.*lapack*", "conda.sources.*mkl*"),
        _Row(_HIGH, parts=("build",)),
    ),
    (
        ("conda.sources.*openmp*", "conda.sources.*torch*", "conda.sources.tensorflow*"),
        _Row(_HIGH, parts=("build",)),
    ),
    (
        ("conda.sources.jaxlib", "conda.sources.*xgboost*", "conda.sources.*lightgbm*"),
        _Row(_HIGH, parts=("build",)),
    ),
    (("conda.sources.*",), _Row(_MEDIUM, parts=("build",))),
    (("conda.sources.*",), _Row(_LOW)),
    # --- what is imported, and from where
    (("python.path.pth.distutils-precedence.pth",), _Row(_LOW)),  # of setuptools, does nothing
    (("python.path.script_directory", "python.path.user_site"), _Row(_MEDIUM)),
    (("python.path.*",), _Row(_HIGH)),
    # --- the interpreter
    (("python.version",), _Row(_HIGH, only=("epoch", "major", "minor", "added", "removed"))),
    (("python.version",), _Row(_MEDIUM)),
    (("python.series", "python.implementation", "python.gil", "python.abiflags"), _Row(_HIGH)),
    (
        ("python.flags.dont_write_bytecode", "python.flags.verbose", "python.flags.quiet"),
        _Row(_LOW),
    ),
    (("python.flags.*", "python.hash.*", "python.float.*", "python.debug_build"), _Row(_HIGH)),
    (("python.*start_method",), _Row(_HIGH)),
    (("python.build", "python.compiler", "python.chosen_because", "python.others"), _Row(_LOW)),
    (("python.*",), _Row(_MEDIUM)),
    # --- native libraries that decide results
    (("native.preload*",), _Row(_HIGH)),
    (
        ("native.*blas*", "native.*lapack*", "native.*mkl*", "native.*blis*", "native.*atlas*"),
        _Row(_HIGH),
    ),
    (("native.*gomp*", "native.*iomp*", "native.*libomp*", "native.*tbb*"), _Row(_HIGH)),
    (("native.*malloc*", "native.*faketime*", "native.*fftw*", "native.*svml*"), _Row(_HIGH)),
    (("native.*cuda*", "native.*cublas*", "native.*cudnn*", "native.*nccl*"), _Row(_HIGH)),
    (("native.*cufft*", "native.*cusolver*", "native.*cusparse*", "native.*nvrtc*"), _Row(_HIGH)),
    (("native.*rocblas*", "native.*miopen*", "native.*MIOpen*", "native.*amdhip*"), _Row(_HIGH)),
    (("native.*torch*", "native.*dnnl*", "native.*stdc++*", "native.*mvec*"), _Row(_HIGH)),
    (("native.*",), _Row(_MEDIUM)),
    # --- what the application's libraries told (--deep): numbers differ, or what computes them
    (("probes.*", "threads.*"), _Row(_HIGH)),
    (("frameworks.*.compiler", "frameworks.*git_version", "frameworks.*.cxx_abi"), _Row(_LOW)),
    (("frameworks.sklearn.config.display", "frameworks.*.print_changed_only"), _Row(_LOW)),
    (("frameworks.*verbosity",), _Row(_LOW)),
    (("frameworks.*",), _Row(_HIGH)),
    (("vulnerabilities.*",), _Row(_HIGH)),
    # --- the operating system
    # another libc or architecture: other wheels, other loader, other mathematics
    (("os.libc.*", "os.arch", "os.id"), _Row(_HIGH)),
    (("os.version_id",), _Row(_HIGH, only=("major",))),
    # the packages behind the high-weight libraries and tables
    (("os.packages.libc6", "os.packages.glibc", "os.packages.musl"), _Row(_HIGH)),
    (("os.packages.*blas*", "os.packages.liblapack*", "os.packages.*mkl*"), _Row(_HIGH)),
    (("os.packages.libgomp*", "os.packages.libstdc++*"), _Row(_HIGH)),
    (("os.packages.*malloc*", "os.packages.*faketime*"), _Row(_HIGH)),
    (("os.packages.libcudnn*", "os.packages.libcublas*", "os.packages.libnccl*"), _Row(_HIGH)),
    (("os.packages.tzdata*",), _Row(_HIGH)),
    # others: revisions and patches of what the program hardly sees
    (("os.packages.*",), _Row(_LOW, only=("patch", "build"))),
    (("os.packages.*",), _Row(_MEDIUM)),
    (("os.name", "os.codename", "os.build_id", "os.variant_id", "os.debian_version"), _Row(_LOW)),
    (("os.id_like", "os.package_manager"), _Row(_LOW)),
    # --- limits: what is enforced without being told
    (("limits.cpu.quota", "limits.cpuset", "limits.affinity*"), _Row(_HIGH)),
    (
        ("limits.memory.max", "limits.memory.high", "limits.pids.max", "limits.shm_size"),
        _Row(_HIGH),
    ),
    (("limits.rlimit.nofile.*", "limits.rlimit.stack.*", "limits.rlimit.nproc.*"), _Row(_HIGH)),
    (("limits.rlimit.as.*", "limits.rlimit.data.*", "limits.rlimit.fsize.*"), _Row(_HIGH)),
    (("limits.rlimit.cpu.*", "limits.rlimit.memlock.*"), _Row(_HIGH)),
    (("limits.rlimit.msgqueue.*",), _Row(_MEDIUM)),
    (("limits.rlimit.*", "limits.oom_score_adj"), _Row(_LOW)),
    (("limits.*",), _Row(_MEDIUM)),
    # --- the process: who it is
    (("process.uid", "process.gid", "process.umask"), _Row(_HIGH)),
    (("process.pid",), _Row(_LOW)),
    (("process.*",), _Row(_MEDIUM)),
    # --- files: where it can write
    (("filesystem.*.free",), _Row(_LOW)),
    (("filesystem.root.read_only", "filesystem.*.writable", "filesystem.*.exists"), _Row(_HIGH)),
    (("filesystem.tmp.read_only", "filesystem.cwd.read_only"), _Row(_HIGH)),
    (("filesystem.*",), _Row(_MEDIUM)),
    # --- text and time as they take effect
    (("locale.lc_ctype", "locale.lc_collate", "locale.lc_numeric", "locale.lc_time"), _Row(_HIGH)),
    (("locale.lc_all", "locale.lang", "locale.lc_monetary", "locale.missing"), _Row(_HIGH)),
    (("locale.charset", "locale.*encoding", "locale.python.*"), _Row(_HIGH)),
    (("locale.lc_*", "locale.language"), _Row(_LOW)),
    (("time.timezone", "time.utc_offset*", "time.tzdata.version", "time.faketime*"), _Row(_HIGH)),
    (("time.*",), _Row(_MEDIUM)),
    # --- which algorithms, protocols and names a program gets
    (("network.openssl.*", "network.nsswitch.*", "network.ipv6.*"), _Row(_HIGH)),
    # --- the machine
    # kernels and libraries choose their code by these
    (
        ("cpu.flags", "cpu.features"),
        _Row(
            _HIGH,
            parts=(
                *("sse*", "ssse3", "avx*", "fma*", "f16c", "bmi*", "amx*", "popcnt", "vaes"),
                *("asimd*", "sve*", "sme*", "bf16", "i8mm", "fphp", "neon", "vfp*"),
            ),
        ),
    ),
    (("cpu.flags", "cpu.features", "cpu.microcode", "cpu.stepping"), _Row(_LOW)),
    (("cpu.vendor", "cpu.microarchitecture", "cpu.implementer", "cpu.emulated"), _Row(_HIGH)),
    (("cpu.logical_count", "cpu.count"), _Row(_HIGH)),
    (("cpu.*",), _Row(_MEDIUM)),
    (("gpu.count", "gpu.driver_version", "gpu.cuda_version", "gpu.*.name"), _Row(_HIGH)),
    (("gpu.*compute_capability", "gpu.*.mig*", "gpu.*.memory*"), _Row(_HIGH)),
    (("kernel.version",), _Row(_LOW)),
    # --- the container: what it is called and was made from
    (("container.privileged",), _Row(_HIGH)),
    (("container.labels.*", "container.name", "container.id", "container.log_*"), _Row(_LOW)),
    (("container.image_created", "container.healthcheck", "container.exposed_ports"), _Row(_LOW)),
    (("container.restart_policy", "container.stop_signal", "container.tty"), _Row(_LOW)),
    (("container.orchestrator",), _Row(_LOW)),  # who placed it: what that decides are facts too
)

_WEIGHTS = PathTable((glob, row) for globs, row in _TABLE for glob in globs)


def weight_of(path: str, kind: ChangeKind, detail: Mapping[str, Value]) -> Weight:
    """The weight of one change; the same from either side."""
    for row in _WEIGHTS.all(path):
        if row.only and kind.value not in row.only and detail.get("level") not in row.only:
            continue
        if row.parts and not _touches(detail, row.parts):
            continue
        return row.weight
    return _MEDIUM


def _touches(detail: Mapping[str, Value], globs: Iterable[str]) -> bool:
    members = [
        member
        for part in ("added", "removed", "moved", "changed")
        if isinstance(listed := detail.get(part), list)
        for member in listed
    ]
    return any(
        isinstance(member, str) and matches(member, glob) for member in members for glob in globs
    )
