"""The gate over images that nobody changed: no alarm, whatever the policy."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

import pytest

from auditor.compare import compare
from auditor.gate import DEFAULT_POLICY, bless, evaluate, parse_policy
from auditor.gate.preset_files import PRESETS

from .conftest import docker, snapshot

POLICIES = {
    "default": DEFAULT_POLICY,
    **{name: parse_policy({"preset": name}, "p") for name in PRESETS},
}
# Each is an image of its own; with the base image there are five, each captured five times.
CONFIGURATIONS = (
    ("ENV OMP_NUM_THREADS=4", "ENV SECRET_TOKEN=abc"),
    ("USER 1234", "WORKDIR /tmp"),
    ("LABEL team=ml", 'ENTRYPOINT ["python3", "-c", "pass"]'),
    ("ENV TZ=Asia/Tokyo", "ENV LANG=C.UTF-8", 'CMD ["sh"]'),
)
CAPTURES = 5


@pytest.fixture(scope="module")
def images(base_image: str) -> Iterator[list[str]]:
    made: list[str] = []
    name = f"envaudit-policy-{uuid.uuid4().hex[:12]}"
    docker("create", "--name", name, base_image)
    try:
        for number, changes in enumerate(CONFIGURATIONS):
            made.append(f"{name}:{number}")
            options = [option for change in changes for option in ("--change", change)]
            docker("commit", *options, name, made[-1])
        yield [base_image, *made]
    finally:
        docker("rm", "--force", name, check=False)
        docker("rmi", "--force", *made, check=False)


def test_no_false_alarm_over_twenty_pairs(images: list[str], tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    pairs = 0
    wanted = [
        (image, tmp_path / f"{number}.json") for number, image in enumerate(images * CAPTURES)
    ]
    with ThreadPoolExecutor(2) as workers:
        taken = list(workers.map(lambda one: (one[0], snapshot(f"image:{one[0]}", one[1])), wanted))
    for image in images:
        captures = [fingerprint for of, fingerprint in taken if of == image]
        for before, after in pairwise(captures):
            pairs += 1
            comparison = compare(bless(before, now).fingerprint, after)
            assert comparison.changes == ()
            for name, policy in POLICIES.items():
                verdict = evaluate(comparison, policy, now.date(), after)
                assert verdict.violations == (), f"{image} by {name}"
                assert verdict.passed
                assert {entry.kind for entry in verdict.warnings} <= {"not_compared", "withheld"}
    assert pairs == 20
