"""Pages to look at in a browser: the sample, everything hostile at once, and very large ones."""

from __future__ import annotations

from datetime import date

from auditor.compare import compare
from auditor.explain import explain
from auditor.gate import Policy, evaluate
from auditor.model import (
    Comparison,
    Evidence,
    FactFile,
    Finding,
    Fingerprint,
    Origin,
    Provenance,
    Section,
    Status,
    Value,
)
from auditor.report import html
from tests.report.hostile import PAYLOADS
from tests.report.sample import sides

BAD = "</script><script>alert(1)</script>"


def compared() -> tuple[Comparison, str]:
    a, b = sides()
    comparison = explain(a, b, compare(a, b))
    return comparison, html.render_comparison(comparison, a, b)


def judged(policy: Policy) -> str:
    baseline, now = sides()
    comparison = explain(baseline, now, compare(baseline, now))
    verdict = evaluate(comparison, policy, date(2026, 2, 1), now)
    return html.render_verdict(verdict, comparison, baseline, now, FactFile("baseline.json"))


def same() -> str:
    a, _ = sides()
    return html.render_comparison(compare(a, a), a, a)


# Of a megabyte, what a page shows of it.
SHORT_PAYLOADS = [payload[:5000] for payload in PAYLOADS]


def hostile() -> str:
    """Every payload as a fact's name and as its value, differing, equal and unknown, as a
    section's name, as a label of a side, and in every word of a finding."""

    def side(tail: str) -> Fingerprint:
        named: dict[str, Value] = {f"{one}{n}": one + tail for n, one in enumerate(SHORT_PAYLOADS)}
        equal: dict[str, Value] = {
            f"P{n}": [one, {one: one}] for n, one in enumerate(SHORT_PAYLOADS)
        }
        sections = {"env": named, "container": equal}
        sections |= {f"{one}{n}": {one: tail} for n, one in enumerate(SHORT_PAYLOADS)}
        found = {name: Section(Status.OK, Origin.IMAGE, facts) for name, facts in sections.items()}
        gaps = {f"{one}{n}": one for n, one in enumerate(SHORT_PAYLOADS)}
        found["network"] = Section(Status.OK, Origin.HOST, {}, gaps=gaps)
        return Fingerprint(found, Provenance(BAD, BAD, BAD, BAD))

    a, b = side(""), side("x")
    findings = tuple(
        Finding(
            one, one, (one,), one, 0.9, one, (Evidence(f"env.{one}{n}", one, one),),
            f"image: {one}", (one, "https://docs.test/"), one, one,
        )
        for n, one in enumerate(SHORT_PAYLOADS)
    )  # fmt: skip
    joined = compare(a, b)
    comparison = Comparison(joined.a, joined.b, joined.changes, joined.not_compared, findings)
    return html.render_comparison(comparison, a, b)


def large(facts: int) -> str:
    """As many facts on each side, of which half differ."""

    def side(version: str) -> Fingerprint:
        def some(number: int) -> dict[str, Value]:
            return {
                f"fact{n:05d}": f"{n}.{version if n % 2 else 0}.1-2+deb12u{n % 9}"
                for n in range(number)
            }

        return Fingerprint(
            {
                "os.packages": Section(Status.OK, Origin.IMAGE, some(facts // 2)),
                "python.packages": Section(Status.OK, Origin.IMAGE, some(facts // 4)),
                "labels": Section(Status.OK, Origin.RUNTIME, some(facts // 4)),
                "gpu": Section(Status.DENIED, Origin.HOST, {}, "permission denied"),
            },
            Provenance(f"release {version}"),
        )

    a, b = side("1"), side("2")
    return html.render_comparison(compare(a, b), a, b)


def bare(lines: int) -> str:
    """What a browser finds easiest: as many lines of text."""
    text = "".join(f"<p>{n}: os.packages.fact{n}, 1.0.1 and 1.0.2</p>\n" for n in range(lines))
    return f"<!doctype html>\n<meta charset='utf-8'>\n<title>lines</title>\n{text}"
