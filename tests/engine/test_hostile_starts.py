"""`envaudit exec` as the entrypoint of containers that are started in hostile ways.

The workload must end with the same code and the same output as without it, whatever the
snapshot can read or write there.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from auditor.capture import bundle

AGENT = "python3 -I -S -B /agent/envaudit.pyz exec -o /out/fingerprint.json --"
WORKLOAD = "sh -c 'echo \"out $HOME $(id -u) $(umask)\"; echo err >&2; exit 7'"
# Options of `docker run`, and what the shell does before it becomes the entrypoint.
STARTS: dict[str, tuple[list[str], str]] = {
    "as usual": ([], ""),
    "read-only": (["--read-only"], ""),
    "a user without an entry": (["--user", "4242:4242"], ""),
    "no HOME": ([], "unset HOME;"),
    "no capabilities": (["--cap-drop", "ALL"], ""),
    "no new privileges": (["--security-opt", "no-new-privileges", "--user", "65534"], ""),
    "no uname": (["--security-opt", "seccomp={seccomp}/uname.json"], ""),
    "no statx": (["--security-opt", "seccomp={seccomp}/statx.json"], ""),
    "no /proc": (
        [
            "--cap-add",
            "SYS_ADMIN",
            "--security-opt",
            "apparmor=unconfined",
            "--security-opt",
            "seccomp=unconfined",
        ],
        "umount -R -l /proc;",
    ),
    "a full disk": (["--tmpfs", "/out:size=4096"], ""),
    "standard output closed": ([], "exec >&-;"),
    "standard error closed": ([], "exec 2>&-;"),
    "the C locale": (["--env", "LC_ALL=C", "--env", "ODD=\udcff"], ""),
    "32 MiB": (["--memory", "32m"], ""),
    "8 processes": (["--pids-limit", "8"], ""),
    "no descriptors to spare": ([], "ulimit -n 12;"),
    "no space for addresses": ([], "ulimit -v 60000;"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agent")
    folder.chmod(0o755)
    (folder / "envaudit.pyz").write_bytes(bundle.zipapp())
    for call in ("uname", "statx"):
        profile = {
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"names": [call], "action": "SCMP_ACT_ERRNO"}],
        }
        (folder / f"{call}.json").write_text(json.dumps(profile))
    return folder


def started(image: str, folder: Path, options: list[str], script: str) -> tuple[int, str, str]:
    given = [option.replace("{seccomp}", str(folder)) for option in options]
    words = ["docker", "run", "--rm", "--network", "none", "--volume", f"{folder}:/agent:ro"]
    ended = subprocess.run(
        [*words, *given, image, "sh", "-c", script],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("start", STARTS)
def test_the_workload_is_as_without(base_image: str, folder: Path, start: str) -> None:
    options, before = STARTS[start]
    code, out, err = started(base_image, folder, options, f"{before} exec {WORKLOAD}")
    assert code == 7
    ours = started(base_image, folder, options, f"{before} exec {AGENT} {WORKLOAD}")
    assert (ours[0], ours[1]) == (code, out)
    lines = ours[2].splitlines()
    said = [line for line in lines if line.startswith("envaudit: ")]
    assert len(said) <= 1
    assert [line for line in lines if line not in said] == err.splitlines()


def test_what_can_be_written_is_written(base_image: str, folder: Path, tmp_path: Path) -> None:
    """So that the others do not pass because nothing ever happens."""
    tmp_path.chmod(0o777)
    options = ["--volume", f"{tmp_path}:/out", "--read-only", "--user", "4242"]
    code, _, err = started(base_image, folder, options, f"exec {AGENT} {WORKLOAD}")
    assert code == 7
    assert " facts in 20 sections" in err
    assert json.loads((tmp_path / "fingerprint.json").read_text())["kind"] == "fingerprint"
