"""pandas: sums that skip NaN, groups, windows, and how numbers are read and written."""

from __future__ import annotations

import io

from .numpy import array, bits
from .result import of_text, probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def frames() -> dict[str, Any]:
    import numpy as np
    import pandas as pd

    values = array("pandas", 5003).copy()
    single = array("pandas single", 5003, single=True).copy()
    values[::7] = single[::7] = np.nan
    keys = np.arange(5003) % 13
    frame = pd.DataFrame({"key": keys, "value": values, "single": single})
    text = frame[:50].to_csv(index=False)
    return {
        "pandas.sum": probe(lambda: bits(frame["value"].sum())),
        "pandas.sum.float32": probe(lambda: bits(frame["single"].sum())),
        "pandas.mean": probe(lambda: bits(frame["single"].mean())),
        "pandas.var": probe(lambda: bits(frame["value"].var())),
        "pandas.groupby": probe(lambda: bits(frame.groupby("key")["value"].sum().to_numpy())),
        "pandas.rolling": probe(lambda: bits(frame["value"].rolling(9, 1).mean().to_numpy())),
        "pandas.cumsum": probe(lambda: bits(frame["value"].cumsum().to_numpy()[-1:])),
        "pandas.csv.written": probe(lambda: of_text(text)),
        "pandas.csv.read": probe(lambda: bits(pd.read_csv(io.StringIO(text))["value"].to_numpy())),
        "pandas.dtypes": probe(lambda: of_text(_kinds())),
    }


def _kinds() -> str:
    """What is inferred and promoted changes with major versions and options."""
    import pandas as pd

    one = pd.Series([1, 2, None])
    kinds = [one.dtype, pd.Series(["a"]).dtype, pd.Series([1, 2]).shift().dtype]
    kinds.append(pd.concat([pd.Series([1]), pd.Series([True])]).dtype)
    kinds.append(pd.to_datetime(pd.Series(["2024-01-01"])).dtype)
    return " ".join(map(str, kinds))
