"""What envaudit costs, as ratios to other commands in the same run.

    python bench/startup.py [PAIRS]

In the project's own environment, which is small: bench/snapshot.py builds a large one. Each row
prints the median of the ratios pair by pair, of user and system time together.
"""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from pathlib import Path

from measure import row

from auditor.capture import bundle

ROOT = Path(__file__).parent.parent
PYZ = str(ROOT / "build" / "envaudit.pyz")
PYTHON = sys.executable
SITE = sysconfig.get_path("purelib")
BARE = [PYTHON, "-c", "pass"]
SOURCE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from auditor.agent.__main__ import main; "


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
