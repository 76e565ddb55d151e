"""What probes point to, and what kind of difference each stands for."""

from __future__ import annotations

import pytest

from auditor.agent.deep.inside.probes import PROBES
from auditor.compare.mechanisms import acts_on, kind_of, points_to


@pytest.mark.parametrize(
    ("probe", "kind"),
    [
        ("probes.numpy.svd", "numerics"),
        ("numpy.multiply.complex64", "numerics"),
        ("libm.exp", "numerics"),
        ("tensorflow.sum", "numerics"),
        ("python.sum", "numerics"),
        ("python.float.parse", "numerics"),
        ("python.float.repr", "text"),
        ("numpy.text", "text"),
        ("text.collation", "text"),
        ("time.zones", "time"),
        ("numpy.promotion", "behaviour"),
        ("numpy.argsort.ties.float32", "behaviour"),
        ("python.hash.order", "behaviour"),
    ],
)
def test_kinds(probe: str, kind: str) -> None:
    assert kind_of(probe) == kind


def test_each_probe_of_the_standard_library_points_to_something() -> None:
    names = [name for compute in PROBES[""].values() for name in compute()]
    assert len(names) > 30
    assert [name for name in names if not points_to(name)] == []


@pytest.mark.parametrize("library", sorted(set(PROBES) - {""}))
def test_each_library_points_to_its_version(library: str) -> None:
    """Whatever it computes: `numpy.anything` follows from NumPy's version."""
    assert "the version of a library that computes" in points_to(f"{library}.anything")


@pytest.mark.parametrize(
    ("fact", "probe"),
    [
        ("env.TF_ENABLE_ONEDNN_OPTS", "tensorflow.*"),
        ("env.ONEDNN_MAX_CPU_ISA", "tensorflow.*"),
        ("env.ONEDNN_MAX_CPU_ISA", "torch.*"),
        ("env.XLA_FLAGS", "jax.*"),
        ("frameworks.jax.config.jax_threefry_partitionable", "jax.*"),
        ("python.packages.jaxlib", "jax.*"),
        ("python.packages.tensorflow-cpu", "tensorflow.*"),
        ("python.packages.lightgbm", "lightgbm.*"),
        ("env.MKL_CBWR", "torch.linear"),
        ("env.PANDAS_FUTURE_INFER_STRING", "pandas.*"),
        ("python.sources.bottleneck", "python.denormals"),
        ("frameworks.numpy.version", "numpy.*"),
        ("env.NPY_DISABLE_CPU_FEATURES", "numpy.*"),
        ("limits.affinity.count", "jax.*"),
    ],
)
def test_what_acts_on_what(fact: str, probe: str) -> None:
    assert probe in acts_on(fact)
