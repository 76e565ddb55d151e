from __future__ import annotations

import shutil

import pytest

from auditor.agent.collectors import cpu as collector
from auditor.agent.collectors.cpu import x86_64_level

from .conftest import TARGETS


@pytest.fixture
def section_of(subject_of, collect):
    def section(name, **options):
        return collect(collector, subject_of(name, **options))

    return section


@pytest.fixture
def facts_of(section_of):
    def facts(name):
        section = section_of(name)
        assert section.status == "ok"
        return section.facts.values

    return facts


@pytest.fixture
def with_cpuinfo(section_of, tmp_path):
    def section(text):
        (tmp_path / "proc").mkdir(exist_ok=True)
        (tmp_path / "proc/cpuinfo").write_text(text)
        return section_of(tmp_path)

    return section


@pytest.fixture
def x86_machine(with_cpuinfo, tmp_path):
    def section(vendor, model, flag):
        dmi = tmp_path / "sys/class/dmi/id"
        dmi.mkdir(parents=True)
        (dmi / "sys_vendor").write_text(vendor + "\n")
        (dmi / "product_name").write_text(model + "\n")
        return with_cpuinfo(f"processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu {flag}\n")

    return section


def without(facts, *keys):
    return {key: value for key, value in facts.items() if key not in keys}


def test_amd_virtual_machine(facts_of):
    facts = facts_of("debian12-minbase")
    assert without(facts, "flags") == {
        "vendor": "AuthenticAMD",
        "model_name": "AMD EPYC",
        "family": 26,
        "model": 2,
        "stepping": 1,
        "microcode": "0x1000065",
        "cores_per_socket": 2,
        "threads_per_core": 1,
        "microarchitecture": "x86-64-v4",
        "logical_count": 2,
        "numa_nodes": 1,
        "smt": False,
        "cache.l1d": 49152,
        "cache.l1i": 32768,
        "cache.l2": 1048576,
        "cache.l3": 33554432,
        "hypervisor": "present",
        "emulated": False,
    }
    assert facts["flags"] == sorted(facts["flags"])
    assert {"avx512_vp2intersect", "hypervisor", "fpu"} <= set(facts["flags"])


def test_intel_bare_metal(section_of):
    section = section_of("host-intel-skylake")
    assert section.facts.gaps == {}
    assert without(section.facts.values, "flags") == {
        "vendor": "GenuineIntel",
        "model_name": "Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz",
        "family": 6,
        "model": 85,
        "stepping": 4,
        "microcode": "0x2007006",
        "cores_per_socket": 20,
        "threads_per_core": 2,
        "microarchitecture": "x86-64-v4",
        "logical_count": 80,
        "numa_nodes": 2,
        "smt": True,
        "scaling_governor": "performance",
        "boost": True,
        "cache.l1d": 32768,
        "cache.l1i": 32768,
        "cache.l2": 1048576,
        "cache.l3": 28835840,
        "machine_vendor": "Dell Inc.",
        "machine_model": "PowerEdge R640",
        "hypervisor": "none",
        "emulated": False,
    }
    assert section.facts["flags"][:3] == ["3dnowprefetch", "abm", "acpi"]


def test_arm_server(section_of):
    section = section_of("host-arm-neoverse-n1")
    assert section.facts.gaps == {}
    assert section.facts.values == {
        "implementer": "0x41",
        "part": "0xd0c",
        "variant": "0x3",
        "revision": 1,
        "architecture": 8,
        "vendor": "ARM",
        "model_name": "Neoverse-N1",
        "features": [
            *("aes", "asimd", "asimddp", "asimdhp", "asimdrdm", "atomics", "cpuid", "crc32"),
            *("dcpop", "evtstrm", "fp", "fphp", "lrcpc", "pmull", "sha1", "sha2", "ssbs"),
        ],
        "logical_count": 4,
        "numa_nodes": 1,
        "smt": False,
        "machine_vendor": "Amazon EC2",
        "machine_model": "m6g.xlarge",
        "hypervisor": "amazon",
        "emulated": False,
    }


def test_cores_that_are_not_alike(section_of):
    facts = section_of("host-arm-biglittle").facts
    assert facts["models"] == ["Cortex-A55", "Cortex-A76"]
    assert facts["model_name"] == "Cortex-A55"
    assert facts["logical_count"] == 8
    assert facts["scaling_governor"] == "schedutil"
    assert facts.gaps == {"hypervisor": "this processor does not tell"}
    # The board's serial number stays where it is.
    assert "0123456789abcdef" not in str(facts.values)


def test_x86_image_on_an_arm_machine_is_emulated(facts_of):
    assert facts_of("host-arm-biglittle")["emulated"] is True


def test_arm_image_on_an_x86_machine_is_emulated(facts_of, tmp_path):
    tree = shutil.copytree(TARGETS / "host-arm-neoverse-n1", tmp_path / "tree", symlinks=True)
    shutil.copy(TARGETS / "debian12-minbase/proc/cpuinfo", tree / "proc/cpuinfo")
    facts = facts_of(tree)
    assert facts["emulated"] is True
    assert facts["vendor"] == "AuthenticAMD"


def test_rosetta_says_x86_but_is_emulated(facts_of, tmp_path):
    tree = shutil.copytree(TARGETS / "debian12-minbase", tmp_path / "tree", symlinks=True)
    (tree / "proc/cpuinfo").write_text(
        "processor\t: 0\nvendor_id\t: VirtualApple\ncpu family\t: 6\nmodel\t\t: 44\n"
        "model name\t: VirtualApple @ 2.50GHz\nflags\t\t: fpu sse sse2 lm\n\n"
    )
    assert facts_of(tree)["emulated"] is True


def test_image_has_no_processor(section_of):
    section = section_of("debian12-minbase", running=False)
    assert section.status == "skipped"
    assert section.reason == "not running: decided by the machine it is started on"


V1 = {"lm", "cmov", "cx8", "fpu", "fxsr", "mmx", "sse", "sse2"}
V2 = V1 | {"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}
V3 = V2 | {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}
V4 = V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        (V1 - {"lm"}, None),
        (V1, "x86-64-v1"),
        (V2, "x86-64-v2"),
        (V3, "x86-64-v3"),
        (V4, "x86-64-v4"),
        (V4 | {"more"}, "x86-64-v4"),
        (V3 - {"fma"}, "x86-64-v2"),
        (V4 - {"popcnt"}, "x86-64-v1"),
    ],
)
def test_level_of_the_psabi(flags, level):
    assert x86_64_level(flags) == level


@pytest.mark.parametrize(
    ("vendor", "model", "flag", "hypervisor"),
    [
        ("Amazon EC2", "c5.xlarge", "hypervisor", "amazon"),
        ("Amazon EC2", "c5.metal", "", "none"),
        ("Google", "Google Compute Engine", "hypervisor", "google"),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", "hypervisor", "qemu"),
        ("Microsoft Corporation", "Virtual Machine", "hypervisor", "hyper-v"),
        ("Microsoft Corporation", "Surface Pro", "", "none"),
        ("VMware, Inc.", "VMware7,1", "hypervisor", "vmware"),
        ("Acme", "Cloud 9", "hypervisor", "present"),
    ],
)
def test_hypervisor(x86_machine, vendor, model, flag, hypervisor):
    assert x86_machine(vendor, model, flag).facts["hypervisor"] == hypervisor


def test_xen_names_itself(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "debian12-minbase", tmp_path / "tree", symlinks=True)
    (tree / "sys/hypervisor").mkdir()
    (tree / "sys/hypervisor/type").write_text("xen\n")
    assert section_of(tree).facts["hypervisor"] == "xen"


def test_s390x(with_cpuinfo):
    facts = with_cpuinfo(
        "vendor_id       : IBM/S390\n# processors    : 2\nbogomips per cpu: 3241.00\n"
        "max thread id   : 0\nfeatures\t: esan3 zarch stfle msa ldisp eimm\n"
        "processor 0: version = FF,  identification = 0133E8,  machine = 8561\n"
        "processor 1: version = FF,  identification = 0133E8,  machine = 8561\n\n"
        "cpu number      : 0\ncpu MHz dynamic : 5200\n\n"
    ).facts
    assert facts["vendor"] == "IBM/S390"
    assert facts["model"] == "8561"
    assert facts["flags"] == ["eimm", "esan3", "ldisp", "msa", "stfle", "zarch"]


def test_power(with_cpuinfo):
    facts = with_cpuinfo(
        "processor\t: 0\ncpu\t\t: POWER9 (architected), altivec supported\n"
        "clock\t\t: 2700.000000MHz\nrevision\t: 2.2 (pvr 004e 1202)\n\n"
        "timebase\t: 512000000\nplatform\t: pSeries\nmodel\t\t: IBM pSeries (emulated by qemu)\n"
        "machine\t\t: CHRP IBM pSeries (emulated by qemu)\nMMU\t\t: Radix\n"
    ).facts
    assert facts["model_name"] == "POWER9 (architected), altivec supported"
    assert facts["stepping"] == "2.2 (pvr 004e 1202)"
    assert facts["platform"] == "pSeries"
    assert facts["logical_count"] == 1


def test_riscv(with_cpuinfo):
    facts = with_cpuinfo(
        "processor\t: 0\nhart\t\t: 1\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n"
        "uarch\t\t: sifive,u74-mc\n\n"
    ).facts
    assert facts["isa"] == "rv64imafdc"
    assert facts["model_name"] == "sifive,u74-mc"


def test_32_bit_arm_described_in_a_block_of_its_own(with_cpuinfo):
    facts = with_cpuinfo(
        "Processor\t: ARMv7 Processor rev 3 (v7l)\nprocessor\t: 0\nBogoMIPS\t: 38.40\n\n"
        "processor\t: 1\nBogoMIPS\t: 38.40\n\n"
        "Features\t: swp half thumb neon vfpv4\nCPU implementer\t: 0x41\nCPU architecture: 7\n"
        "CPU variant\t: 0x0\nCPU part\t: 0xc07\nCPU revision\t: 3\n\nSerial\t\t: 00000000deadbeef\n"
    ).facts
    assert facts["model_name"] == "Cortex-A7"
    assert facts["features"] == ["half", "neon", "swp", "thumb", "vfpv4"]
    assert facts["logical_count"] == 2
    assert "deadbeef" not in str(facts.values)


def test_unknown_arm_part_is_not_guessed(with_cpuinfo):
    facts = with_cpuinfo("processor\t: 0\nCPU implementer\t: 0xfe\nCPU part\t: 0x123\n\n").facts
    assert facts["implementer"] == "0xfe"
    assert "vendor" not in facts
    assert "model_name" not in facts


def test_empty_cpuinfo(with_cpuinfo):
    section = with_cpuinfo("")
    assert section.status == "error"
    assert section.reason == "cpuinfo is empty"


def test_block_that_does_not_end(with_cpuinfo):
    section = with_cpuinfo("processor\t: 0\nvendor_id\t: X\nflags\t\t: " + "a b c " * 1_000_000)
    assert section.status == "ok"
    assert section.facts["vendor"] == "X"
    assert section.facts["flags"] == ["a", "b", "c"]


def test_counts_of_huge_ranges_are_arithmetic(section_of, tmp_path):
    tree = shutil.copytree(TARGETS / "debian12-minbase", tmp_path / "tree", symlinks=True)
    (tree / "sys/devices/system/cpu/online").write_text("0-999999999999,1000000000005\n")
    (tree / "sys/devices/system/node/online").write_text("zero\n")
    section = section_of(tree)
    assert section.facts["logical_count"] == 1_000_000_000_001
    assert section.facts.gaps == {"numa_nodes": "cannot be understood (ValueError)"}
