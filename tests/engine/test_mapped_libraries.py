"""Libraries that are deleted, replaced or written to under a container's process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditor.model import Fingerprint

from .conftest import comparison, docker, snapshot

LIB = "/usr/lib/x86_64-linux-gnu"
RUN = "import bz2, ctypes, sqlite3, ssl, time; time.sleep(100000)"
CHANGED = ("native.loaded.deleted", "native.loaded.replaced", "native.loaded.rewritten")


def changed(fingerprint: Fingerprint) -> dict[str, Any]:
    found = {path.rpartition(".")[2]: fingerprint.get(path) for path in CHANGED}
    return {fate: paths for fate, paths in found.items() if paths is not None}


def test_a_library_is_replaced_in_the_running_container(
    container: Callable[..., str], tmp_path: Path
) -> None:
    """On the engine's own storage, where devices and numbers are not what they seem."""
    name = container(command=("python3", "-c", RUN))
    time.sleep(2)
    before = snapshot(f"docker:{name}", tmp_path / "a.json", "--integrity", "off")
    assert changed(before) == {}
    assert before.get("native.loaded.ssl") is not None
    docker("exec", name, "sh", "-ec", f"""
        cd {LIB}
        rm libbz2.so.1.0.4                                     # nothing has that name any more
        cp libsqlite3.so.0.8.6 new && mv new libsqlite3.so.0.8.6    # an upgrade
        cat libssl.so.3 > /tmp/ssl && cat /tmp/ssl > libssl.so.3    # written to in place
        chmod 755 libcrypto.so.3                               # the same as before
    """)  # fmt: skip
    after = snapshot(f"docker:{name}", tmp_path / "b.json", "--integrity", "off")
    assert changed(after) == {
        "deleted": [f"{LIB}/libbz2.so.1.0.4"],
        "replaced": [f"{LIB}/libsqlite3.so.0.8.6"],
        "rewritten": [f"{LIB}/libssl.so.3"],
    }
    sqlite = f"{LIB}/libsqlite3.so.0.8.6"
    assert after.get("native.loaded.sqlite") == {
        "path": sqlite, "replaced": True, "source": "system",
    }  # fmt: skip
    _, document = comparison(tmp_path / "a.json", tmp_path / "b.json")
    (finding,) = [one for one in document["findings"] if one["rule"] == "EA383"]
    assert sqlite in finding["message"]
    docker("restart", "--time", "0", name)
    time.sleep(1)
    again = snapshot(f"docker:{name}", tmp_path / "c.json", "--integrity", "off")
    assert changed(again) == {}


def test_what_a_start_script_installs_was_there_before(
    container: Callable[..., str], tmp_path: Path
) -> None:
    """The process is older than its libraries: it was the script's."""
    site = "/opt/venv/lib/python3.11/site-packages"
    script = f"""
        sleep 3
        mkdir -p {site}/some.libs
        cp {LIB}/libssl.so.3 {LIB}/libcrypto.so.3 {site}/some.libs
        exec python3 -c 'import ctypes, glob, time
for path in sorted(glob.glob("{site}/some.libs/*")):
    ctypes.CDLL(path)
time.sleep(100000)'"""
    name = container(command=("sh", "-c", script))
    time.sleep(5)
    found = snapshot(f"docker:{name}", tmp_path / "a.json", "--integrity", "off")
    assert changed(found) == {}
    loaded = found.get("native.loaded.ssl")
    assert isinstance(loaded, dict)
    assert loaded["path"] == f"{site}/some.libs/libssl.so.3"
