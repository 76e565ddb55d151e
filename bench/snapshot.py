"""What a snapshot costs in an environment of some 300 distributions, and what a comparison does.

    python bench/snapshot.py ENVIRONMENT [PAIRS]

ENVIRONMENT is a virtual environment (`make bench-snapshot` makes it from bench/environment.txt).
Each row runs both commands in turn and prints the median of the ratios pair by pair, of user and
system time together where nothing else is said. On an overlay (`bench/overlay.sh`) the file
system costs what it costs in a container, and a baked state is worth what it is worth there.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import floors
from measure import cost, pairs, peak_memory, row

from auditor.agent.canonical import digest
from auditor.agent.mounts import read_mounts
from auditor.agent.process import Process
from auditor.agent.root import LiveRoot
from auditor.capture import bundle

ROOT = Path(__file__).parent.parent
TOOL = [sys.executable, "-m", "auditor"]
CONTAINER = "envaudit-bench"
# What a container has: this machine's own variables would be part of what is measured.
VARIABLES = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "ENVAUDIT_BAKED": "",
}


def main(environment: Path, number: int) -> None:
    os.environ.clear()
    os.environ.update(VARIABLES)
    python = str(environment / "bin" / "python")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        installed = sum(1 for _ in environment.glob("lib/python*/site-packages/*.dist-info"))
        print(f"{installed} distributions; pairs: {number}; root: {_root_type()}\n")
        of_the_agent(python, folder, number)
        floors.of_a_snapshot(python, folder, number)
        of_others(python, folder, max(3, number // 3))
        of_the_tool(folder, number)
        of_containers(number)


def of_the_agent(python: str, folder: Path, number: int) -> None:
    bare = [python, "-c", "pass"]
    pyz = folder / "envaudit.pyz"
    pyz.write_bytes(bundle.zipapp([python]))
    out = str(folder / "fingerprint.json")
    snapshot = ["snapshot", "-o", out, "--quiet"]
    source = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    source += "from auditor.agent.__main__ import main; sys.exit(main())"
    from_source = [python, "-I", "-S", "-B", "-c", source, *snapshot]
    packed = [python, "-I", "-S", str(pyz), *snapshot]
    row("agent from source, over python -c pass", from_source, bare, number)
    row("envaudit.pyz, over the same", packed, bare, number)
    row(
        "envaudit.pyz --integrity off, over the same", [*packed, "--integrity", "off"], bare, number
    )
    print("  per section (ms):", _sections(out))
    baked = {**os.environ, "ENVAUDIT_BAKED": str(folder / "baked")}
    subprocess.run([*packed[:4], "snapshot", "--bake", "--quiet"], check=True, env=baked)
    row("envaudit.pyz, baked, over the same", packed, bare, number, environ=baked)
    print("  per section (ms):", _sections(out))
    for name, environ in (("envaudit.pyz", None), ("baked", baked)):
        more = peak_memory(packed, environ) - peak_memory(bare)
        print(f"{name + ', peak memory over a bare interpreter':<66} {more:+6.1f} MiB")
    site = next(Path(python).parent.parent.glob("lib/python*/site-packages"))
    hashing = [python, "-I", "-S", str(ROOT / "bench" / "hash_installed.py"), str(site)]
    full = [*packed, "--integrity", "full"]
    row("--integrity full, over reading and hashing the same files", full, hashing, 3)
    for name, environ in (("envaudit.pyz", None), ("baked", baked)):
        print(f"{name + ', with a cold page cache':<66} {_cold(packed, environ)}")


def of_others(python: str, folder: Path, number: int) -> None:
    """What captures less, at what cost."""
    ours = [python, "-I", "-S", str(folder / "envaudit.pyz"), "snapshot", "-o",
            str(folder / "x.json"), "--quiet"]  # fmt: skip
    environment = Path(python).parent.parent
    others = {
        "pip freeze": [python, "-m", "pip", "freeze"],
        "pip inspect": [python, "-m", "pip", "inspect"],
        "ceteris capture": [str(environment / "bin" / "ceteris"), "capture", "--repo", str(folder)],
        "facter": ["facter"],
    }
    for name, command in others.items():
        if shutil.which(command[0]) is None:
            print(f"{name}: not installed here")
        else:
            row(f"{name}, over envaudit.pyz", command, ours, number)


def of_the_tool(folder: Path, number: int) -> None:
    bare = [sys.executable, "-c", "pass"]
    file = folder / "fingerprint.json"
    snapshot = [*TOOL, "snapshot", "-o", str(folder / "own.json"), "--quiet"]
    row("envaudit snapshot as installed (its own environment)", snapshot, bare, number)
    other, large, larger = (folder / name for name in ("other.json", "large.json", "larger.json"))
    document = json.loads(file.read_text())
    for path, times, shift in ((other, 1, "b"), (large, 20, "a"), (larger, 20, "b")):
        path.write_text(json.dumps(_enlarged(document, times, shift)))
    imports = [sys.executable, "-c", "import typer, rich"]
    compare = [*TOOL, "compare", str(file), str(other)]
    row("envaudit compare, over importing typer and rich", compare, imports, number)
    floors.of_the_tool(folder, imports, number)
    measured = pairs([*TOOL, "compare", str(large), str(larger)], imports, 3)
    seconds = statistics.median(ours.cpu for ours, _ in measured)
    facts = sum(len(s["facts"]) for s in json.loads(large.read_text())["sections"].values())
    print(f"{f'envaudit compare, 20 times as large ({facts} facts)':<66} {seconds:6.2f} s")


def of_containers(number: int) -> None:
    """From outside; the container is of the tests' base image, which has no distributions."""
    made = subprocess.run(
        ["docker", "run", "--detach", "--rm", "--name", CONTAINER, "--network", "none",
         "envaudit-base:bookworm", "python3", "-c", "import time; time.sleep(3600)"],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        print("docker: no engine, or no envaudit-base:bookworm (make test makes it)")
        return
    try:
        true = ["docker", "exec", CONTAINER, "true"]
        row(
            "docker:X, over docker exec X true (wall)",
            [*TOOL, "snapshot", f"docker:{CONTAINER}", "-o", os.devnull, "--quiet"],
            true,
            number,
            figure="wall",
        )
        floors.of_containers(CONTAINER, true, number)
    finally:
        subprocess.run(["docker", "rm", "--force", CONTAINER], capture_output=True, check=False)


def _enlarged(document: dict[str, object], times: int, shift: str) -> dict[str, object]:
    """`times` the facts under other names; every tenth value differs by `shift`."""
    sections: dict[str, dict[str, object]] = {}
    for name, section in document["sections"].items():  # type: ignore[attr-defined]
        facts = {}
        for number, (key, value) in enumerate(section["facts"].items()):
            for copy in range(times):
                other = f"{value}{shift}" if number % 10 == 0 and isinstance(value, str) else value
                facts[f"{key}-{copy}" if copy else key] = other
        sections[name] = {**section, "facts": facts}
    return {**document, "sections": sections, "digest": digest(sections)}


def _sections(out: str) -> str:
    times = json.loads(Path(out).read_text())["provenance"]["sections_ms"]
    longest = sorted(times.items(), key=lambda item: -item[1])[:7]
    return ", ".join(f"{name} {milliseconds:.0f}" for name, milliseconds in longest)


def _cold(command: list[str], environ: dict[str, str] | None) -> str:
    try:
        walls = []
        for _ in range(3):
            os.sync()
            Path("/proc/sys/vm/drop_caches").write_text("3")
            walls.append(cost(command, environ).wall)
    except OSError:
        return "needs root, and a kernel that lets go of its cache"
    return f"{statistics.median(walls) * 1000:6.0f} ms wall"


def _root_type() -> str:
    mounts = read_mounts(Process(LiveRoot(), "/proc/self"))
    return next((mount.fstype for mount in reversed(mounts) if mount.point == "/"), "unknown")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), int(sys.argv[2]) if len(sys.argv) > 2 else 11)
