"""A package of the operating system is missing, or has another version.

The fallback for OS packages: the C library, TLS, SQLite, BLAS, OpenMP and time zones have rules
of their own.

What it means
    The same release of the distribution has other packages installed, or other versions: shared
    libraries that Python packages load, and programs that are started as child processes.

Why it matters
    A missing program ends in FileNotFoundError; another library decodes images, draws text,
    compresses or converts a little differently. Most differences of this kind change nothing.
    A library of another release of the distribution (a later minor or major version under the
    same release) is more: what was compiled for the one may not load or run with the other.

How to confirm
    `docker exec CONTAINER dpkg -l NAME` (apk info, rpm -q) on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...compare.globs import matches
from ...model import Change, Weight
from ..pair import Pair, listed
from ..rule import Hit, Remedy, Rule

MOST_NAMED = 16
# What Python programs load or start; more likely to matter than the rest.
USED = (
    "libxml2*", "libxslt*", "libjpeg*", "libpng*", "libtiff*", "libwebp*", "libfreetype*",
    "libfontconfig*", "libcairo*", "libpango*", "libharfbuzz*", "libgl1*", "libglib2*", "libmagic*",
    "libgdal*", "libproj*", "proj-*", "libgeos*", "libhdf5*", "libnetcdf*", "libpq*", "libmysql*",
    "libmariadb*", "libodbc*", "unixodbc*", "libsnappy*", "libzstd*", "liblz4*", "libicu*",
    "ffmpeg*", "libav*", "imagemagick*", "ghostscript*", "poppler*", "tesseract*", "libreoffice*",
    "wkhtmltopdf*", "graphviz*", "fonts-*", "ttf-*", "git", "openssh-client", "curl", "wget",
    "postgresql-client*", "default-mysql-client*", "redis-tools", "openjdk*", "default-jre*",
    "chromium*", "firefox*", "media-types", "mailcap", "mime-support", "shared-mime-info",
    "iso-codes", "hunspell*", "myspell*", "libenchant*", "locales*", "coreutils", "gawk", "mawk",
    "sed", "grep", "findutils", "bash", "dash", "busybox*", "tar", "gzip", "zip", "unzip", "jq",
)  # fmt: skip
# Rules of their own, and what no program notices.
ELSEWHERE = (
    "libc6*", "glibc*", "musl*", "libssl*", "libcrypto*", "openssl*", "ca-certificates*",
    "tzdata*", "libsqlite3*", "sqlite*", "zlib*", "libz1", "libexpat*", "libgomp*", "libstdc++*",
    "libgcc*", "gcc-*-base", "*blas*", "*lapack*", "libatlas*", "*jemalloc*", "*tcmalloc*",
    "*mimalloc*", "*faketime*", "libomp*", "libtbb*", "*cuda*", "*cudnn*", "*nccl*", "python3*",
    "libpython3*", "libnss*", "locales-all", "language-pack*", "glibc-langpack*",
)  # fmt: skip
NOISE = (
    "less", "nano", "vim*", "emacs*", "procps*", "htop", "iotop", "lsof", "strace", "gdb*",
    "man-db",
    "manpages*", "bash-completion", "base-files", "base-passwd", "motd*", "update-motd", "apt*",
    "libapt*", "dpkg*", "debconf*", "debian-*keyring", "*-doc", "*-dev", "*-dbg*", "linux-libc-dev",
    "login*", "passwd", "init-system-helpers", "sysvinit*", "systemd*", "libsystemd*", "libudev*",
    "adduser", "tree", "file", "netcat*", "iputils*", "iproute2", "net-tools", "dnsutils", "sudo",
    "lsb-release", "readline-common", "ncurses*", "libncurses*", "libtinfo*", "util-linux*",
    "mount",
    "libpam*", "libaudit*", "libselinux*", "e2fsprogs*", "logsave", "perl*", "libperl*", "gpg*",
    "gnupg*", "pinentry*", "cpp*", "gcc*", "g++*", "make", "build-essential", "binutils*", "patch",
)  # fmt: skip

RULE = Rule(
    id="EA245",
    name="os-package-differs",
    effects=("behaviour", "crash"),
    severity="low",
    fallback=True,
    reads=("os.packages.*",),
    remedy=Remedy(
        image="build both images from one base image by digest, and pin packages that matter: "
        "`RUN apt-get install -y NAME=VERSION`",
    ),
    sources=(
        "https://github.com/python-pillow/Pillow/blob/main/docs/installation/building-from-source.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    found = [change for change in pair.left("os.packages.*") if _counts(change)]
    if not found:
        return
    found.sort(key=lambda change: (-_likelihood(change), change.path))
    told = listed(
        [
            f"{change.key} is {change.before or 'missing'} in A, {change.after or 'missing'} in B"
            for change in found
        ]
    )
    yield Hit(
        message=f"Packages of the operating system differ: {told}: what loads or starts "
        "them can fail or behave otherwise.",
        changes=tuple(found[:MOST_NAMED]),
        confidence=_likelihood(found[0]),
    )


def _counts(change: Change) -> bool:
    if change.folded_under is not None or change.weight is Weight.LOW:
        return False
    if _is_one_of(change.key, NOISE):
        return False
    return _of_another_release(change) or not _is_one_of(change.key, ELSEWHERE)


def _of_another_release(change: Change) -> bool:
    """A shared library whose upstream version differs by more than a release's own updates
    do. Between two releases every package differs so, and is folded under `os.version_id`."""
    steps = change.detail.get("level") in ("minor", "major", "epoch")
    return change.key.startswith("lib") and None not in (change.before, change.after) and steps


def _likelihood(change: Change) -> float:
    if _of_another_release(change):
        return 0.5
    if None in (change.before, change.after):
        return 0.35 if _is_one_of(change.key, USED) else 0.2
    return 0.25 if _is_one_of(change.key, USED) else 0.15


def _is_one_of(name: str, globs: tuple[str, ...]) -> bool:
    return any(matches(name, glob) for glob in globs)
