"""The graphics processors, as their drivers describe them (origin: host).

- NVIDIA: /proc/driver/nvidia/version and gpus/BUS/information (the driver's README, "The
  /proc Interface"): `driver`, `driver_version`, `driver_flavour` (open, proprietary),
  `devices.N.name`, `.uuid` (identity), `.bus` (identity), `.vbios`, `.pci_id`.
- AMD: /sys/class/drm/cardN/device (gpu/amdgpu/driver-misc.rst) and /sys/class/kfd/kfd/topology:
  the same, and `.memory` (bytes), `.architecture` (gfx90a).
- `devices.N.visible` (origin: runtime): whether the container has the device's nodes below
  /dev. The drivers' files show every device of the machine also to a container that was started
  without any.

Devices are numbered in the order of their PCI addresses, as `nvidia-smi` does. With both makers'
devices in one machine, `driver` and `driver_version` are NVIDIA's.
What only NVML tells is a gap, but with `--deep`: `cuda_version` (the driver's), `nvml_version`,
`topology.N-M` (how far apart two devices are), and of each device `compute_capability`, `memory`
(bytes), `mig`, `ecc`, `compute_mode`, `persistence`, `power_limit` (milliwatts), `clock.*` (MHz)
and `nvlinks` (how many are up).
"""

from __future__ import annotations

from ..root import KIB
from ..section import EVERYTHING_ELSE, HOST, RUNTIME, SectionAbsent, SectionSkipped, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "gpu"
ORIGIN = HOST

NVIDIA = "/proc/driver/nvidia"
NVIDIA_VERSION = NVIDIA + "/version"
NVIDIA_MODULE_VERSION = "/sys/module/nvidia/version"
NVIDIA_NODES = ("/dev/nvidiactl",)  # beside the device's own
NVIDIA_INFORMATION = {"name": "Model", "uuid": "GPU UUID", "vbios": "Video BIOS"}
NVML_ONLY = ("compute_capability", "memory", "mig", "ecc")
NEEDS_NVML = "needs NVML (--deep)"

DRM = "/sys/class/drm"
AMD_MODULE_VERSION = "/sys/module/amdgpu/version"  # of drivers from outside the kernel only
AMD_NODES = ("/dev/kfd",)
KFD_NODES = "/sys/class/kfd/kfd/topology/nodes"

PCI = "/sys/bus/pci/devices/"
WSL_NODE = "/dev/dxg"
TEGRA_MODULE = "/sys/module/nvgpu"

MAX_DEVICES = 64
MAX_FILE = 16 * KIB


def collect(subject: Subject, facts: Facts) -> None:
    if not subject.running:
        raise SectionSkipped("not running: decided by the machine it is started on")
    root = subject.root
    devices = 0
    if root.exists(NVIDIA_VERSION) or root.exists(NVIDIA_MODULE_VERSION):
        devices = collect_nvidia(root, facts)
        if subject.deep:
            collect_nvml(subject, facts)
    cards = amd_cards(root)
    if cards:
        devices = collect_amd(root, cards, devices, facts)
    if "driver" in facts:
        facts["count"] = devices
    elif root.exists(WSL_NODE):
        facts["driver"] = "dxg"
        facts.gap(EVERYTHING_ELSE, "WSL: " + NEEDS_NVML)
    elif root.exists(TEGRA_MODULE):
        facts["driver"] = "nvgpu"
        facts.gap(EVERYTHING_ELSE, "integrated GPU: " + NEEDS_NVML)
    else:
        raise SectionAbsent("no GPU driver")


# -- NVIDIA ---------------------------------------------------------------------------------


def collect_nvidia(root: Root, facts: Facts) -> int:
    facts["driver"] = "nvidia"
    try:
        banner = root.text(NVIDIA_VERSION, MAX_FILE).split("\n", 1)[0]
    except (OSError, ValueError):
        banner = ""
    version = nvidia_version(banner)
    if version is None:
        facts.attempt("driver_version", root.value, NVIDIA_MODULE_VERSION)
    else:
        facts["driver_version"] = version
    if banner:
        facts["driver_flavour"] = "open" if " Open Kernel Module" in banner else "proprietary"
    facts.gap("cuda_version", NEEDS_NVML)
    buses = root.names(NVIDIA + "/gpus")
    for index, bus in enumerate(buses[:MAX_DEVICES]):
        collect_nvidia_device(root, "devices.%d." % index, bus, facts)
    if len(buses) > MAX_DEVICES:
        facts.gap(EVERYTHING_ELSE, "more than %d devices" % MAX_DEVICES)
    return len(buses)


def collect_nvml(subject: Subject, facts: Facts) -> None:
    """NVML's own facts, in place of the gaps; a device is found by its PCI address."""
    try:
        answers = subject.inside
        told = answers.found.get("nvml")
        reason = answers.failed.get("nvml") or answers.missing or "NVML told nothing"
    except Exception as error:  # no interpreter, or none that can be started from here
        told, reason = None, why(error)
    if not isinstance(told, dict):
        for key in facts.gaps:
            if facts.gaps[key] == NEEDS_NVML:
                facts.gap(key, reason)
        return
    prefixes = {
        _address(str(facts[key])): key[: -len("bus")]
        for key in facts.values
        if key.startswith("devices.") and key.endswith(".bus")
    }
    _take(facts, "", told.get("system"))
    devices = told.get("devices")
    for device in devices if isinstance(devices, list) else ():
        bus = device.get("bus") if isinstance(device, dict) else None
        prefix = prefixes.get(_address(str(bus)))
        if prefix is not None:
            _take(facts, prefix, {key: device[key] for key in device if key != "bus"})


def _take(facts: Facts, prefix: str, told: Any) -> None:
    for key, value in told.items() if isinstance(told, dict) else ():
        facts.gaps.pop(prefix + key, None)
        if key == "uuid":
            facts.identify(prefix + key, value)
        elif isinstance(value, (str, int)):
            facts[prefix + key] = value


def _address(bus: str) -> str:
    """`00000000:3B:00.0` is `0000:3b:00.0`: NVML writes the domain with eight digits."""
    domain, _, rest = bus.lower().partition(":")
    return domain[-4:].rjust(4, "0") + ":" + rest


def nvidia_version(banner: str) -> str | None:
    """`NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 ...`, and
    `... Open Kernel Module for x86_64  550.54.15  Release Build ...`."""
    for word in banner.split():
        if word[0].isdigit() and "." in word:
            return word
    return None


def collect_nvidia_device(root: Root, prefix: str, bus: str, facts: Facts) -> None:
    facts.identify(prefix + "bus", bus)
    for key in NVML_ONLY:
        facts.gap(prefix + key, NEEDS_NVML)
    collect_pci_id(root, prefix, bus, facts)
    try:
        information = nvidia_information(root, NVIDIA + "/gpus/" + bus + "/information")
    except (OSError, ValueError) as error:
        facts.gap(prefix + "name", why(error))
        return
    for key, name in NVIDIA_INFORMATION.items():
        value = information.get(name, "")
        # The driver fills in question marks until a program has first used the device.
        if "?" in value:
            facts.gap(prefix + key, "the driver has not yet initialised the device")
        elif value and key == "uuid":
            facts.identify(prefix + key, value)
        elif value:
            facts[prefix + key] = value
    minor = information.get("Device Minor", "")
    if minor.isdigit():
        collect_visible(root, prefix, (*NVIDIA_NODES, "/dev/nvidia" + minor), facts)


def nvidia_information(root: Root, path: str) -> dict[str, str]:
    """The driver's `GPU UUID:    GPU-3291dfa4-...` lines, by name."""
    information = {}
    for line in root.text(path, MAX_FILE).split("\n"):
        name, separator, value = line.partition(":")
        if separator:
            information[name.strip()] = value.strip()
    return information


# -- AMD ------------------------------------------------------------------------------------


class Card:
    """A device directory below /sys/class/drm, and the words of its uevent file."""

    def __init__(self, directory: str, uevent: dict[str, str]) -> None:
        self.directory = directory
        self.bus = uevent.get("PCI_SLOT_NAME", "")
        self.pci_id = uevent.get("PCI_ID", "").lower()


def amd_cards(root: Root) -> list[Card]:
    """The devices that amdgpu drives, in the order of their PCI addresses."""
    cards = []
    for path in root.glob(DRM, "card"):
        if "-" in path.rpartition("/")[2]:  # a connector: card0-DP-1
            continue
        try:
            uevent = read_uevent(root, path + "/device/uevent")
        except (OSError, ValueError):
            continue
        if uevent.get("DRIVER") == "amdgpu":
            cards.append(Card(path + "/device", uevent))
    return sorted(cards, key=lambda card: card.bus)


def read_uevent(root: Root, path: str) -> dict[str, str]:
    """`PCI_ID=1002:740F`, one a line."""
    pairs = (line.partition("=") for line in root.text(path, MAX_FILE).split("\n"))
    return {name: value for name, _, value in pairs}


def collect_amd(root: Root, cards: list[Card], before: int, facts: Facts) -> int:
    """Record the cards as devices, numbered after the `before` ones; returns the new count."""
    if "driver" not in facts:
        facts["driver"] = "amdgpu"
        # The kernel's own driver has no version but the kernel's.
        if root.exists(AMD_MODULE_VERSION):
            facts.attempt("driver_version", root.value, AMD_MODULE_VERSION)
    architectures = kfd_architectures(root)
    for index, card in enumerate(cards[:MAX_DEVICES], before):
        collect_amd_device(root, "devices.%d." % index, card, architectures, facts)
    if len(cards) > MAX_DEVICES:
        facts.gap(EVERYTHING_ELSE, "more than %d devices" % MAX_DEVICES)
    return before + len(cards)


def collect_amd_device(
    root: Root, prefix: str, card: Card, architectures: dict[str, str], facts: Facts
) -> None:
    facts.identify(prefix + "bus", card.bus)
    facts[prefix + "pci_id"] = card.pci_id
    for key, name in (("name", "product_name"), ("vbios", "vbios_version")):
        value = read_or_none(root, card.directory + "/" + name)
        if value:
            facts[prefix + key] = value
    uuid = read_or_none(root, card.directory + "/unique_id")
    if uuid:
        facts.identify(prefix + "uuid", uuid)
    facts.attempt(prefix + "memory", memory, root, card.directory + "/mem_info_vram_total")
    if card.bus in architectures:
        facts[prefix + "architecture"] = architectures[card.bus]
    nodes = ["/dev/dri/" + name for name in render_nodes(root, card)]
    if nodes:
        collect_visible(root, prefix, (*AMD_NODES, *nodes), facts)


def render_nodes(root: Root, card: Card) -> list[str]:
    return [name for name in root.names(card.directory + "/drm") if name.startswith("renderD")]


def memory(root: Root, path: str) -> int:
    return int(root.value(path))


def read_or_none(root: Root, path: str) -> str | None:
    """What not every board has."""
    try:
        return root.value(path)
    except (OSError, ValueError):
        return None


def kfd_architectures(root: Root) -> dict[str, str]:
    """PCI address -> compiler's target, from the compute driver's topology."""
    found = {}
    for node in root.names(KFD_NODES)[: 2 * MAX_DEVICES]:
        try:
            text = root.text(KFD_NODES + "/" + node + "/properties", MAX_FILE)
            properties = {name: int(value) for name, value in two_words(text)}
            target = properties["gfx_target_version"]
            location, domain = properties["location_id"], properties.get("domain", 0)
        except (OSError, ValueError, LookupError):
            continue
        if target > 0:  # the processors are nodes too
            bus = "%04x:%02x:%02x.%d" % (domain, location >> 8, location >> 3 & 31, location & 7)
            found[bus] = gfx_name(target)
    return found


def two_words(text: str) -> list[list[str]]:
    return [words for words in map(str.split, text.split("\n")) if len(words) == 2]


def gfx_name(target: int) -> str:
    """90010 is gfx90a: two decimal digits each for minor and step, named by one hexadecimal."""
    return "gfx%d%x%x" % (target // 10000, target // 100 % 100, target % 100)


# -- both -----------------------------------------------------------------------------------


def collect_pci_id(root: Root, prefix: str, bus: str, facts: Facts) -> None:
    vendor = read_or_none(root, PCI + bus + "/vendor")
    device = read_or_none(root, PCI + bus + "/device")
    if vendor and device:
        facts[prefix + "pci_id"] = vendor.replace("0x", "") + ":" + device.replace("0x", "")


def collect_visible(root: Root, prefix: str, nodes: tuple[str, ...], facts: Facts) -> None:
    facts[prefix + "visible"] = all(root.exists(node) for node in nodes)
    facts.origins[prefix + "visible"] = RUNTIME
