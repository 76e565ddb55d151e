"""LightGBM: a few small trees, by one thread: with more they are the same, and on a busy machine
their waiting for each other takes seconds."""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def trees() -> dict[str, Any]:
    import lightgbm

    rows = array("lightgbm", 1009, 7)
    target = rows[:, 0] * rows[:, 1] + rows[:, 2]
    settings: dict[str, Any] = {"num_leaves": 15, "seed": 20240229, "verbosity": -1}
    settings.update(num_threads=1, force_col_wise=True, bagging_fraction=0.8, bagging_freq=1)

    def predicted() -> tuple[str, bytes]:
        data = lightgbm.Dataset(rows, label=target)
        return bits(lightgbm.train(settings, data, num_boost_round=5).predict(rows))

    return {"lightgbm.trees": probe(predicted)}
