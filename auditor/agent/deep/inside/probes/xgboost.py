"""XGBoost: a few small trees, by one thread: with more they are the same, and on a busy machine
their waiting for each other takes seconds."""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def trees() -> dict[str, Any]:
    import xgboost

    rows = array("xgboost", 1009, 7, single=True)
    target = rows[:, 0] * rows[:, 1] + rows[:, 2]
    settings: dict[str, Any] = {"max_depth": 4, "seed": 20240229, "verbosity": 0}
    settings.update(device="cpu", nthread=1, tree_method="hist", subsample=0.8)

    def predicted() -> tuple[str, bytes]:
        data = xgboost.DMatrix(rows, label=target)
        return bits(xgboost.train(settings, data, num_boost_round=5).predict(data))

    return {"xgboost.trees": probe(predicted)}
