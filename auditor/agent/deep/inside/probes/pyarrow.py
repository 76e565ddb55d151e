"""Arrow's own kernels."""

from __future__ import annotations

from .inputs import doubles
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def computations() -> dict[str, Any]:
    import struct

    import pyarrow as pa
    from pyarrow import compute

    count = 5003
    values = pa.Array.from_buffers(
        pa.float64(), count, [None, pa.py_buffer(doubles("pyarrow", count))]
    )

    def number(value: Any) -> tuple[str, bytes]:
        return "d", struct.pack("<d", value.as_py())

    return {
        "pyarrow.sum": probe(lambda: number(compute.sum(values))),
        "pyarrow.stddev": probe(lambda: number(compute.stddev(values))),
    }
