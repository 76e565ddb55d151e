"""NVML's facts, from a library that answers as NVIDIA's documentation says it does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from auditor.agent.collectors import gpu
from auditor.agent.deep.answers import Answers
from auditor.agent.deep.inside.nvml import describe
from auditor.agent.process import Process
from auditor.agent.redact import Redactor
from auditor.agent.root import TreeRoot
from auditor.agent.run import run_one
from auditor.agent.subject import Subject

BUS = "00000000:3B:00.0"


class NVMLError(Exception):
    pass


def unsupported(*_: Any) -> Any:
    raise NVMLError("Not Supported")


def library(**answers: Any) -> ModuleType:
    """An H100 with MIG switched on, unless told otherwise."""
    # Older versions of nvidia-ml-py answer in bytes.
    info = SimpleNamespace(busId=BUS.encode(), total=85520809984)
    module = ModuleType("pynvml")
    module.__dict__.update(
        NVMLError=NVMLError,
        NVML_CLOCK_SM=1,
        NVML_CLOCK_MEM=2,
        NVML_NVLINK_MAX_LINKS=18,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlSystemGetDriverVersion=lambda: "570.124.06",
        nvmlSystemGetNVMLVersion=lambda: b"12.570.124.06",
        nvmlSystemGetCudaDriverVersion_v2=lambda: 12080,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetPciInfo=lambda handle: info,
        nvmlDeviceGetName=lambda handle: "NVIDIA H100 80GB HBM3",
        nvmlDeviceGetUUID=lambda handle: "GPU-1",
        nvmlDeviceGetVbiosVersion=lambda handle: "96.00.89.00.01",
        nvmlDeviceGetCudaComputeCapability=lambda handle: (9, 0),
        nvmlDeviceGetMemoryInfo=lambda handle: info,
        nvmlDeviceGetMigMode=lambda handle: [1, 1],
        nvmlDeviceGetEccMode=lambda handle: [1, 1],
        nvmlDeviceGetComputeMode=lambda handle: 3,
        nvmlDeviceGetPersistenceMode=lambda handle: 1,
        nvmlDeviceGetEnforcedPowerLimit=lambda handle: 700000,
        nvmlDeviceGetMaxClockInfo=lambda handle, kind: 1980 if kind == 1 else 2619,
        nvmlDeviceGetApplicationsClock=unsupported,
        nvmlDeviceGetTopologyCommonAncestor=lambda a, b: 50,
        nvmlDeviceGetNvLinkState=lambda handle, link: 1 if link < 6 else unsupported(),
    )
    module.__dict__.update(answers)
    return module


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda **answers: monkeypatch.setitem(sys.modules, "pynvml", library(**answers))


def test_a_device(install: Callable[..., None]) -> None:
    install()
    told = describe()
    assert told["system"] == {
        "driver_version": "570.124.06", "nvml_version": "12.570.124.06", "cuda_version": "12.8",
    }  # fmt: skip
    assert told["devices"] == [
        {
            "bus": BUS, "name": "NVIDIA H100 80GB HBM3", "uuid": "GPU-1",
            "vbios": "96.00.89.00.01", "compute_capability": "9.0", "memory": 85520809984,
            "mig": True, "ecc": True, "compute_mode": "exclusive_process", "persistence": True,
            "power_limit": 700000, "clock.sm.max": 1980, "clock.memory.max": 2619, "nvlinks": 6,
        }
    ]  # fmt: skip


def test_how_far_devices_are_apart(install: Callable[..., None]) -> None:
    install(nvmlDeviceGetCount=lambda: 3)
    told = describe()["system"]
    assert {key: told[key] for key in told if key.startswith("topology.")} == {
        "topology.0-1": "system", "topology.0-2": "system", "topology.1-2": "system",
    }  # fmt: skip


def test_what_is_not_supported_is_left_out(install: Callable[..., None]) -> None:
    install(nvmlDeviceGetMigMode=unsupported, nvmlSystemGetCudaDriverVersion_v2=unsupported)
    told = describe()
    assert "cuda_version" not in told["system"]
    assert "mig" not in told["devices"][0]
    assert told["devices"][0]["memory"] == 85520809984


def test_it_is_shut_down_whatever_happens(install: Callable[..., None]) -> None:
    ended: list[int] = []
    install(nvmlDeviceGetCount=unsupported, nvmlShutdown=lambda: ended.append(1))
    with pytest.raises(NVMLError):
        describe()
    assert ended == [1]


@pytest.fixture
def machine(tmp_path: Path) -> Subject:
    """What the driver's files say of one device."""
    driver = tmp_path / "proc/driver/nvidia"
    (driver / "gpus/0000:3b:00.0").mkdir(parents=True)
    (driver / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.124.06\n")
    (driver / "gpus/0000:3b:00.0/information").write_text("Model: NVIDIA H100\nDevice Minor: 0\n")
    root = TreeRoot(str(tmp_path))
    return Subject(root, Process(root, "/proc/1"), Redactor())


def test_nvml_takes_the_place_of_the_gaps(machine: Subject, install: Callable[..., None]) -> None:
    install()
    machine.deep = True
    machine._inside = Answers()
    machine._inside.found["nvml"] = describe()
    section = run_one(machine, gpu)
    facts = section.facts
    assert facts["cuda_version"] == "12.8"
    assert facts["devices.0.compute_capability"] == "9.0"
    assert facts["devices.0.memory"] == 85520809984
    assert facts["devices.0.name"] == "NVIDIA H100 80GB HBM3"
    assert "devices.0.uuid" in facts.identity
    assert facts["devices.0.bus"] == "0000:3b:00.0"
    assert not [key for key, reason in facts.gaps.items() if "NVML" in reason]


def test_where_nvml_fails_the_gaps_say_why(machine: Subject) -> None:
    machine.deep = True
    machine._inside = Answers()
    machine._inside.failed["nvml"] = "NVMLError_DriverNotLoaded"
    facts = run_one(machine, gpu).facts
    assert facts.gaps["cuda_version"] == "NVMLError_DriverNotLoaded"
    assert facts.gaps["devices.0.memory"] == "NVMLError_DriverNotLoaded"
    assert facts["driver_version"] == "570.124.06"


def test_without_deep_nothing_is_asked(machine: Subject) -> None:
    facts = run_one(machine, gpu).facts
    assert facts.gaps["cuda_version"] == "needs NVML (--deep)"
    assert machine._inside is None
