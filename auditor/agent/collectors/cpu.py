"""The processor, as the kernel describes it (origin: host).

- From the first blocks of /proc/cpuinfo (proc(5)): `vendor`, `model_name`, `family`, `model`,
  `stepping`, `microcode`, `flags` (sorted), `cores_per_socket`, `threads_per_core`; on Arm
  (arch/arm64/cpu-feature-registers.rst) `implementer`, `part`, `variant`, `revision`,
  `features` (sorted), where `vendor` and `model_name` are decoded; `models` where the cores are
  not all alike; on RISC-V `isa`.
- `microarchitecture`: the highest level of the x86-64 psABI that the flags allow.
- `logical_count`, `numa_nodes`: /sys/devices/system/{cpu,node}/online
  (ABI/stable/sysfs-devices-system-cpu): the machine's, not what this container may use.
- `smt`, `scaling_governor`, `boost`: whether sibling threads are on, and how the clock is
  governed (ABI/testing/sysfs-devices-system-cpu, pm/cpufreq.rst).
- `cache.l1d`, `cache.l2`, ...: bytes, of the first processor.
- `hypervisor`: `none`, its name, or `present`; `machine_vendor`, `machine_model`: DMI, which
  in a cloud names the instance type.
- `emulated`: the image's programs are built for another kind of processor than this one. All
  other facts are then the host's, and not what the programs see.
"""

from __future__ import annotations

from ..root import KIB, MIB, decode
from ..section import HOST, SectionSkipped, Unreadable
from .kernel import read_setting
from .os import system_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

    Block = dict[str, str]  # one processor's lines

SECTION = "cpu"
ORIGIN = HOST

CPUINFO = "/proc/cpuinfo"
# Some kernels measure the frequency of every processor that is read, so only as much is read
# as shows the cores of one cluster or socket.
CPUINFO_HEAD = 16 * KIB
CPU = "/sys/devices/system/cpu/"
NODES_ONLINE = "/sys/devices/system/node/online"
DMI = "/sys/class/dmi/id/"
MAX_CACHES = 16
MAX_MODELS = 16

# What each level adds, in /proc/cpuinfo's names (x86-64 psABI, "Micro-Architecture Levels";
# abm is LZCNT, pni is SSE3; OSXSAVE shows as xsave).
X86_64_LEVELS = (
    ("x86-64-v1", "lm cmov cx8 fpu fxsr mmx sse sse2"),
    ("x86-64-v2", "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"),
    ("x86-64-v3", "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"),
    ("x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"),
)

# MIDR_EL1.Implementer, and the parts of those that are met in servers, clouds and laptops
# (arch/arm64/include/asm/cputype.h and the makers' reference manuals).
ARM_IMPLEMENTERS = {
    0x41: "ARM",
    0x42: "Broadcom",
    0x43: "Cavium",
    0x46: "Fujitsu",
    0x48: "HiSilicon",
    0x4E: "NVIDIA",
    0x50: "APM",
    0x51: "Qualcomm",
    0x53: "Samsung",
    0x61: "Apple",
    0x6D: "Microsoft",
    0x70: "Phytium",
    0xC0: "Ampere",
}
ARM_PARTS: dict[tuple[int | None, int | None], str] = {
    (0x41, 0xB76): "ARM1176",
    (0x41, 0xC07): "Cortex-A7",
    (0x41, 0xC08): "Cortex-A8",
    (0x41, 0xC09): "Cortex-A9",
    (0x41, 0xC0F): "Cortex-A15",
    (0x41, 0xD03): "Cortex-A53",
    (0x41, 0xD04): "Cortex-A35",
    (0x41, 0xD05): "Cortex-A55",
    (0x41, 0xD07): "Cortex-A57",
    (0x41, 0xD08): "Cortex-A72",
    (0x41, 0xD09): "Cortex-A73",
    (0x41, 0xD0A): "Cortex-A75",
    (0x41, 0xD0B): "Cortex-A76",
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD0D): "Cortex-A77",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD41): "Cortex-A78",
    (0x41, 0xD42): "Cortex-A78AE",
    (0x41, 0xD44): "Cortex-X1",
    (0x41, 0xD46): "Cortex-A510",
    (0x41, 0xD47): "Cortex-A710",
    (0x41, 0xD48): "Cortex-X2",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4A): "Neoverse-E1",
    (0x41, 0xD4B): "Cortex-A78C",
    (0x41, 0xD4D): "Cortex-A715",
    (0x41, 0xD4E): "Cortex-X3",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x41, 0xD80): "Cortex-A520",
    (0x41, 0xD81): "Cortex-A720",
    (0x41, 0xD82): "Cortex-X4",
    (0x41, 0xD83): "Neoverse-V3AE",
    (0x41, 0xD84): "Neoverse-V3",
    (0x41, 0xD85): "Cortex-X925",
    (0x41, 0xD87): "Cortex-A725",
    (0x41, 0xD8E): "Neoverse-N3",
    (0x43, 0x0A1): "ThunderX",
    (0x43, 0x0AF): "ThunderX2",
    (0x46, 0x001): "A64FX",
    (0x48, 0xD01): "Kunpeng-920",
    (0x4E, 0x003): "Denver 2",
    (0x4E, 0x004): "Carmel",
    (0x51, 0x001): "Oryon",
    (0x51, 0xC00): "Falkor",
    (0x61, 0x022): "Icestorm-M1",
    (0x61, 0x023): "Firestorm-M1",
    (0x61, 0x032): "Blizzard-M2",
    (0x61, 0x033): "Avalanche-M2",
    (0x6D, 0xD49): "Azure-Cobalt-100",
    (0xC0, 0xAC3): "Ampere-1",
    (0xC0, 0xAC4): "Ampere-1a",
}

# How the DMI names of virtual machines begin (the sources that systemd-detect-virt knows).
HYPERVISORS = (
    ("KVM", "kvm"),
    ("OpenStack", "kvm"),
    ("KubeVirt", "kvm"),
    ("Amazon EC2", "amazon"),
    ("Google", "google"),
    ("Alibaba Cloud", "alibaba"),
    ("DigitalOcean", "kvm"),
    ("Hetzner", "kvm"),
    ("QEMU", "qemu"),
    ("VMware", "vmware"),
    ("VMW", "vmware"),
    ("VirtualBox", "virtualbox"),
    ("innotek GmbH", "virtualbox"),
    ("Virtual Machine", "hyper-v"),
    ("Xen", "xen"),
    ("Parallels", "parallels"),
    ("BHYVE", "bhyve"),
    ("Apple Virtualization", "apple"),
)

# Kinds of processors by what their programs are built for.
KINDS = {
    "x86_64": "x86",
    "i686": "x86",
    "aarch64": "arm",
    "arm": "arm",
    "riscv64": "riscv",
    "s390x": "s390",
    "ppc64": "ppc",
    "ppc64le": "ppc",
    "loongarch64": "loongarch",
}


def collect(subject: Subject, facts: Facts) -> None:
    if not subject.running:
        raise SectionSkipped("not running: decided by the machine it is started on")
    root = subject.root
    blocks = read_cpuinfo(root)
    kind, first = recognise(blocks)
    if kind == "x86":
        collect_x86(first, facts)
    elif kind == "arm":
        collect_arm(first, blocks, facts)
    else:
        collect_other(kind, first, blocks[-1], facts)

    facts.attempt("logical_count", logical_count, root)
    read_setting(facts, "numa_nodes", count_online, root, NODES_ONLINE)
    read_setting(facts, "smt", switch, root, CPU + "smt/active")
    read_setting(facts, "scaling_governor", root.value, CPU + "cpu0/cpufreq/scaling_governor")
    read_setting(facts, "boost", boost, root)
    collect_caches(root, facts)
    collect_machine(root, facts)
    collect_hypervisor(root, kind, first, facts)
    program = system_program(subject)
    built_for = KINDS.get(program.machine) if program is not None else None
    if kind is not None and built_for is not None:
        # VirtualApple is what Rosetta tells x86 programs on Apple's Arm processors.
        facts["emulated"] = built_for != kind or facts.get("vendor") == "VirtualApple"


# -- /proc/cpuinfo --------------------------------------------------------------------------


def read_cpuinfo(root: Root) -> list[Block]:
    """The blocks at its beginning, one a processor, of which the last may be cut off."""
    content = root.head(CPUINFO, CPUINFO_HEAD)
    parts = decode(content).split("\n\n")
    if len(content) == CPUINFO_HEAD and len(parts) > 1:
        parts.pop()
    blocks = []
    for part in parts:
        block: Block = {}
        for line in part.split("\n"):
            name, separator, value = line.partition(":")
            if separator:
                block.setdefault(name.strip(), value.strip())
        if block:
            blocks.append(block)
    if not blocks:
        raise Unreadable("cpuinfo is empty")
    return blocks


def recognise(blocks: list[Block]) -> tuple[str | None, Block]:
    """The kind of processor and the first block that tells it; some kernels begin with a block
    about the machine, or describe all processors in one of its own."""
    for block in blocks:
        kind = kind_of(block)
        if kind is not None:
            return kind, block
    return None, blocks[0]


def kind_of(block: Block) -> str | None:
    if "flags" in block and "vendor_id" in block:
        return "x86"
    if "CPU implementer" in block or "Features" in block:
        return "arm"
    if "isa" in block and "hart" in block:
        return "riscv"
    if block.get("vendor_id", "").startswith("IBM/S390"):
        return "s390"
    if "cpu" in block and "revision" in block:
        return "ppc"
    if block.get("CPU Family", "").startswith("Loongson"):
        return "loongarch"
    return None


def collect_x86(block: Block, facts: Facts) -> None:
    copy(
        block,
        facts,
        vendor="vendor_id",
        model_name="model name",
        family="cpu family",
        model="model",
        stepping="stepping",
        microcode="microcode",
        cores_per_socket="cpu cores",
    )
    cores, siblings = facts.get("cores_per_socket"), as_number(block.get("siblings", ""))
    if isinstance(cores, int) and isinstance(siblings, int) and cores > 0:
        facts["threads_per_core"] = max(1, siblings // cores)
    flags = set(block["flags"].split())
    facts["flags"] = sorted(flags)
    level = x86_64_level(flags)
    if level is not None:
        facts["microarchitecture"] = level


def x86_64_level(flags: set[str]) -> str | None:
    reached = None
    for level, needed in X86_64_LEVELS:
        if not flags.issuperset(needed.split()):
            break
        reached = level
    return reached


def collect_arm(first: Block, blocks: list[Block], facts: Facts) -> None:
    copy(
        first,
        facts,
        implementer="CPU implementer",
        part="CPU part",
        variant="CPU variant",
        revision="CPU revision",
        architecture="CPU architecture",
    )
    implementer = as_number(first.get("CPU implementer", ""))
    if implementer in ARM_IMPLEMENTERS:
        facts["vendor"] = ARM_IMPLEMENTERS[implementer]
    name = arm_core(first)
    if name is not None:
        facts["model_name"] = name
    if "Features" in first:
        facts["features"] = sorted(set(first["Features"].split()))
    models = list(dict.fromkeys(arm_label(block) for block in blocks if "CPU part" in block))
    if len(models) > 1:
        facts["models"] = models[:MAX_MODELS]


def arm_core(block: Block) -> str | None:
    implementer = as_number(block.get("CPU implementer", ""))
    part = as_number(block.get("CPU part", ""))
    return ARM_PARTS.get((implementer, part)) or block.get("model name") or block.get("Processor")


def arm_label(block: Block) -> str:
    numbers = "%s/%s" % (block.get("CPU implementer", "?"), block.get("CPU part", "?"))
    return arm_core(block) or numbers


def collect_other(kind: str | None, first: Block, last: Block, facts: Facts) -> None:
    if kind == "s390":
        copy(first, facts, vendor="vendor_id", flags="features")
        # processor 0: version = 00,  identification = 123456,  machine = 8561
        _, separator, machine = first.get("processor 0", "").partition("machine = ")
        if separator:
            facts["model"] = machine.strip()
    elif kind == "ppc":
        copy(first, facts, model_name="cpu", stepping="revision")
        copy(last, facts, model="model", platform="platform")  # describes the machine
    elif kind == "riscv":
        copy(first, facts, isa="isa", model_name="uarch", vendor="mvendorid", part="marchid")
    elif kind == "loongarch":
        copy(first, facts, model_name="Model Name", family="CPU Family", flags="Features")
    else:
        copy(first, facts, vendor="vendor_id", model_name="model name")
    if "flags" in facts:
        facts["flags"] = sorted(set(str(facts["flags"]).split()))


def copy(block: Block, facts: Facts, **names: str) -> None:
    for key, name in names.items():
        value = block.get(name)
        if value:
            # Hexadecimal ones keep their spelling: it is how manuals and bug reports name them.
            facts[key] = int(value) if value.isdecimal() and len(value) < 16 else value


def as_number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


# -- /sys -----------------------------------------------------------------------------------


def logical_count(root: Root) -> int:
    try:
        return count_online(root, CPU + "online")
    except FileNotFoundError:  # gVisor and other kernels without all of /sys
        lines = root.read(CPUINFO, 8 * MIB).split(b"\n")
        return sum(1 for line in lines if line.startswith(b"processor"))


def count_online(root: Root, path: str) -> int:
    """How many numbers a list such as `0-3,8` has."""
    count = 0
    for part in root.value(path).split(","):
        low, _, high = part.partition("-")
        count += int(high or low) - int(low) + 1
    return count


def switch(root: Root, path: str) -> bool:
    return root.value(path) == "1"


def boost(root: Root) -> bool:
    """Whether the clock may rise above its nominal frequency."""
    try:
        return root.value(CPU + "intel_pstate/no_turbo") == "0"
    except FileNotFoundError:
        return switch(root, CPU + "cpufreq/boost")


def collect_caches(root: Root, facts: Facts) -> None:
    for directory in root.glob(CPU + "cpu0/cache", "index")[:MAX_CACHES]:
        try:
            level, size = root.value(directory + "/level"), root.value(directory + "/size")
            suffix = {"Data": "d", "Instruction": "i"}.get(root.value(directory + "/type"), "")
            if level.isdecimal() and len(level) == 1 and size.endswith("K"):
                facts["cache.l" + level + suffix] = int(size[:-1]) * KIB
        except (OSError, ValueError):
            continue  # a virtual machine may tell of a cache, but not its size


def collect_machine(root: Root, facts: Facts) -> None:
    read_setting(facts, "machine_vendor", root.value, DMI + "sys_vendor")
    read_setting(facts, "machine_model", root.value, DMI + "product_name")


def collect_hypervisor(root: Root, kind: str | None, block: Block, facts: Facts) -> None:
    flagged = "hypervisor" in block.get("flags", "").split()
    read_setting(facts, "hypervisor", root.value, "/sys/hypervisor/type")
    if facts.get("hypervisor"):
        return
    named = hypervisor_name(str(facts.get("machine_vendor")), str(facts.get("machine_model")))
    if kind == "x86":
        # The names alone do not tell: clouds put them on bare metal too.
        facts["hypervisor"] = (named or "present") if flagged else "none"
    elif named is not None and not str(facts.get("machine_model")).endswith(".metal"):
        facts["hypervisor"] = named
    else:
        facts.gap("hypervisor", "this processor does not tell")


def hypervisor_name(vendor: str, model: str) -> str | None:
    for prefix, name in HYPERVISORS:
        if model.startswith(prefix) or vendor.startswith(prefix):
            return name
    return None
