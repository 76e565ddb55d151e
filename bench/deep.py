"""What `--deep` costs beside importing the same libraries in a bare process.

    python bench/deep.py ENVIRONMENT [PAIRS]

ENVIRONMENT is a virtual environment with numpy, scipy, pandas, scikit-learn and torch
(`make bench-deep` makes it). Both rows are of one run, the integrity check left out.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measure import row

from auditor.capture import bundle

IMPORTS = "import numpy, scipy, pandas, sklearn, torch"


def main(environment: Path, number: int) -> None:
    python = str(environment / "bin" / "python")
    bare = [python, "-c", IMPORTS]
    with tempfile.TemporaryDirectory() as folder:
        pyz = Path(folder, "envaudit.pyz")
        pyz.write_bytes(bundle.zipapp([python]))
        deep = [python, "-I", "-S", str(pyz), "snapshot", "--deep", "--integrity", "off", "--quiet",
                "-o", str(Path(folder, "fingerprint.json"))]  # fmt: skip
        for figure in ("wall", "cpu"):
            row(f"--deep, over importing the same ({figure})", deep, bare, number, figure=figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), int(sys.argv[2]) if len(sys.argv) > 2 else 7)
