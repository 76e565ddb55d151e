"""`envaudit audit` and `--audit`, against a local server that speaks OSV's API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.advisories import SECTION, Service, with_vulnerabilities
from auditor.advisories.pip_audit import Vulnerability, _answers, _why
from auditor.compare import compare
from auditor.explain import explain
from auditor.model import CaptureFailed, Fingerprint, Origin, Section, Status, UsageError

from .osv_server import advisory, serving

KNOWN = {
    ("requests", "2.19.0"): [
        advisory("GHSA-x84v-xcm2-53pg", "requests", "2.20.0", "CVE-2018-18074"),
        advisory("PYSEC-2023-1", "requests", None),
    ],
    ("torch", "2.9.0"): [advisory("GHSA-aaaa-bbbb-cccc", "torch", "2.9.1")],
}


def fingerprint(sources: Mapping[str, Any] | None = None, **versions: str) -> Fingerprint:
    sections = {
        "python.packages": Section(Status.OK, Origin.IMAGE, dict(versions)),
        "python.sources": Section(Status.OK, Origin.IMAGE, dict(sources or {})),
    }
    return Fingerprint(sections)


@pytest.fixture(scope="module")
def osv() -> Iterator[str]:
    with serving(KNOWN) as address:
        yield address


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.json"
    versions = {
        "requests": "2.19.0",
        "torch": "2.9.0+cu128",
        "idna": "3.10",
        "odd": "not-a-version",
    }
    one = fingerprint({"mine": {"editable": True}}, mine="1.0", **versions)
    store.write(path, store.dumps(one))
    return path


def envaudit(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, words)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
        env={**os.environ, **variables},
    )  # fmt: skip


def test_what_is_known_is_told(saved: Path, osv: str) -> None:
    ended = envaudit("audit", saved, "--osv-url", osv)
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "requests 2.19.0  CVE-2018-18074  fixed in 2.20.0",
        "requests 2.19.0  PYSEC-2023-1  no release with a fix",
        "torch 2.9.0  GHSA-aaaa-bbbb-cccc  fixed in 2.9.1",
        "",
        "3 known vulnerabilities in 2 of 3 distributions",
        "mine: not checked: an editable checkout is no release",
        "odd: not checked: its version is none that an index can know",
    ]


def test_as_json(saved: Path, osv: str, tmp_path: Path) -> None:
    output = tmp_path / "audit.json"
    ended = envaudit("audit", saved, "-f", "json", "-o", output, ENVAUDIT_OSV_URL=osv)
    assert (ended.returncode, ended.stdout) == (1, "")
    document = json.loads(output.read_text())
    assert document["checked"] is True
    assert document["distributions"] == 5
    assert document["vulnerabilities"][0] == {
        "package": "requests", "id": "CVE-2018-18074", "version": "2.19.0",
        "fixed_in": ["2.20.0"], "aliases": ["GHSA-x84v-xcm2-53pg"],
    }  # fmt: skip
    assert [entry["package"] for entry in document["not_checked"]] == ["mine", "odd"]


def test_none_known(tmp_path: Path, osv: str) -> None:
    path = tmp_path / "clean.json"
    store.write(path, store.dumps(fingerprint(idna="3.10")))
    ended = envaudit("audit", path, "--osv-url", osv)
    assert (ended.returncode, ended.stdout) == (
        0, "0 known vulnerabilities in 0 of 1 distributions\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ({"status": 500}, "not checked: pip-audit failed (ServiceError)"),
        ({"body": b"<html>"}, "not checked: pip-audit failed (JSONDecodeError)"),
    ],
)
def test_a_server_that_is_none_is_not_clean(
    saved: Path, service: dict[str, Any], reason: str
) -> None:
    with serving(KNOWN, **service) as address:
        ended = envaudit("audit", saved, "--osv-url", address)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "not checked: " in ended.stderr


def test_offline_is_not_clean(saved: Path) -> None:
    ended = envaudit("audit", saved, "--osv-url", "http://user:hunter2@127.0.0.1:9/")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (
        f"envaudit: {saved}: not checked: the service cannot be reached (ConnectionError)\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--service", "snyk"), "--service takes osv or pypi"),
        (("--osv-url", "ftp://x"), "--osv-url takes an address"),
        (("--osv-url", "nonsense"), "--osv-url takes an address"),
        (("--osv-url", "http://x:99999999/"), "--osv-url takes an address"),
        (("--service", "pypi", "--osv-url", "http://x/"), "not with --service pypi"),
        (("--format", "sarif"), "--format takes text or json"),
    ],
)
def test_wrong_usage(saved: Path, words: tuple[str, ...], said: str) -> None:
    ended = envaudit("audit", saved, *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_one_side_alone_is_a_finding(osv: str) -> None:
    service = Service.of("osv", osv)
    a = with_vulnerabilities(fingerprint(requests="2.19.0"), service)
    b = with_vulnerabilities(fingerprint(requests="2.32.0"), service)
    comparison = explain(a, b, compare(a, b))
    finding = next(one for one in comparison.findings if one.rule == "EA615")
    assert "requests has CVE-2018-18074, PYSEC-2023-1 in A only." in finding.message
    folded = {change.path: change.folded_under for change in comparison.changes}
    assert folded["vulnerabilities.requests.CVE-2018-18074"] == "python.packages.requests"


def test_what_was_not_checked_is_not_compared(osv: str) -> None:
    a = with_vulnerabilities(fingerprint(requests="2.19.0"), Service.of("osv", osv))
    b = with_vulnerabilities(
        fingerprint(requests="2.19.0"), Service.of("osv", "http://127.0.0.1:9/")
    )
    comparison = compare(a, b)
    assert comparison.changes == ()
    assert [entry.path for entry in comparison.not_compared] == ["vulnerabilities.*"]
    assert b.sections[SECTION].status is Status.ERROR


def test_it_survives_a_file(osv: str, tmp_path: Path) -> None:
    one = with_vulnerabilities(fingerprint(requests="2.19.0"), Service.of("osv", osv))
    store.write(tmp_path / "x.json", store.dumps(one))
    again = store.load(tmp_path / "x.json")
    assert again.sections[SECTION] == one.sections[SECTION]
    assert again.digest.startswith("sha256:")


@pytest.mark.parametrize(
    "name",
    [
        "requests\n-r /etc/passwd\nidna", "idna\n", "--index-url=http://127.0.0.1:9", "-r x", "",
        "requests @ file:///etc/passwd #", "requests[x]", "Requests", "idna==1.0; x", "\u0131dna",
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_not_asked_for(name: str) -> None:
    """A fingerprint comes from a container: its names must not become options of pip-audit."""
    asked: list[Mapping[str, str]] = []

    def check(versions: Mapping[str, str], service: Service) -> dict[str, Any]:
        asked.append(dict(versions))
        return dict.fromkeys(versions, ())

    one = with_vulnerabilities(fingerprint({}, idna="3.10", **{name: "1.0"}), Service(), check)
    assert asked == [{"idna": "3.10"}]
    assert one.sections[SECTION].gaps == {
        f"{name}.*": "not checked: its name is none that an index can know"
    }


def test_without_packages_nothing_is_asked() -> None:
    empty = Fingerprint({"python.packages": Section(Status.ABSENT, Origin.IMAGE, {})})
    assert with_vulnerabilities(empty, Service()).sections[SECTION].status is Status.OK
    unknown = Fingerprint({"python.packages": Section(Status.DENIED, Origin.IMAGE, {})})
    section = with_vulnerabilities(unknown, Service()).sections[SECTION]
    assert section.reason == "the Python distributions are not known"
    gone = with_vulnerabilities(Fingerprint({}), Service()).sections[SECTION]
    assert (gone.status, gone.reason) == (section.status, section.reason)


def test_a_directory_that_may_not_be_read_is_not_clean() -> None:
    gaps = {"*": "/opt/lib may not be read"}
    packages = Section(Status.OK, Origin.IMAGE, {}, gaps=gaps)
    section = with_vulnerabilities(Fingerprint({"python.packages": packages}), Service()).sections[
        SECTION
    ]
    assert section.status is Status.ERROR
    assert section.reason == ("the Python distributions are not known: /opt/lib may not be read")


def test_beside_what_may_not_be_read_the_rest_is_counted(tmp_path: Path, osv: str) -> None:
    packages = Section(Status.OK, Origin.IMAGE, {"idna": "3.10"}, gaps={"*": "x may not be read"})
    store.write(tmp_path / "x.json", store.dumps(Fingerprint({"python.packages": packages})))
    ended = envaudit("audit", tmp_path / "x.json", "--osv-url", osv)
    assert ended.stdout.splitlines() == [
        "0 known vulnerabilities in 0 of 1 distributions",
        "*: not checked: x may not be read",
    ]


def test_nothing_that_could_be_checked_is_not_clean(tmp_path: Path) -> None:
    """As `--service pypi` answers for what its index does not have."""
    one = fingerprint({}, **{f"mine-{number}": "1.0" for number in range(43)})

    def unknown(versions: Mapping[str, str], service: Service) -> Any:
        entries = [
            {"name": name, "skip_reason": "Dependency not found on https://u:hunter2@x"}
            for name in versions
        ]
        return _answers({"dependencies": entries}, versions)

    checked = with_vulnerabilities(one, Service("pypi"), unknown)
    assert checked.sections[SECTION].status is Status.ERROR
    assert checked.sections[SECTION].reason == (
        "0 of 43 distributions could be checked: the service does not know it"
    )
    # Nobody is asked for these: the command comes to its end without a service.
    sources = {"mine": {"editable": True}, "ours": {"editable": True}}
    path = tmp_path / "x.json"
    store.write(path, store.dumps(fingerprint(sources, mine="1.0", ours="1.0", odd="x y")))
    for words in ((), ("-f", "json")):
        ended = envaudit("audit", path, *words)
        assert (ended.returncode, ended.stdout) == (3, "")
        assert ended.stderr == (
            f"envaudit: {path}: 0 of 3 distributions could be checked: "
            "an editable checkout is no release (2 of them)\n"
        )


@pytest.mark.parametrize("reason", ["no Python interpreter found", "no distribution is installed"])
def test_known_to_have_none(tmp_path: Path, reason: str) -> None:
    """Which is clean, and says what was looked at."""
    packages = Section(Status.ABSENT, Origin.IMAGE, {}, reason=reason)
    store.write(tmp_path / "x.json", store.dumps(Fingerprint({"python.packages": packages})))
    ended = envaudit("audit", tmp_path / "x.json")
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == [
        "0 known vulnerabilities in 0 of 0 distributions",
        f"nothing to check: {reason}",
    ]
    document = json.loads(envaudit("audit", tmp_path / "x.json", "-f", "json").stdout)
    assert (document["checked"], document["distributions"]) == (True, 0)


@pytest.mark.parametrize("status", [Status.DENIED, Status.ERROR, Status.SKIPPED])
def test_what_is_not_known_is_not_clean(tmp_path: Path, status: Status) -> None:
    packages = Section(status, Origin.IMAGE, {}, reason="permission denied")
    store.write(tmp_path / "x.json", store.dumps(Fingerprint({"python.packages": packages})))
    ended = envaudit("audit", tmp_path / "x.json")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "the Python distributions are not known: permission denied\n" in ended.stderr


VERSIONS = {"a": "1", "b": "2"}


class TestAnswers:
    def test_of_another_form(self) -> None:
        documents: list[Any] = [None, [], {}, {"dependencies": 1}]
        for document in documents:
            with pytest.raises(CaptureFailed):
                _answers(document, VERSIONS)

    def test_that_say_too_little_or_too_much(self) -> None:
        entries = [
            7, {}, {"name": "c", "vulns": []}, {"name": "a", "skip_reason": "x"},
            {"name": "b", "vulns": [1, {}, {"id": 5}, {"id": "X-1", "aliases": 3}]},
        ]  # fmt: skip
        found = _answers({"dependencies": entries}, VERSIONS)
        assert found == {"a": "pip-audit skips it", "b": (Vulnerability("X-1"),)}
        entry = {"name": "a", "skip_reason": "Dependency not found on PyPI and could not be ..."}
        found = _answers({"dependencies": [entry]}, {"a": "1"})
        assert found == {"a": "the service does not know it"}
        assert _answers({"dependencies": []}, {"a": "1"}) == {"a": "pip-audit does not mention it"}

    @pytest.mark.parametrize(
        ("stderr", "expected"),
        [
            (b"requests.exceptions.ReadTimeout: https://u:hunter2@x\n", "cannot be reached"),
            (b"ValueError: hunter2\n", "pip-audit failed (ValueError)"),
            (b"/x/python: No module named pip_audit\n", "pip-audit is not installed"),
            (b"\xff\xfe", "pip-audit gave no answer"),
        ],
    )
    def test_failures_quote_nothing(self, stderr: bytes, expected: str) -> None:
        assert expected in _why(stderr)
        assert "hunter2" not in _why(stderr)


def test_addresses_of_servers() -> None:
    assert Service.of("osv", "http://x").url == "http://x/v1/query"
    assert Service.of("osv", "https://x/osv/v1/query").url == "https://x/osv/v1/query"
    assert Service.of("osv", None).url is None
    with pytest.raises(UsageError):
        Service.of("osv", "//x")
