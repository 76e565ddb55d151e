"""`envaudit gate`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import config, store
from ..advisories import Service
from ..compare import compare
from ..explain import explain
from ..gate import MAX_LOCK_SIZE, Lock, Policy, check_lock, decide, evaluate, read_lock
from ..model import FactFile, InvalidInput, UsageError
from ..report import json as json_report
from ..report.decision import decision_document, render_decision
from ..signing.sign import require_signed, signature_path
from .console import emit, screen
from .formats import GATE, WITH_FINDINGS, Judged, chosen, name_in_repository
from .options import (
    TARGET_HELP,
    Audit,
    Deep,
    Integrity,
    KeyFile,
    OsvUrl,
    Output,
    Python,
    Show,
    audited,
    capture_options,
    captured,
    configuration,
)


def gate(
    target: Annotated[
        Optional[str], typer.Argument(metavar="FINGERPRINT|TARGET", help=TARGET_HELP)
    ] = None,
    against: Annotated[
        Optional[Path], typer.Option("--against", metavar="BASELINE", help="The blessed baseline.")
    ] = None,
    policy_file: Annotated[
        Optional[Path],
        typer.Option("--policy", metavar="FILE", help="Instead of the configuration's policy."),
    ] = None,
    lock_file: Annotated[
        Optional[Path],
        typer.Option(
            "--lock",
            metavar="FILE",
            help="Also hold the installed distributions against a lock file: pylock.toml, "
            "uv.lock, poetry.lock or requirements.txt.",
        ),
    ] = None,
    explain_policy: Annotated[
        Optional[str],
        typer.Option(
            "--explain-policy",
            metavar="PATH",
            help="Instead of judging, say which line of the policy decides about a fact "
            "(env.TZ), a lock file's entry (lock.extra.pip) or a rule (EA101), and why.",
        ),
    ] = None,
    require_signature: Annotated[
        bool,
        typer.Option("--require-signature", help="The baseline has to be signed (bless --sign)."),
    ] = False,
    allowed_signers: Annotated[
        Optional[Path],
        typer.Option(
            "--allowed-signers",
            metavar="FILE",
            help="Whose signature counts, in the format of ssh-keygen.",
        ),
    ] = None,
    signature: Annotated[
        Optional[Path],
        typer.Option("--signature", metavar="FILE", help="Instead of BASELINE.dsse."),
    ] = None,
    audit: Audit = False,
    osv_url: OsvUrl = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="|".join(GATE), help="How to report.")
    ] = "text",
    output: Output = None,
    python: Python = None,
    deep: Deep = False,
    integrity: Integrity = "fast",
    show: Show = None,
    key_file: KeyFile = None,
) -> None:
    """Hold an environment against the baseline; exit code 1 where the policy fails it."""
    report = chosen(format_, GATE, "gate")
    settings = configuration()
    # What is cheap and may be wrong comes before the capture, which takes its time.
    policy = config.policy(settings, policy_file)
    today = datetime.now(timezone.utc).date()
    if explain_policy is not None:
        if target is not None or against is not None or lock_file is not None:
            raise UsageError("--explain-policy looks at the policy alone: no target")
        emit(_explained(policy, explain_policy, today, format_, output), output)
        return
    if target is None:
        raise UsageError("Missing argument 'FINGERPRINT|TARGET': what to judge")
    if against is None:
        raise UsageError("Missing option '--against': a baseline that `envaudit bless` made")
    content = store.read(against)
    baseline = store.parse_baseline(content, str(against))
    if require_signature or signature is not None or allowed_signers is not None:
        if allowed_signers is None:
            named = "--require-signature" if require_signature else "--signature"
            raise UsageError(f"{named} needs --allowed-signers FILE: whose counts")
        require_signed(baseline, signature or signature_path(against), allowed_signers)
    lock = _lock(lock_file) if lock_file is not None else None
    options = capture_options(settings, python, integrity, None, show, key_file, deep=deep)
    fingerprint = captured(target, options)
    if audit:
        fingerprint = audited(fingerprint, Service.of("osv", osv_url))
    comparison = compare(baseline.fingerprint, fingerprint)
    if policy.reads_findings or format_ in WITH_FINDINGS:
        comparison = explain(baseline.fingerprint, fingerprint, comparison)
    held = check_lock(lock, fingerprint) if lock is not None else None
    verdict = evaluate(comparison, policy, today, fingerprint, held)
    judged = Judged(
        verdict, comparison, baseline.fingerprint, fingerprint, _file(against, content), output
    )
    emit(report(judged), output)
    raise typer.Exit(0 if verdict.passed else 1)


def _explained(policy: Policy, path: str, today: date, format_: str, output: Path | None) -> str:
    if format_ not in ("text", "json"):
        raise UsageError(f"--format {format_!r}: --explain-policy reports as one of text, json")
    decision = decide(policy, path, today)
    if format_ == "json":
        return json_report.render(decision_document(decision))
    return render_decision(decision, **asdict(screen(output)))


def _lock(path: Path) -> Lock:
    """The lock file, with what a requirements file includes; names are relative to the file
    that names them, as pip has it."""

    def include(name: str, of: str) -> tuple[str, str]:
        target = Path(of).parent / name
        return str(target), _text(target)

    return read_lock(_text(path), str(path), include)


def _text(path: Path) -> str:
    try:
        return store.read(path, MAX_LOCK_SIZE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path}: is not UTF-8") from None


def _file(against: Path, content: bytes) -> FactFile | None:
    """Where the baseline's facts stand, None where it came through a pipe."""
    if str(against) == "-" or store.stream_number(str(against)) is not None:
        return None
    return store.places(content, name_in_repository(against))
