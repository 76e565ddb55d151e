"""Options that several commands share."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import config
from ..advisories import Service, with_vulnerabilities
from ..capture import CaptureOptions, Kind, capture, parse_target
from ..model import Fingerprint
from .console import complain, progress

TARGET_HELP = (
    "What to fingerprint: `.` (this environment), docker:CONTAINER, image:IMAGE, "
    "image:PATH[#[NAME:TAG][@OS/ARCH]] (an archive of `docker save`, or an OCI layout as a "
    "directory or tar), pid:N, rootfs:DIR-or-TAR, oci://REGISTRY/IMAGE (the fingerprint "
    "attached to it), or a fingerprint file. A PATH of an image "
    "begins with `/`, `./` or `../`, ends in .tar, .tar.gz, .tgz or .tar.zst, or holds a `/` "
    "and exists; `-` reads a pipe."
)

Output = Annotated[
    Optional[Path],
    typer.Option("-o", "--output", metavar="FILE", help="Write there; `-` is standard output."),
]
Python = Annotated[
    Optional[str],
    typer.Option(
        "--python",
        metavar="INTERPRETER",
        help="The application's interpreter, where the main process does not tell it.",
    ),
]
Integrity = Annotated[
    str,
    typer.Option(
        "--integrity",
        metavar="fast|full|off",
        help="Hold installed files against their RECORD: by size, by hash, or not.",
    ),
]
Name = Annotated[
    Optional[str], typer.Option("--name", metavar="LABEL", help="A name to recognise it by.")
]
Show = Annotated[
    Optional[list[str]],
    typer.Option(
        "--show",
        metavar="GLOB",
        help="Also keep the values of environment variables of that name.",
    ),
]
KeyFile = Annotated[
    Optional[Path],
    typer.Option(
        "--key-file", metavar="FILE", help="Key for digests that tell hidden values apart."
    ),
]
Deep = Annotated[
    bool,
    typer.Option(
        "--deep",
        help="Also ask the application's own libraries: thread pools, switches, numeric probes.",
    ),
]
Audit = Annotated[
    bool,
    typer.Option("--audit", help="With the known vulnerabilities of Python distributions."),
]
ServiceName = Annotated[
    str, typer.Option("--service", metavar="osv|pypi", help="Whom to ask for vulnerabilities.")
]
OsvUrl = Annotated[
    Optional[str],
    typer.Option(
        "--osv-url", metavar="URL", envvar="ENVAUDIT_OSV_URL", help="An OSV server of your own."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on standard error.")]


def configuration() -> config.Configuration:
    """The configuration that counts in the working directory, which may be gone."""
    try:
        directory = Path.cwd()
    except OSError:
        directory = None
    return config.find(directory, os.environ)


def capture_options(
    settings: config.Configuration,
    python: str | None = None,
    integrity: str = "fast",
    name: str | None = None,
    show: list[str] | None = None,
    key_file: Path | None = None,
    deadline: float | None = None,
    deep: bool = False,
) -> CaptureOptions:
    """Options over variables over the configuration file."""
    if integrity not in ("fast", "full", "off"):
        raise typer.BadParameter(f"--integrity takes fast, full or off, not {integrity!r}")
    if deadline is not None and not 0 < deadline < 86400:
        raise typer.BadParameter("--deadline takes seconds, between 0 and a day")
    key_settings = config.Configuration(key_file=key_file) if key_file is not None else settings
    return CaptureOptions(
        python=python,
        integrity=integrity,
        name=name,
        show=(*settings.env_show, *(show or [])),
        key=config.secret_key(key_settings),
        deadline=deadline,
        deep=deep,
    )


def captured(target: str, options: CaptureOptions, quiet: bool = False) -> Fingerprint:
    """Capture or load a target, showing that it takes its time."""
    parsed = parse_target(target)
    if parsed.kind is Kind.FILE:
        return capture(parsed, options)
    with progress(f"capturing {parsed}", quiet) as tell:
        told = replace(options, progress=tell.files, bytes_read=tell.bytes_read)
        fingerprint = capture(parsed, told if quiet else replace(told, notice=complain))
    if options.python is not None and not quiet:
        _tell_interpreter(fingerprint, options.python)
    return fingerprint


def audited(fingerprint: Fingerprint, service: Service, quiet: bool = False) -> Fingerprint:
    """With its known vulnerabilities, showing that asking takes its time."""
    with progress("asking for known vulnerabilities", quiet):
        return with_vulnerabilities(fingerprint, service)


def _tell_interpreter(fingerprint: Fingerprint, named: str) -> None:
    """Say so where what was named is no Python but a shell or a wrapper that starts one."""
    section = fingerprint.sections.get("python")
    chosen = section.facts if section is not None else {}
    if chosen.get("chosen_because", "named") != "named":
        executable = chosen.get("executable")
        complain(f"--python {named} is no Python: taking {executable} as the application's")
