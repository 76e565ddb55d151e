"""Images in archives of every kind tell the same; damaged and hostile ones are refused."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import importlib.util
import io
import json
import os
import random
import re
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.capture import CaptureOptions, capture
from auditor.capture import chunks as chunks_module
from auditor.capture.files import capture_export
from auditor.capture.platform import host_platform
from auditor.capture.target import Kind, is_image_archive, parse_target
from auditor.model import (
    CaptureFailed,
    EnvauditError,
    Fingerprint,
    InvalidInput,
    Status,
    UsageError,
)

from .making import Entry, Image, digest, directory, layout, link, saved, tar, write

HOST = host_platform()
OS_RELEASE = 'ID=wolfi\nVERSION_ID="20230201"\n'
SITE = "usr/lib/python3.11/site-packages"
MODULE = b"x = 1\n" * 400_000  # larger than what is fetched whole
CONFIG: dict[str, Any] = {
    "Env": ["PATH=/app:/bin", "OMP_NUM_THREADS=3", "API_TOKEN=hunter2"],
    "Entrypoint": ["/app/run"],
    "Cmd": ["--fast"],
    "User": "app",
    "WorkingDir": "/srv",
    "Labels": {"team": "ml"},
    "ExposedPorts": {"80/tcp": {}},
    "Healthcheck": {"Test": ["CMD", "true"]},
}


def recorded(content: bytes) -> str:
    hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={hashed},{len(content)}"


def layers() -> list[bytes]:
    """A small system with a Python, an upper layer that changes it, and one that is there
    twice."""
    python = b"\x7fELF" + bytes(2000) + b"\0" + b"3.11.7\0" + bytes(100_000)
    base: dict[str, Entry] = {
        "etc/os-release": OS_RELEASE,
        "etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
        "lib/apk/db/installed": "P:zlib\nV:1.3.1-r5\n\nP:busybox\nV:1.37.0-r0\n\n",
        "usr/bin/python3.11": python,
        "usr/bin/python3": link("python3.11"),
        "usr/lib/python3.11/os.py": "",
        f"{SITE}/demo/__init__.py": MODULE,
        f"{SITE}/demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
        f"{SITE}/demo-1.0.dist-info/RECORD": f"demo/__init__.py,{recorded(MODULE)}\n",
        f"{SITE}/gone-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: gone\nVersion: 1.0\n",
    }
    upper: dict[str, Entry] = {
        f"{SITE}/.wh.gone-1.0.dist-info": "",
        "lib/apk/db/installed": "P:zlib\nV:1.3.1-r6\n\n",
    }
    again: dict[str, Entry] = {"srv/": directory()}
    return [tar(base), tar(again), tar(upper), tar(again)]


SOUND = Image(layers(), config=CONFIG, platform=(HOST.os, HOST.architecture))


def file(folder: Path, content: bytes, name: str = "image.tar") -> str:
    (folder / name).write_bytes(content)
    return f"image:{folder / name}"


def as_tar(files: Mapping[str, bytes]) -> bytes:
    return tar(files)


KINDS: dict[str, Callable[[Path], str]] = {
    "docker save": lambda d: file(d, saved(SOUND)),
    "docker save since 25": lambda d: file(d, as_tar(layout(SOUND, docker=True))),
    "docker save, packed": lambda d: file(d, gzip.compress(saved(SOUND), 1), "image.tar.gz"),
    "docker save, unpacked": lambda d: f"image:{untar(saved(SOUND), d / 'saved')}",
    "OCI layout": lambda d: f"image:{write(layout(SOUND), d / 'layout')}",
    "OCI layout as a tar": lambda d: file(d, as_tar(layout(SOUND))),
    "OCI layout, layers packed": lambda d: file(d, as_tar(layout(replace(SOUND, packed=True)))),
    "OCI layout, an index in it": lambda d: file(d, as_tar(layout(SOUND, nested=True))),
}


def untar(content: bytes, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if member.issym():
                (folder / member.name).symlink_to(member.linkname)
            elif member.isfile():
                (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
                found = archive.extractfile(member)
                assert found is not None
                (folder / member.name).write_bytes(found.read())
    return folder


def facts(fingerprint: Fingerprint) -> dict[str, Any]:
    return {
        f"{name}.{key}": value
        for name, section in fingerprint.sections.items()
        for key, value in section.facts.items()
    }


EXPECTED = {
    "os.id": "wolfi",
    "os.packages.zlib": "1.3.1-r6",
    "python.version": "3.11.7",
    "python.packages.demo": "1.0",
    "python.integrity.demo": "intact",
    "env.OMP_NUM_THREADS": "3",
    "env.HOME": "/home/app",
    "container.image": "app:1",
    "container.image_id": digest(SOUND.config_bytes),
    "container.architecture": HOST.architecture,
    "container.os": "linux",
    "container.image_created": "2026-01-02T03:04:05Z",
    "container.entrypoint": ["/app/run"],
    "container.command": ["--fast"],
    "container.user": "app",
    "container.working_dir": "/srv",
    "container.labels.team": "ml",
    "container.exposed_ports": ["80/tcp"],
    "container.healthcheck": ["CMD", "true"],
    "container.image_layers": [digest(one) for one in SOUND.layers],
}


@pytest.mark.parametrize("integrity", ["fast", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_the_same(tmp_path: Path, kind: str, integrity: str) -> None:
    fingerprint = capture(KINDS[kind](tmp_path), CaptureOptions(integrity=integrity))
    found = facts(fingerprint)
    assert {path: found.get(path) for path in EXPECTED} == EXPECTED
    assert "os.packages.busybox" not in found
    assert "python.packages.gone" not in found
    assert fingerprint.sections["limits"].status is Status.SKIPPED
    known = kind.startswith("OCI")
    assert (found.get("container.image_digest") is not None) == known
    assert fingerprint.sections["python.integrity"].gaps == {}
    assert "hunter2" not in store.dumps(fingerprint)


def test_full_integrity_reads_what_the_layers_hold(tmp_path: Path) -> None:
    """A change of the same size in an upper layer, which only the hash tells."""
    changed = b"y" + MODULE[1:]
    image = replace(SOUND, layers=[*SOUND.layers, tar({f"{SITE}/demo/__init__.py": changed})])
    for packed in (False, True):
        path = file(tmp_path, as_tar(layout(replace(image, packed=packed))))
        fast, full = (
            capture(path, CaptureOptions(integrity=integrity)) for integrity in ("fast", "full")
        )
        assert fast.get("python.integrity.demo") == "intact"
        assert full.get("python.integrity.demo") == {"changed": ["demo/__init__.py"]}


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """What takes a second reading is a gap, and says so."""
    for content in (saved(SOUND), as_tar(layout(SOUND)), gzip.compress(saved(SOUND), 1)):
        for integrity in ("fast", "full"):
            fingerprint = through_a_pipe(content, CaptureOptions(integrity=integrity))
            found = facts(fingerprint)
            assert found["os.packages.zlib"] == "1.3.1-r6"
            assert found["python.packages.demo"] == "1.0"
            gaps = fingerprint.sections["python.integrity"].gaps
            assert gaps == ({"demo": "not kept while the archive was read"} if integrity == "full"
                            else {})  # fmt: skip


def through_a_pipe(content: bytes, options: CaptureOptions, kind: str = "image") -> Fingerprint:
    reading, writing = os.pipe()

    def feed() -> None:
        with contextlib.suppress(BrokenPipeError), open(writing, "wb") as pipe:
            pipe.write(content)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        return capture(f"{kind}:/dev/fd/{reading}", options)
    finally:
        os.close(reading)
        feeder.join()


def test_a_conda_environment_takes_one_reading(tmp_path: Path) -> None:
    """Its records have megabytes: the names of the files follow what is asked for."""
    record = json.dumps({"channel": "conda-forge", "files": [f"lib/{n}" for n in range(100_000)]})
    prefix = "opt/tools"
    more: dict[str, Entry] = {f"{prefix}/conda-meta/mkl-2024.2.2-ha957f24_16.json": record}
    config = {**CONFIG, "Env": [*CONFIG["Env"], f"CONDA_PREFIX=/{prefix}"]}
    image = replace(SOUND, layers=[*SOUND.layers, tar(more)], config=config)
    found = facts(through_a_pipe(saved(image), CaptureOptions()))
    assert found["conda.packages.mkl"] == "2024.2.2"
    assert found["conda.sources.mkl"] == {"build": "ha957f24_16", "channel": "conda-forge"}


def test_what_collectors_ask_for_beyond_the_usual_is_read_again(tmp_path: Path) -> None:
    """A sitecustomize's digest; the zone file of the image's TZ."""
    more: dict[str, Entry] = {f"{SITE}/sitecustomize.py": "import os\n" * 300_000}
    image = replace(SOUND, layers=[*SOUND.layers, tar(more)])
    path = file(tmp_path, saved(image))
    section = capture(path).sections["python.path"]
    assert "not kept" not in str(section.gaps)
    assert "sitecustomize" in str(section.facts)


def test_a_program_is_found_by_the_configuration_alone(tmp_path: Path) -> None:
    """An image of one static program, which is not where programs usually are."""
    program = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\xb7\0" + bytes(5_000_000)
    image = Image([tar({"srv/app": program})], config={"Entrypoint": ["/srv/app"]})
    for content in (saved(image), as_tar(layout(replace(image, packed=True)))):
        fingerprint = capture(file(tmp_path, content))
        assert dict(fingerprint.sections["os"].facts) == {"arch": "aarch64"}


def test_an_image_from_nothing(tmp_path: Path) -> None:
    empty = Image([], config={"Env": []}, platform=SOUND.platform)
    one = Image([tar({})], platform=SOUND.platform)
    for image in (empty, one):
        for content in (saved(image), as_tar(layout(image))):
            fingerprint = capture(file(tmp_path, content))
            assert fingerprint.sections["os"].status is Status.ABSENT


def test_a_root_file_system_may_be_packed_or_piped(tmp_path: Path) -> None:
    whole = tar({"etc/os-release": OS_RELEASE, "etc/.wh.x": "a plain name here"})
    for content in (whole, gzip.compress(whole)):
        path = file(tmp_path, content, "root.tar").replace("image:", "rootfs:")
        assert capture(path).get("os.id") == "wolfi"
        assert through_a_pipe(content, CaptureOptions(), "rootfs").get("os.id") == "wolfi"
    section = capture(path).sections["env"]
    assert section.status is Status.SKIPPED  # nothing tells the environment: it is not empty


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        (b"", "the mark of its end is missing"),
        (tar({}), "holds no files"),
        (tar({"etc/os-release": OS_RELEASE})[:1024], "the mark of its end is missing"),
        (gzip.compress(tar({"etc/os-release": OS_RELEASE})[:1024]), "the mark of its end"),
    ],
    # By name: the time stands in gzip's bytes, and workers have to agree on what there is to test.
    ids=["empty", "no files", "after a header", "packed, after a header"],
)
def test_a_root_file_system_that_is_cut_off(tmp_path: Path, content: bytes, saying: str) -> None:
    """As when what feeds the pipe has failed: that is no empty system."""
    with pytest.raises(InvalidInput, match=saying):
        capture(file(tmp_path, content, "root.tar").replace("image:", "rootfs:"))
    with pytest.raises(InvalidInput, match=saying):
        through_a_pipe(content, CaptureOptions(), "rootfs")


def test_a_second_reading_that_differs_is_refused() -> None:
    """What stands in the place of a file may be another one by then."""
    first, second = ({"srv/app": b"a" * 100}, {"srv/app": b"b" * 101})
    exports = iter([tar(first), tar(second)])
    config = {"Entrypoint": ["/srv/app"]}
    with pytest.raises(CaptureFailed, match="written to while it was read"):
        capture_export(lambda: [next(exports)], config, "docker:x", CaptureOptions())
    # Of a running container there is no second reading: what it lacks is not known.
    capture_export(lambda: [tar(first)], config, "docker:x", CaptureOptions(), again=False)


# -- which image ------------------------------------------------------------------------------


def other(tags: list[str], os_id: str = "other", **more: Any) -> Image:
    layer = tar({"etc/os-release": f"ID={os_id}\n"})
    return Image([layer], tags, **{"platform": SOUND.platform, **more})


@pytest.mark.parametrize("kind", ["docker", "layout", "both"])
def test_one_of_several_images_is_chosen_by_its_name(tmp_path: Path, kind: str) -> None:
    images = (SOUND, other(["b:1", "b:latest"]), other(["team/c:2"], "third"))
    content = saved(*images) if kind == "docker" else as_tar(layout(*images, docker=kind == "both"))
    path = file(tmp_path, content)
    with pytest.raises(UsageError) as refused:
        capture(path)
    told = str(refused.value)
    assert "several images: choose one with #NAME:TAG of app:1, b:1, b:latest, " in told
    for name, expected in {
        "app:1": "wolfi", "b:1": "other", "b": "other", "docker.io/library/b:1": "other",
        digest(images[2].config_bytes): "third", digest(images[1].config_bytes)[:19]: "other",
    }.items():  # fmt: skip
        assert capture(f"{path}#{name}").get("os.id") == expected
    with pytest.raises(UsageError, match=r"no image 'x' in it, but app:1, b:1"):
        capture(f"{path}#x")


def test_two_images_of_one_name(tmp_path: Path) -> None:
    images = other(["a:1"]), other(["a:1"], "second")
    path = file(tmp_path, saved(*images))
    with pytest.raises(UsageError, match=r"choose one with its digest of sha256:[0-9a-f]{12}, sha"):
        capture(f"{path}#a:1")
    assert capture(f"{path}#{digest(images[1].config_bytes)}").get("os.id") == "second"


def test_an_image_without_a_name(tmp_path: Path) -> None:
    images = other([]), other([], "second")
    path = file(tmp_path, saved(*images))
    with pytest.raises(UsageError, match=r"choose one .* of sha256:[0-9a-f]{12}, sha256:"):
        capture(path)
    assert capture(file(tmp_path, saved(images[0]))).get("container.image") is None


FOREIGN = "riscv64" if HOST.architecture != "riscv64" else "amd64"


def platforms() -> tuple[Image, ...]:
    return (
        other(["app:1"], "foreign", platform=("linux", FOREIGN)),
        other(["app:1"], "mine"),
        other(["app:1"], "windows", platform=("windows", HOST.architecture)),
    )


def test_of_several_platforms_the_machines_own_is_taken(tmp_path: Path) -> None:
    path = file(tmp_path, as_tar(layout(*platforms(), nested=True)))
    told: list[str] = []
    options = CaptureOptions(notice=told.append)
    assert capture(path, options).get("os.id") == "mine"
    assert re.search(rf"taking linux/{HOST.architecture}, not .*linux/{FOREIGN}", told[0])
    assert capture(f"{path}#@linux/{FOREIGN}").get("os.id") == "foreign"
    assert capture(f"{path}#app:1@linux/{FOREIGN}").get("os.id") == "foreign"
    with pytest.raises(UsageError, match=rf"no image for linux/mips in it, but for .*{FOREIGN}"):
        capture(f"{path}#@linux/mips")
    with pytest.raises(UsageError, match="only Linux images are read"):
        capture(f"{path}#@windows/{HOST.architecture}")
    with pytest.raises(UsageError, match="is no platform"):
        capture(f"{path}#@arm64")


def test_none_for_this_machine(tmp_path: Path) -> None:
    foreign = tuple(other(["app:1"], platform=("linux", name)) for name in ("mips", "s390x"))
    path = file(tmp_path, as_tar(layout(*foreign, nested=True)))
    with pytest.raises(UsageError, match="in it, but for linux/mips, linux/s390x: choose"):
        capture(path)
    # The only one there is is read, whatever it is for.
    assert capture(file(tmp_path, saved(foreign[0]))).get("container.architecture") == "mips"


def test_platforms_that_were_not_exported_are_no_choice(tmp_path: Path) -> None:
    files = layout(*platforms()[:2], nested=True)
    dropped = layout(platforms()[0])
    for path in dropped.keys() - {"oci-layout", "index.json"}:
        del files[path]
    assert capture(file(tmp_path, as_tar(files))).get("os.id") == "mine"


# -- names and paths --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("python:3.11", False),
        ("library/python", False),
        ("registry:5000/team/app:1", False),
        ("app@sha256:" + "0" * 64, False),
        ("a.tar:latest", False),
        ("x.tar", True),
        ("x.tar.gz", True),
        ("x.tgz#app:1", True),
        ("./x", True),
        ("../x#@linux/arm64", True),
        ("/tmp/x", True),
        ("-", True),
        ("-#app:1", True),
        ("a#b.tar#app:1", True),
        ("there/file", True),
        ("there/layout", True),
        ("there/directory", False),
    ],
)
def test_a_path_is_told_from_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    write({"there/file": b"", "there/layout/oci-layout": b"", "there/directory/x": b""}, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert is_image_archive(value) is expected
    assert parse_target(f"image:{value}").kind is Kind.IMAGE


def test_a_path_may_hold_a_number_sign(tmp_path: Path) -> None:
    assert capture(file(tmp_path, saved(SOUND), "a#b.tar")).get("os.id") == "wolfi"
    assert capture(file(tmp_path, saved(SOUND), "a#c.tar") + "#app:1").get("os.id") == "wolfi"


# -- damaged and hostile ----------------------------------------------------------------------


def changed(**files: bytes | None) -> bytes:
    """An OCI layout with some of its files replaced: `index`, `manifest`, `config`, `layer`."""
    made = layout(SOUND)
    index = json.loads(made["index.json"])
    manifest_path = blob(index["manifests"][0])
    manifest = json.loads(made[manifest_path])
    places = {
        "index": "index.json", "manifest": manifest_path, "config": blob(manifest["config"]),
        "layer": blob(manifest["layers"][0]), "layout": "oci-layout",
    }  # fmt: skip
    for name, content in files.items():
        if content is None:
            del made[places[name]]
        else:
            made[places[name]] = content
    return as_tar(made)


def blob(descriptor: Mapping[str, Any]) -> str:
    return "blobs/" + descriptor["digest"].replace(":", "/")


def indexed(**descriptor: Any) -> bytes:
    made = layout(SOUND)
    index = json.loads(made["index.json"])
    index["manifests"][0].update(descriptor)
    return as_tar({**made, "index.json": json.dumps(index).encode()})


def docker(**entry: Any) -> bytes:
    """`docker save` with another manifest."""
    made = layout(SOUND, docker=True)
    del made["index.json"]
    manifest = json.loads(made["manifest.json"])
    manifest[0].update(entry)
    return as_tar({**made, "manifest.json": json.dumps(manifest).encode()})


def configured(config: Any, **more: Any) -> bytes:
    """A `docker save` whose configuration is another one, with the right digest."""
    document = {**SOUND.document, "config": config, **more}
    return with_config(json.dumps(document).encode())


def with_config(content: bytes) -> bytes:
    made = layout(SOUND, docker=True)
    del made["index.json"]
    path = "blobs/" + digest(content).replace(":", "/")
    manifest = json.loads(made["manifest.json"])
    manifest[0]["Config"] = path
    return as_tar({**made, path: content, "manifest.json": json.dumps(manifest).encode()})


def deep(levels: int) -> bytes:
    """Indexes in one another."""
    files = {"oci-layout": b"{}"}
    inner = json.loads(layout(SOUND)["index.json"])["manifests"][0]
    files.update(layout(SOUND))
    for _ in range(levels):
        content = json.dumps({"manifests": [inner]}).encode()
        inner = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest(content)}
        files[blob(inner)] = content
    files["index.json"] = json.dumps({"manifests": [inner]}).encode()
    return as_tar(files)


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def raw_layers(*stored: bytes, **more: Any) -> bytes:
    """`docker save` with these bytes as its layers, whatever they are."""
    image = Image(list(stored), platform=SOUND.platform, **more)
    return saved(image)


def header(**fields: bytes) -> bytes:
    """A tar whose first header declares something impossible, with the right checksum."""
    data = bytearray(tar({"a": b"x" * 100}))
    places = {"size": (124, 136)}
    for name, content in fields.items():
        data[slice(*places[name])] = content
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


HUGE = b'{"x": "' + b"y" * 9_000_000 + b'"}'
NESTED = b"[" * 100_000 + b"]" * 100_000
EIGHT_EIB = b"\x80\0\0\0" + b"\x7f" + b"\xff" * 7

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "noise": (lambda: b"noise" * 1000, "damaged"),
    "a root file system": (lambda: tar({"etc/os-release": "ID=x\n"}), "use rootfs:"),
    "a tar of nothing": (lambda: tar({}), "is no image archive"),
    "an index without a layout": (lambda: changed(layout=None), "no oci-layout file"),
    "no image": (lambda: as_tar({**layout(), "manifest.json": b"[]"}), "holds no image"),
    "index not JSON": (lambda: changed(index=b"index"), "index.json is not JSON"),
    "index a list": (lambda: changed(index=b"[]"), "index.json is no JSON object"),
    "index without manifests": (lambda: changed(index=b"{}"), "has no list of manifests"),
    "index of numbers": (lambda: changed(index=b'{"manifests": [1]}'), "has no list of manifests"),
    "index huge": (lambda: changed(index=HUGE), "index.json is larger than 8 MiB"),
    "index deep": (lambda: changed(index=NESTED), "index.json is nested deeper"),
    "indexes in indexes": (lambda: deep(9), "indexes lie in one another"),
    "a digest that is a path": (
        lambda: indexed(digest="sha256:../../../../etc/passwd"), "something else than a SHA-256"),
    "a digest that is none": (lambda: indexed(digest=7), "something else than a SHA-256"),
    "another algorithm": (lambda: indexed(digest="md5:" + "0" * 32), "else than a SHA-256 digest"),
    "a manifest that is missing": (lambda: changed(manifest=None), "does not hold 'blobs/sha256/"),
    "a manifest that was changed": (lambda: changed(manifest=b"{}"), "is damaged: its digest is"),
    "a config that is missing": (lambda: changed(config=None), "does not hold 'blobs/sha256/"),
    "a config that was changed": (lambda: changed(config=b"{}"), "is damaged: its digest is"),
    "a layer that is missing": (lambda: changed(layer=None), "it does not hold"),
    "a layer that was changed": (
        lambda: changed(layer=flipped(SOUND.layers[0], 600)), "1 of 4 is damaged: its digest"),
    "a layer of another image": (
        lambda: changed(layer=SOUND.layers[1]), "layer 1 of 4 is damaged: its digest is"),
    "docker: not JSON": (
        lambda: as_tar({"manifest.json": b"{", "x.json": b"{}"}), "manifest.json is"),
    "docker: an object": (lambda: as_tar({"manifest.json": b"{}"}), "no list of images"),
    "docker: huge": (lambda: as_tar({"manifest.json": HUGE}), "larger than 8 MiB"),
    "docker: deep": (lambda: as_tar({"manifest.json": NESTED}), "nested deeper"),
    "docker: no layers": (lambda: docker(Layers=None), "does not say what an image consists of"),
    "docker: tags": (lambda: docker(RepoTags=[1]), "does not say what an image consists of"),
    "docker: layer outside": (lambda: docker(Layers=["../../../../etc/passwd"] * 4), "not hold"),
    "docker: layer at the root": (lambda: docker(Layers=["/etc/passwd"] * 4), "does not hold"),
    "docker: config outside": (lambda: docker(Config="../../etc/passwd"), "does not hold"),
    "docker: too few layers": (lambda: docker(Layers=[]), "its configuration names 4"),
    "docker: control characters": (
        lambda: docker(Layers=["\x1b[31m\nred"] * 4), "does not hold"),
    "docker: config not JSON": (lambda: with_config(b"not JSON"), "is not JSON"),
    "docker: config a list": (lambda: with_config(b"[]"), "is no JSON object"),
    "docker: config deep": (lambda: with_config(NESTED), "is nested deeper"),
    "docker: config huge": (lambda: with_config(HUGE), "is larger than"),
    "docker: config NaN": (lambda: with_config(b'{"a": NaN}'), "NaN"),
    "docker: no diff_ids": (lambda: configured({}, rootfs={}), "does not name its layers"),
    "docker: odd diff_ids": (
        lambda: configured({}, rootfs={"diff_ids": [1, 2, 3, 4]}), "does not name its layers"),
    "docker: odd config": (lambda: configured([1]), "is no JSON object"),
    "docker: odd Env": (lambda: configured({"Env": 5}), "an odd Env"),
    "docker: odd words": (lambda: configured({"Cmd": [{}]}), "an odd Cmd"),
    "docker: odd Labels": (lambda: configured({"Labels": ["a"]}), "an odd Labels"),
    "docker: odd Healthcheck": (
        lambda: configured({"Healthcheck": {"Test": {}}}), "an odd Healthcheck"),
    "docker: for Windows": (lambda: configured({}, os="windows"), "only Linux images are read"),
    "layer: noise": (lambda: raw_layers(b"noise" * 1000), "layer 1 of 1: the archive is damaged"),
    "layer: 8 EiB": (lambda: raw_layers(header(size=EIGHT_EIB)), "impossible size"),
    "layer: negative": (lambda: raw_layers(header(size=b"\xff" * 12)), "impossible size"),
    "layer: cut": (lambda: raw_layers(tar({"a": b"x" * 9000})[:5000]), "in the middle of a file"),
    "layer: a bad checksum": (
        lambda: raw_layers(flipped(tar({"a": b""}), 3)), "checksum does not match"),
    "layer: leads out": (lambda: raw_layers(tar({"../x": b""})), "leads out of the archive"),
    "layer: circles": (
        lambda: raw_layers(tar({"a": link("b"), "b": link("a"), "a/x": ""})), "in circles"),
    "layer: xz": (lambda: raw_layers(b"\xfd7zXZ\0" + bytes(600)), "packed with xz"),
    "layer: gzip cut": (
        lambda: raw_layers(gzip.compress(tar({"a": os.urandom(9000)}))[:5000]), "middle of"),
    "layer: gzip damaged": (
        lambda: raw_layers(gzip.compress(tar({"a": b"x" * 9000}))[:-8] + bytes(8)), "unpacked"),
    "layer: gzip of nothing": (lambda: raw_layers(gzip.compress(b"") * 2000), "holds nothing"),
    "the archive is cut": (lambda: saved(SOUND)[:-700_000], ""),
}  # fmt: skip


def read_as(how: str, folder: Path, content: bytes) -> Fingerprint:
    if how == "pipe":
        return through_a_pipe(content, CaptureOptions())
    return capture(file(folder, content))


@pytest.mark.parametrize("how", ["file", "pipe"])
@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_refused_and_why(tmp_path: Path, case: str, how: str) -> None:
    make, saying = HOSTILE[case]
    content = make()
    begun = time.monotonic()
    with pytest.raises(EnvauditError) as refused:
        read_as(how, tmp_path, content)
    assert refused.value.exit_code == 2
    if how == "file" or case not in ("empty", "docker: huge", "docker: config huge"):
        assert saying in str(refused.value)
    assert "\n" not in str(refused.value)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("kind", ["saved", "layout", "packed"])
def test_random_damage_is_refused_or_harmless(tmp_path: Path, kind: str) -> None:
    """Whatever bytes change: never another exception, and never another image."""
    image = replace(other(["app:1"]), packed=kind == "packed", config={"Env": ["A=1"]})
    sound = saved(image) if kind == "saved" else as_tar(layout(image, docker=True))
    expected = facts(capture(file(tmp_path, sound)))
    for seed in range(150):
        chance = random.Random(seed)
        data = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.choice((0, 0x22, 0x7B, 0xFF, 0x30, 0x5C))
        data = data[: chance.choice((len(data), chance.randint(1, len(data))))]
        try:
            found = facts(read_as(chance.choice(("file", "pipe")), tmp_path, bytes(data)))
        except (InvalidInput, UsageError):
            continue
        # Names are not covered by digests; everything else is.
        for told in (found, expected):
            told.pop("container.image", None)
        assert found == expected


def test_a_decompression_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand times its size; what is legitimate and packs well passes."""
    monkeypatch.setattr(chunks_module, "MAX_UNWATCHED", 2 * 1024**2)
    bomb = raw_layers(gzip.compress(tar({"zeros": bytes(50_000_000)}), 9))
    with pytest.raises(InvalidInput, match="a decompression bomb"):
        capture(file(tmp_path, bomb))
    sound = replace(other(["app:1"]), layers=[tar({"zeros": bytes(1_500_000)})], packed=True)
    capture(file(tmp_path, saved(sound)))


def test_zstd_is_read_or_refused_plainly(tmp_path: Path) -> None:
    # One raw block of a frame (RFC 8878), so that nothing has to pack it.
    content = tar({"etc/os-release": "ID=zstd\n"})
    size = len(content)
    block = ((size << 3) | 1).to_bytes(3, "little") + content
    frame = b"\x28\xb5\x2f\xfd" + b"\xa0" + size.to_bytes(4, "little") + block
    files = layout(other(["app:1"]))
    plain = Image([content], platform=SOUND.platform)
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": digest(plain.config_bytes),
    }
    manifest = {"config": config, "layers": [{"digest": digest(frame)}]}
    described = {"digest": digest(json.dumps(manifest).encode())}
    files = {
        "oci-layout": b"{}",
        "index.json": json.dumps({"manifests": [described]}).encode(),
        blob(described): json.dumps(manifest).encode(),
        blob(config): plain.config_bytes,
        blob({"digest": digest(frame)}): frame,
    }
    path = file(tmp_path, as_tar(files))
    if importlib.util.find_spec("compression"):  # Python 3.14
        assert capture(path).get("os.id") == "zstd"
    else:
        with pytest.raises(InvalidInput, match="zstd, which needs Python"):
            capture(path)


def test_a_file_that_is_written_to_meanwhile(tmp_path: Path) -> None:
    path = file(tmp_path, saved(SOUND))

    def write_to_it(_done: int, _of: int) -> None:
        os.utime(tmp_path / "image.tar", ns=(1, 1))

    with pytest.raises(InvalidInput, match="was written to while it was read"):
        capture(path, CaptureOptions(bytes_read=write_to_it))


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    for content in (saved(SOUND), as_tar(layout(replace(SOUND, packed=True)))):
        told: list[tuple[int, int]] = []

        def tell(done: int, of: int, told: list[tuple[int, int]] = told) -> None:
            told.append((done, of))

        capture(file(tmp_path, content), CaptureOptions(bytes_read=tell))
        assert told == sorted(told)
        assert told[-1][0] == told[-1][1] > 0


def test_an_image_archive_is_no_root_file_system(tmp_path: Path) -> None:
    for content in (saved(SOUND), as_tar(layout(SOUND))):
        path = file(tmp_path, content).replace("image:", "rootfs:")
        with pytest.raises(UsageError, match="not a root file system: use image:"):
            capture(path)
    folder = write(layout(SOUND), tmp_path / "layout")
    with pytest.raises(UsageError, match="not a root file system: use image:"):
        capture(f"rootfs:{folder}")
