"""What envaudit costs, as ratios to other commands in the same run.

    python bench/startup.py [PAIRS]

Each row runs both commands in turn, A B A B ..., and prints the median of the ratios pair by
pair, of user and system CPU time together (`os.wait4`). Absolute times are for orientation.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from auditor.capture import bundle

ROOT = Path(__file__).parent.parent
PYZ = str(ROOT / "build" / "envaudit.pyz")
PYTHON = sys.executable
SITE = sysconfig.get_path("purelib")
BARE = [PYTHON, "-c", "pass"]
SOURCE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from auditor.agent.__main__ import main; "


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"bench: {command} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def row(name: str, command: list[str], other: list[str], pairs: int) -> None:
    cpu_seconds(command), cpu_seconds(other)  # warm the page cache
    measured = [(cpu_seconds(command), cpu_seconds(other)) for _ in range(pairs)]
    ratios = sorted(a / b for a, b in measured)
    ours, theirs = (statistics.median(side) * 1000 for side in zip(*measured, strict=True))
    print(
        f"{name:<58} {statistics.median(ratios):6.2f} x"
        f"   ({ratios[0]:.2f} to {ratios[-1]:.2f}; {ours:.0f} ms over {theirs:.0f} ms)"
    )


def main(pairs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder, "fingerprint.json"))
        snapshot = ["snapshot", "-o", out, "--quiet"]
        agent = [*snapshot, "--integrity", "fast"]
        isolated = [PYTHON, "-I", "-S", "-B", "-c", f"{SOURCE}sys.exit(main())", *agent]
        row("agent from source, over python -c pass", isolated, BARE, pairs)
        row("envaudit.pyz, over python -c pass", [PYTHON, "-I", "-S", PYZ, *agent], BARE, pairs)
        sources = Path(folder, "sources.pyz")
        sources.write_bytes(bundle.zipapp([]))
        alone = [PYTHON, "-I", "-S", str(sources), *agent]
        row(
            "envaudit.pyz, over the same without compiled code",
            [PYTHON, "-I", "-S", PYZ, *agent],
            alone,
            pairs,
        )
        full = [*isolated[:-1], "full"]
        hashing = [PYTHON, "-I", "-S", str(ROOT / "bench" / "hash_installed.py"), SITE]
        row("--integrity full, over hashing the same files", full, hashing, pairs)
        whole = [PYTHON, "-m", "auditor"]
        row("envaudit snapshot, over python -c pass", [*whole, *snapshot], BARE, pairs)
        imports = [PYTHON, "-c", "import typer, rich"]
        row(
            "envaudit compare, over importing typer and rich",
            [*whole, "compare", out, out],
            imports,
            pairs,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
