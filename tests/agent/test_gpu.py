from __future__ import annotations

import os
import shutil

import pytest

from auditor.agent.collectors import gpu as collector
from auditor.agent.collectors.gpu import gfx_name, nvidia_version

from .conftest import TARGETS

NEEDS_NVML = "needs NVML (--deep)"


@pytest.fixture
def section_of(subject_of, collect):
    def section(name, **options):
        return collect(collector, subject_of(name, **options))

    return section


def test_no_gpu(section_of):
    section = section_of("debian12-minbase")
    assert section.status == "absent"
    assert section.reason == "no GPU driver"


def test_image_has_no_gpu(section_of):
    assert section_of("host-nvidia", running=False).status == "skipped"


def test_nvidia(section_of):
    section = section_of("host-nvidia")
    assert section.status == "ok"
    assert section.facts.values == {
        "driver": "nvidia",
        "driver_version": "565.57.01",
        "driver_flavour": "open",
        "count": 2,
        "devices.0.bus": "0000:3b:00.0",
        "devices.0.name": "NVIDIA L4",
        "devices.0.pci_id": "10de:27b8",
        "devices.0.uuid": "GPU-00000000-1111-2222-3333-444444444444",
        "devices.0.vbios": "95.04.65.00.13",
        "devices.0.visible": True,
        "devices.1.bus": "0000:d8:00.0",
        "devices.1.name": "NVIDIA L4",
        "devices.1.pci_id": "10de:27b8",
        "devices.1.visible": False,
    }
    assert list(section.facts.identity) == ["devices.0.bus", "devices.0.uuid", "devices.1.bus"]
    assert section.facts.origins == {
        "devices.0.visible": "runtime",
        "devices.1.visible": "runtime",
    }
    assert section.facts.gaps == {
        "cuda_version": NEEDS_NVML,
        "devices.0.compute_capability": NEEDS_NVML,
        "devices.0.ecc": NEEDS_NVML,
        "devices.0.memory": NEEDS_NVML,
        "devices.0.mig": NEEDS_NVML,
        "devices.1.compute_capability": NEEDS_NVML,
        "devices.1.ecc": NEEDS_NVML,
        "devices.1.memory": NEEDS_NVML,
        "devices.1.mig": NEEDS_NVML,
        "devices.1.uuid": "the driver has not yet initialised the device",
        "devices.1.vbios": "the driver has not yet initialised the device",
    }


def test_machine_with_nvidia_and_container_without(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-nvidia", tmp_path / "tree")
    shutil.rmtree(tree / "dev")
    facts = section_of(tree).facts
    assert facts["count"] == 2
    assert facts["devices.0.visible"] is False


def test_device_that_cannot_be_read(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-nvidia", tmp_path / "tree")
    information = tree / "proc/driver/nvidia/gpus/0000:3b:00.0/information"
    information.unlink()
    os.mkfifo(information)
    facts = section_of(tree).facts
    assert facts.gaps["devices.0.name"] == "not a regular file"
    assert "devices.0.visible" not in facts
    assert facts["devices.1.name"] == "NVIDIA L4"


def test_more_devices_than_there_can_be(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-nvidia", tmp_path / "tree")
    for number in range(100):
        (tree / ("proc/driver/nvidia/gpus/0000:e0:%02x.0" % number)).mkdir()
    facts = section_of(tree).facts
    assert facts["count"] == 102
    assert "devices.63.bus" in facts
    assert "devices.64.bus" not in facts
    assert facts.gaps["*"] == "more than 64 devices"


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        (
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC",
            "535.104.05",
        ),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  550.54.15  Release Build",
            "550.54.15",
        ),
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  384.130  Wed", "384.130"),
        ("", None),
        ("no version here", None),
    ],
)
def test_version_of_the_driver(banner, version):
    assert nvidia_version(banner) == version


def test_module_tells_the_version_where_proc_does_not(section_of, tmp_path):
    module = tmp_path / "sys/module/nvidia"
    module.mkdir(parents=True)
    (module / "version").write_text("470.1.2\n")
    assert section_of(tmp_path).facts.values == {
        "driver": "nvidia",
        "driver_version": "470.1.2",
        "count": 0,
    }


def test_amd(section_of):
    section = section_of("host-amd-gpu")
    assert section.facts.gaps == {}
    assert section.facts.values == {
        "driver": "amdgpu",
        "driver_version": "6.7.0",
        "count": 2,
        "devices.0.architecture": "gfx90a",
        "devices.0.bus": "0000:43:00.0",
        "devices.0.memory": 68702699520,
        "devices.0.name": "AMD INSTINCT MI210",
        "devices.0.pci_id": "1002:740f",
        "devices.0.uuid": "fedcba9876543210",
        "devices.0.vbios": "113-D67301-063",
        "devices.0.visible": True,
        "devices.1.architecture": "gfx90a",
        "devices.1.bus": "0000:63:00.0",
        "devices.1.memory": 68702699520,
        "devices.1.name": "AMD INSTINCT MI210",
        "devices.1.pci_id": "1002:740f",
        "devices.1.uuid": "0123456789abcdef",
        "devices.1.vbios": "113-D67301-063",
        "devices.1.visible": False,
    }
    assert list(section.facts.identity) == [
        "devices.0.bus",
        "devices.0.uuid",
        "devices.1.bus",
        "devices.1.uuid",
    ]


def test_driver_of_the_kernel_has_no_version_of_its_own(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-amd-gpu", tmp_path / "tree", symlinks=True)
    shutil.rmtree(tree / "sys/module")
    facts = section_of(tree).facts
    assert "driver_version" not in facts
    assert facts.gaps == {}


def test_both_makers(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-amd-gpu", tmp_path / "tree", symlinks=True)
    shutil.copytree(TARGETS / "host-nvidia", tree, dirs_exist_ok=True)
    facts = section_of(tree).facts
    assert facts["driver"] == "nvidia"
    assert facts["driver_version"] == "565.57.01"
    assert facts["count"] == 4
    assert facts["devices.1.name"] == "NVIDIA L4"
    assert facts["devices.2.name"] == "AMD INSTINCT MI210"


@pytest.mark.parametrize(
    ("target", "name"),
    [(90010, "gfx90a"), (90402, "gfx942"), (100300, "gfx1030"), (110501, "gfx1151")],
)
def test_names_of_the_compilers_targets(target, name):
    assert gfx_name(target) == name


def test_hostile_topology(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-amd-gpu", tmp_path / "tree", symlinks=True)
    nodes = tree / "sys/class/kfd/kfd/topology/nodes"
    (nodes / "1/properties").write_text("gfx_target_version ninety\nlocation_id 17152\n")
    facts = section_of(tree).facts
    assert "devices.0.architecture" not in facts
    assert facts["devices.1.architecture"] == "gfx90a"


def test_wsl(section_of, tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/dxg").touch()
    section = section_of(tmp_path)
    assert section.facts.values == {"driver": "dxg"}
    assert section.facts.gaps == {"*": "WSL: " + NEEDS_NVML}


def test_tegra(section_of, tmp_path):
    (tmp_path / "sys/module/nvgpu").mkdir(parents=True)
    section = section_of(tmp_path)
    assert section.facts.values == {"driver": "nvgpu"}
    assert section.facts.gaps == {"*": "integrated GPU: " + NEEDS_NVML}
