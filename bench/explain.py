"""How well `envaudit compare` names the proven cause of real cases.

    python bench/explain.py FOLDER [--only CASE ...] [--save DIR] [--from DIR] [--deep]

FOLDER holds cases (`<case>/case.json`) and `cases.py`, which starts and removes the two sides
of a case with the container engine. Each side is captured, compared without and with the
case's effect as symptom, and the rank of the first finding is printed whose evidence names the
proven cause (0: none does). `--save` keeps the fingerprints, `--from` takes them instead of
capturing again. With `--deep` a second table says which numeric probes differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor import store
from auditor.compare import compare
from auditor.explain import Symptom, explain, read_symptom
from auditor.model import EnvauditError, Finding, Fingerprint

EFFECTS = {"numeric": "numerics"}  # a case's kind, where it is not an effect's own name


@dataclass(frozen=True)
class Result:
    case: str
    kind: str
    plain: int
    with_symptom: int
    findings: int
    first: str
    probes: tuple[str, ...]  # those that differ


def capture(tool: Path, folder: Path, case: str, side: str, options: list[str]) -> Fingerprint:
    """Start one side, fingerprint it from outside, leave it to `down`."""
    command = [sys.executable, str(tool), "up", str(folder), case, side]
    up = subprocess.run(command, capture_output=True, text=True, check=False)
    if up.returncode:
        raise RuntimeError(up.stderr.strip() or f"{case}: side {side} does not start")
    container, interpreter = up.stdout.split()
    snapshot = [sys.executable, "-m", "auditor", "snapshot", f"docker:{container}", "--quiet"]
    snapshot += options
    answer = subprocess.run(
        [*snapshot, "--python", interpreter], capture_output=True, text=True, check=False
    )
    if answer.returncode:  # the named interpreter does not run the agent: let it find one
        answer = subprocess.run(snapshot, capture_output=True, text=True, check=True)
    return store.parse(answer.stdout.encode(), f"{case}/{side}")


def both_sides(
    arguments: argparse.Namespace, tool: Path, case: str
) -> tuple[Fingerprint, Fingerprint]:
    if arguments.source is not None:
        saved = Path(arguments.source) / case
        return store.load(saved / "a.json"), store.load(saved / "b.json")
    try:
        options = ["--deep"] if arguments.deep else []
        sides = [capture(tool, arguments.folder, case, side, options) for side in "ab"]
    finally:
        down = [sys.executable, str(tool), "down", str(arguments.folder), case]
        subprocess.run(down, capture_output=True, check=False)
    if arguments.save is not None:
        target = Path(arguments.save) / case
        target.mkdir(parents=True, exist_ok=True)
        for side, fingerprint in zip("ab", sides, strict=True):
            store.write(target / f"{side}.json", store.dumps(fingerprint))
    return sides[0], sides[1]


def rank(findings: Sequence[Finding], accepted: Sequence[str]) -> int:
    for number, finding in enumerate(findings, 1):
        for evidence in finding.evidence:
            if any(fnmatchcase(evidence.path, glob) for glob in accepted):
                return number
    return 0


def judge(case: str, spec: dict[str, Any], a: Fingerprint, b: Fingerprint) -> Result:
    comparison = compare(a, b)
    kind = spec["kind"]
    symptom: Symptom = read_symptom(EFFECTS.get(kind, kind))
    plain = explain(a, b, comparison).findings
    return Result(
        case,
        kind,
        rank(plain, spec["accept"]),
        rank(explain(a, b, comparison, symptom).findings, spec["accept"]),
        len(plain),
        f"{plain[0].rule} {plain[0].name}" if plain else "no finding",
        tuple(c.path.partition(".")[2] for c in comparison.changes if c.section == "probes"),
    )


def show(results: Sequence[Result]) -> None:
    for result in results:
        print(
            f"{result.case:<32} {result.kind:<12} {result.plain:>4} {result.with_symptom:>8} "
            f"{result.findings:>9}   {result.first}"
        )
    for title, ranks in (
        ("without symptom", [result.plain for result in results]),
        ("with the effect", [result.with_symptom for result in results]),
    ):
        total = len(ranks) or 1
        first = sum(number == 1 for number in ranks)
        three = sum(1 <= number <= 3 for number in ranks)
        reciprocal = sum(1 / number for number in ranks if number) / total
        print(
            f"{title}: first {first}/{len(ranks)} ({first / total:.0%}), among three "
            f"{three}/{len(ranks)} ({three / total:.0%}), mean reciprocal rank {reciprocal:.3f}"
        )


def show_probes(results: Sequence[Result]) -> None:
    print()
    for result in results:
        named = ", ".join(result.probes[:6]) + (" ..." if len(result.probes) > 6 else "")
        print(f"{result.case:<32} {result.kind:<12} {len(result.probes):>4}   {named}")
    for numeric, title in ((True, "numeric"), (False, "other")):
        some = [result.probes for result in results if (result.kind == "numeric") is numeric]
        print(f"{title} cases with a probe that differs: {sum(map(bool, some))}/{len(some)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", metavar="CASE")
    parser.add_argument("--save", metavar="DIR")
    parser.add_argument("--from", dest="source", metavar="DIR")
    parser.add_argument("--tool", type=Path, help="instead of FOLDER/cases.py")
    parser.add_argument("--deep", action="store_true", help="with numeric probes")
    arguments = parser.parse_args()
    tool = arguments.tool or arguments.folder / "cases.py"
    print(f"{'case':<32} {'kind':<12} {'rank':>4} {'+symptom':>8} {'findings':>9}   first finding")
    results = []
    for path in sorted(arguments.folder.glob("*/case.json")):
        case = path.parent.name
        spec = json.loads(path.read_text())
        if arguments.only and case not in arguments.only:
            continue
        if str(spec.get("fingerprint", "")).startswith("no"):
            print(f"{case:<32} {spec['kind']:<12} not to be fingerprinted")
            continue
        try:
            a, b = both_sides(arguments, tool, case)
        except (RuntimeError, OSError, EnvauditError, subprocess.CalledProcessError) as error:
            print(f"{case:<32} {spec['kind']:<12} not captured: {str(error)[:120]}")
            continue
        results.append(judge(case, spec, a, b))
    show(results)
    if arguments.deep:
        show_probes(results)


if __name__ == "__main__":
    main()
