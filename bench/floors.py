"""What the least that could do a step costs: no snapshot and no comparison that takes the step at
all can be cheaper. Printed by bench/snapshot.py in the same run, beside what envaudit costs.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from measure import Command, row

# Sizes and existence need a system call for each file; `os.scandir` is the cheapest that the
# standard library has. {site} is the directory of the packages.
_LOOK = """\
import os
site = {site!r}
directories = {{""}}
for name in os.listdir(site):
    if name.endswith(".dist-info"):
        with open(site + "/" + name + "/RECORD", newline="") as record:
            directories.update(line.partition(",")[0].rpartition("/")[0] for line in record)
for directory in directories:
    if not directory.endswith("__pycache__"):
        try:
            descriptor = os.open(site + "/" + directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        with os.scandir(descriptor) as entries:
            [entry.stat().st_size for entry in entries if entry.is_file()]
        os.close(descriptor)
"""
_READ = """\
import os
from hashlib import sha256
site = {site!r}
for name in os.listdir(site):
    if name.endswith(".dist-info"):
        for file in ("METADATA", "RECORD"):
            descriptor = os.open(site + "/" + name + "/" + file, os.O_RDONLY)
            sha256(os.read(descriptor, 8192 if file == "METADATA" else 2**24))
            os.close(descriptor)
"""
_EXTENSIONS = "import _ssl, _sqlite3, zlib, pyexpat, unicodedata"
_TYPER = """\
import typer
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
@app.command()
def command(a: str, b: str) -> None:
    import rich.console
app()
"""
_DOCKER = """\
import docker
client = docker.from_env()
container = client.api.exec_create({name!r}, "true")
client.api.exec_start(container["Id"])
"""


def of_a_snapshot(python: str, folder: Path, number: int) -> None:
    """Over the environment's own interpreter, started plainly."""
    bare = [python, "-c", "pass"]
    empty = folder / "empty.pyz"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("__main__.py", "")
    site = str(next(Path(python).parent.parent.glob("lib/python*/site-packages")))
    for step, command in (
        ("a zip archive that does nothing", [str(empty)]),
        ("loading the modules that tell versions", ["-c", _EXTENSIONS]),
        ("reading and hashing METADATA's heads and RECORDs", ["-c", _READ.format(site=site)]),
        ("looking at each recorded file's size", ["-c", _LOOK.format(site=site)]),
    ):
        row(f"  floor: {step}", [python, "-I", "-S", "-B", *command], bare, number)


def of_the_tool(folder: Path, imports: Command, number: int) -> None:
    """Over importing typer and rich."""
    program = folder / "empty.py"
    program.write_text(_TYPER)
    row(
        "  floor: an empty command of typer",
        [sys.executable, str(program), "a", "b"],
        imports,
        number,
    )


def of_containers(name: str, command: Command, number: int) -> None:
    """Over the engine's own client, wall."""
    client = [sys.executable, "-c", _DOCKER.format(name=name)]
    row("  floor: the same by the engine's library", client, command, number, figure="wall")
