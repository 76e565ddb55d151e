"""What judging costs, as ratios to loading: a fingerprint of 1,000 packages, of which some changed.

    python bench/gate.py [RUNS]

Loading reads both files, the baseline and the fingerprint: what every gate has to do. The first
rows are of the steps within one process; the last is of the whole command, over one that only
compares.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from functools import partial
from pathlib import Path

from measure import row

from auditor import store
from auditor.compare import compare
from auditor.gate import Policy, bless, check_lock, evaluate, parse_policy, read_lock
from auditor.model import Fingerprint, Origin, Section, Status, Value

PACKAGES = 1000
TODAY = date(2026, 6, 15)
PRESETS = ("strict", "image", "numerics")
POLICY = """
[gate]
preset = "numerics"
warn = ["os.packages.*"]

[gate.leeway]
"python.packages.package-1*" = "minor"
"python.packages.package-2*" = ">=1,<3"
"limits.memory.max" = { ratio = 1.5 }

[gate.require]
"cpu.flags" = { contains = ["avx2"], otherwise = "warn" }
"python.packages.*" = { version = ">=0" }

[[gate.waivers]]
path = "python.packages.package-3*"
reason = "trial"
expires = 2026-12-31
"""


def fingerprint(changed: int) -> Fingerprint:
    """`changed` packages are of another version, with all that follows from it."""
    sections: dict[str, dict[str, Value]] = {
        name: {} for name in ("packages", "sources", "integrity")
    }
    for number in range(PACKAGES):
        name = f"package-{number}"
        version = f"1.{number % 40}.{1 if number < changed else 0}"
        sections["packages"][name] = version
        sections["sources"][name] = {
            "installer": "pip",
            "tags": ["py3-none-any"],
            "record": f"sha256:{hash((name, version)) & 0xFFFFFFFFFFFFFFFF:064x}",
        }
        sections["integrity"][name] = "intact"
    facts: dict[str, dict[str, Value]] = {
        **{f"python.{name}": members for name, members in sections.items()},
        "python": {"version": "3.12.4", "implementation": "cpython"},
        "os": {"id": "debian", "arch": "x86_64", "package_manager": "dpkg"},
        "os.packages": {f"lib{number}": f"1.{number}-1" for number in range(400)},
        "cpu": {"flags": ["avx", "avx2", "fma"], "microarchitecture": "x86-64-v3"},
        "env": {f"VARIABLE_{number}": {"set": True} for number in range(60)},
    }
    return store.sealed(
        Fingerprint(
            {name: Section(Status.OK, Origin.IMAGE, members) for name, members in facts.items()}
        )
    )


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def ratio(name: str, work: Callable[[], object], loading: Callable[[], object], runs: int) -> None:
    """As `measure.row` prints: the median of the ratios pair by pair, and their range."""
    work(), loading()
    measured = [(seconds(work), seconds(loading)) for _ in range(runs)]
    ratios = sorted(ours / theirs for ours, theirs in measured)
    ours, theirs = (statistics.median(side) * 1000 for side in zip(*measured, strict=True))
    print(
        f"{name:<66} {statistics.median(ratios):6.2f} x"
        f"   ({ratios[0]:.2f} to {ratios[-1]:.2f}; {ours:.0f} ms over {theirs:.0f} ms)",
        flush=True,
    )


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {changed: folder / f"{changed}.json" for changed in (0, 100, PACKAGES)}
        for changed, path in files.items():
            store.write(path, store.dumps(fingerprint(changed)))
        baseline = folder / "baseline.json"
        store.write(baseline, store.dumps(bless(fingerprint(0), datetime.now(timezone.utc))))
        policy_file, lock_file = folder / "envaudit.toml", folder / "requirements.txt"
        store.write(policy_file, POLICY)
        pins = [f"package-{number}==1.{number % 40}.0" for number in range(PACKAGES)]
        store.write(lock_file, "\n".join(pins) + "\n")
        in_process(files, baseline, lock_file, runs)
        print()
        gate = [
            sys.executable,
            "-m",
            "auditor",
            "gate",
            str(files[100]),
            "--against",
            str(baseline),
        ]
        other = [sys.executable, "-m", "auditor", "compare", str(baseline), str(files[100])]
        row("gate, 100 changed, over compare", gate, other, runs)
        row("the same with a policy", [*gate, "--policy", str(policy_file)], other, runs)
        row("the same with a lock file", [*gate, "--lock", str(lock_file)], other, runs)


def in_process(files: dict[int, Path], baseline: Path, lock_file: Path, runs: int) -> None:
    a = store.load_baseline(baseline).fingerprint
    policies = {name: parse_policy({"preset": name}, "p") for name in PRESETS}
    policies["a policy of its own"] = parse_policy(config_table(), "envaudit.toml", POLICY)
    for changed, path in files.items():
        _Judging(a, store.load(path), baseline, path, changed, runs).rows(policies, lock_file)


@dataclass(frozen=True)
class _Judging:
    a: Fingerprint
    b: Fingerprint
    baseline: Path
    path: Path
    changed: int
    runs: int

    def rows(self, policies: dict[str, Policy], lock_file: Path) -> None:
        self._row("compare", lambda: compare(self.a, self.b))
        for name, policy in policies.items():
            self._row(f"compare, judge by {name}", partial(self._judge, policy))
        self._row("read and check a lock file", partial(self._lock, lock_file))

    def _row(self, name: str, work: Callable[[], object]) -> None:
        ratio(f"{name}, {self.changed} changed, over loading", work, self._load, self.runs)

    def _load(self) -> None:
        store.load_baseline(self.baseline)
        store.load(self.path)

    def _judge(self, policy: Policy) -> None:
        # A policy that was not asked before: its index is part of the cost.
        evaluate(compare(self.a, self.b), replace(policy), TODAY, self.b)

    def _lock(self, path: Path) -> None:
        lock = read_lock(path.read_text(), "requirements.txt", lambda name, _of: (name, ""))
        check_lock(lock, self.b)


def config_table() -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    table: dict[str, object] = tomllib.loads(POLICY)["gate"]
    return table


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
