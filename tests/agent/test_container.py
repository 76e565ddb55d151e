from __future__ import annotations

import pytest

from auditor.agent.collectors import container as collector

from .given import subject_in, write_tree

CONTAINER = "4f1d5c0b9a8e7d6c5b4a39281706f5e4d3c2b1a0918273645546372819a0b1c2"
SANDBOX = "0" * 32 + "f" * 32


@pytest.fixture
def section_in(tmp_path, collect):
    def section(environ="PATH=/bin", **files):
        tree = {"/proc/1/environ": environ.replace(" ", "\0") + "\0", "/proc/1/mountinfo": ""}
        tree.update({"/" + path: content for path, content in files.items()})
        return collect(collector, subject_in(write_tree(tmp_path, tree)))

    return section


@pytest.mark.parametrize("name", ["debian12-docker-v1", "debian12-docker-v1-outside"])
def test_docker(subject_of, collect, name):
    section = collect(collector, subject_of(name))
    assert section.facts.values == {
        "runtime": "docker",
        "id": "c9ff7c14692031d9c98a9d75ef8fe64834c5564631b0de6c63696e1b5aab5ace",
    }
    assert list(section.facts.identity) == ["id"]
    assert section.facts.gaps == {"*": "only the engine tells: capture it with docker:CONTAINER"}


def test_kubernetes_with_containerd(subject_of, collect):
    section = collect(collector, subject_of("cgroup2-kubepods"))
    assert section.facts.values == {
        "runtime": "containerd",
        "orchestrator": "kubernetes",
        "id": CONTAINER,
    }


def test_systemd_driver(tmp_path, collect):
    base = write_tree(
        tmp_path,
        {
            "/proc/1/environ": "A=b\0",
            "/proc/1/mountinfo": "",
            "/proc/1/cgroup": f"0::/system.slice/docker-{CONTAINER}.scope\n",
        },
    )
    facts = collect(collector, subject_in(base)).facts
    assert facts.values == {"runtime": "docker", "id": CONTAINER}


def test_a_private_cgroup_namespace_leaves_the_mounts(section_in):
    section = section_in(
        **{
            "proc/1/cgroup": "0::/\n",
            "proc/1/mountinfo": (
                f"1 0 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{SANDBOX}"
                "/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda rw\n"
            ),
        }
    )
    assert section.facts.values == {"runtime": "containerd", "id": SANDBOX}


def test_podman(section_in):
    section = section_in(
        environ="container=podman", **{"run/.containerenv": 'engine="podman-5"\nrootless=1\n'}
    )
    assert section.facts.values == {"runtime": "podman", "rootless": True}


def test_podmans_mark_in_kubernetes_is_cri_o(section_in):
    section = section_in(environ="KUBERNETES_SERVICE_HOST=192.0.2.1", **{"run/.containerenv": ""})
    assert section.facts.values == {"runtime": "cri-o", "orchestrator": "kubernetes"}


def test_lxc_tells_by_its_variable(section_in):
    assert section_in(environ="container=lxc").facts.values == {"runtime": "lxc"}


def test_a_container_in_a_container_is_the_inner_one(section_in):
    section = section_in(**{"proc/1/cgroup": f"4:memory:/docker/{CONTAINER}/lxc/inner\n"})
    assert section.facts["runtime"] == "lxc"


def test_no_container(section_in):
    section = section_in(**{"proc/1/cgroup": "0::/user.slice/user-1000.slice\n"})
    assert section.status == "absent"
    assert section.reason == "not in a container"


def test_an_image_is_no_container(subject_of, collect):
    assert collect(collector, subject_of("debian12-docker-v1", running=False)).status == "skipped"
