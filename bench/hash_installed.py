"""Reads and hashes every file that RECORD of an installed distribution has a hash of, with the
standard library and nothing else: what `--integrity full` is measured against.

    python bench/hash_installed.py SITE-PACKAGES
"""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path


def main(site: Path) -> None:
    for record in sorted(site.glob("*.dist-info/RECORD")):
        with record.open(newline="") as rows:
            for path, checksum, _ in csv.reader(rows):
                if checksum and not path.endswith(".pyc"):
                    content = (site / path).read_bytes()
                    hashlib.new(checksum.partition("=")[0], content).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
