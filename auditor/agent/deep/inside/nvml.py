"""NVIDIA's GPUs as NVML tells of them, by way of nvidia-ml-py.

https://docs.nvidia.com/deploy/nvml-api/index.html. What a device or a driver does not support is
left out. Nothing is set, and no CUDA context is made.
"""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_DEVICES = 64
_COMPUTE_MODES = {0: "default", 1: "exclusive_thread", 2: "prohibited", 3: "exclusive_process"}
# nvmlGpuTopologyLevel_t: how far apart two devices are.
_TOPOLOGY = {
    0: "internal",
    10: "single switch",
    20: "multiple switches",
    30: "host bridge",
    40: "node",
    50: "system",
}


def describe() -> dict[str, Any]:
    """`system`: facts of the driver; `devices`: those of each device, with its `bus`."""
    import pynvml

    pynvml.nvmlInit()
    try:
        system: dict[str, Any] = {}
        _ask(system, "driver_version", lambda: _text(pynvml.nvmlSystemGetDriverVersion()))
        _ask(system, "nvml_version", lambda: _text(pynvml.nvmlSystemGetNVMLVersion()))
        _ask(system, "cuda_version", lambda: _cuda(pynvml.nvmlSystemGetCudaDriverVersion_v2()))
        count = min(pynvml.nvmlDeviceGetCount(), MAX_DEVICES)
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
        devices = [_device(pynvml, handle) for handle in handles]
        for first in range(count):
            for second in range(first + 1, count):
                key = "topology.%d-%d" % (first, second)
                _ask(system, key, partial(_level, pynvml, handles[first], handles[second]))
        return {"system": system, "devices": devices}
    finally:
        pynvml.nvmlShutdown()


def _device(nvml: Any, handle: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    questions: dict[str, Callable[[], Any]] = {
        "bus": lambda: _text(nvml.nvmlDeviceGetPciInfo(handle).busId),
        "name": lambda: _text(nvml.nvmlDeviceGetName(handle)),
        "uuid": lambda: _text(nvml.nvmlDeviceGetUUID(handle)),
        "vbios": lambda: _text(nvml.nvmlDeviceGetVbiosVersion(handle)),
        "compute_capability": lambda: "%d.%d" % nvml.nvmlDeviceGetCudaComputeCapability(handle),
        "memory": lambda: int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
        "mig": lambda: bool(nvml.nvmlDeviceGetMigMode(handle)[0]),
        "ecc": lambda: bool(nvml.nvmlDeviceGetEccMode(handle)[0]),
        "compute_mode": lambda: _COMPUTE_MODES[nvml.nvmlDeviceGetComputeMode(handle)],
        "persistence": lambda: bool(nvml.nvmlDeviceGetPersistenceMode(handle)),
        "power_limit": lambda: int(nvml.nvmlDeviceGetEnforcedPowerLimit(handle)),
        "clock.sm.max": lambda: int(nvml.nvmlDeviceGetMaxClockInfo(handle, nvml.NVML_CLOCK_SM)),
        "clock.memory.max": lambda: int(
            nvml.nvmlDeviceGetMaxClockInfo(handle, nvml.NVML_CLOCK_MEM)
        ),
        "clock.sm.application": lambda: int(
            nvml.nvmlDeviceGetApplicationsClock(handle, nvml.NVML_CLOCK_SM)
        ),
        "nvlinks": lambda: _links(nvml, handle),
    }
    for key, question in questions.items():
        _ask(found, key, question)
    return found


def _ask(found: dict[str, Any], key: str, question: Callable[[], Any]) -> None:
    try:
        found[key] = question()
    except Exception:  # NVMLError_NotSupported, or a driver older than the question
        return


def _text(value: Any) -> str:
    """Older versions of nvidia-ml-py return bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _cuda(number: int) -> str:
    """12040 is 12.4."""
    return "%d.%d" % (number // 1000, number % 1000 // 10)


def _level(nvml: Any, first: Any, second: Any) -> str:
    return _TOPOLOGY[nvml.nvmlDeviceGetTopologyCommonAncestor(first, second)]


def _links(nvml: Any, handle: Any) -> int:
    """How many NVLinks are up."""
    active = 0
    for link in range(nvml.NVML_NVLINK_MAX_LINKS):
        try:
            active += int(nvml.nvmlDeviceGetNvLinkState(handle, link))
        except nvml.NVMLError:
            break
    return active
