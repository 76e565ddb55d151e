"""Signed baselines and known vulnerabilities at the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor import store
from auditor.model import Fingerprint, Origin, Section, Status
from tests.advisories.osv_server import advisory, serving


def envaudit(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, words)],
        cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        timeout=120, env={key: os.environ[key] for key in os.environ if "ENVAUDIT" not in key},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    packages = Section(Status.OK, Origin.IMAGE, {"requests": "2.19.0"})
    one = Fingerprint({"python.packages": packages})
    store.write(tmp_path / "app.json", store.dumps(one))
    key = tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True
    )
    public = key.with_name("key.pub").read_text()
    (tmp_path / "allowed").write_text(f"alice@example.com {public}")
    return tmp_path


REQUIRED = ("--require-signature", "--allowed-signers", "allowed")


def bless(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return envaudit("bless", "app.json", "-o", "base.json", "--reason", "first", *words, cwd=folder)


def gate(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return envaudit("gate", "app.json", "--against", "base.json", *words, cwd=folder)


def test_a_signed_baseline_passes(folder: Path) -> None:
    assert bless(folder, "--sign", "key").returncode == 0
    assert gate(folder, *REQUIRED).returncode == 0
    assert gate(folder).returncode == 0


def test_one_that_is_not_signed_does_not(folder: Path) -> None:
    bless(folder)
    ended = gate(folder, *REQUIRED)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == ("envaudit: base.json.dsse: the baseline is not signed (no such file)\n")


def test_signers_alone_require_a_signature(folder: Path) -> None:
    """Whoever names them wants them asked."""
    bless(folder)
    assert gate(folder, "--allowed-signers", "allowed").returncode == 2


def test_a_signature_of_an_earlier_blessing_is_none(folder: Path) -> None:
    bless(folder, "--sign", "key")
    bless(folder, "--reason", "second")
    ended = gate(folder, *REQUIRED)
    assert ended.returncode == 2
    assert "is the signature of another baseline" in ended.stderr


def test_a_signature_elsewhere(folder: Path) -> None:
    bless(folder, "--sign", "key")
    (folder / "base.json.dsse").rename(folder / "signature.json")
    assert gate(folder, *REQUIRED).returncode == 2
    assert gate(folder, *REQUIRED, "--signature", "signature.json").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bless", "app.json", "-o", "x.json", "--sign", "none"), "--sign none: no such key"),
        (("bless", "app.json", "-o", "-", "--sign", "key"), "--sign writes beside the baseline"),
        (("gate", "app.json", "--against", "base.json", "--require-signature"), "needs --allowed"),
        (
            ("gate", "app.json", "--against", "base.json", "--signature", "base.json"),
            "--signature needs --allowed-signers",
        ),
        (
            ("gate", "app.json", "--against", "base.json", "--allowed-signers", "none"),
            "no allowed signers file",
        ),
    ],
)
def test_wrong_usage(folder: Path, words: tuple[str, ...], said: str) -> None:
    bless(folder)
    ended = envaudit(*words, cwd=folder)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (folder / "x.json").exists()


def test_the_gate_fails_on_a_new_vulnerability(folder: Path) -> None:
    with serving({}) as clean:
        assert bless(folder, "--audit", "--osv-url", clean).returncode == 0
        assert gate(folder, "--audit", "--osv-url", clean).returncode == 0
    known = {("requests", "2.19.0"): [advisory("CVE-2018-18074", "requests", "2.20.0")]}
    with serving(known) as address:
        ended = gate(folder, "--audit", "--osv-url", address)
        assert ended.returncode == 1
        assert "vulnerabilities.requests.CVE-2018-18074" in ended.stdout
        (folder / "envaudit.toml").write_text(
            "[[gate.waivers]]\n"
            'path = "vulnerabilities.requests.CVE-2018-18074"\n'
            'reason = "not reachable: no redirects are followed"\n'
            'owner = "platform"\n'
            "expires = 2999-01-01\n"
        )
        ended = gate(folder, "--audit", "--osv-url", address)
        assert ended.returncode == 0, ended.stdout


def test_the_gate_fails_where_it_could_not_be_checked(folder: Path) -> None:
    with serving({}) as clean:
        bless(folder, "--audit", "--osv-url", clean)
    ended = gate(folder, "--audit", "--osv-url", "http://127.0.0.1:9/")
    assert ended.returncode == 1
    assert "not checked" in ended.stdout
    assert gate(folder).returncode == 1  # nor where nobody asked
