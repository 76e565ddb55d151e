"""From raw input to the model's features: shared by training and serving."""

import statistics
from datetime import timezone

import pandas as pd
from dateutil import parser


def features(amounts, when):
    """One row of features: of a customer's recent amounts, and the local hour of the last one."""
    local = parser.parse(when).replace(tzinfo=timezone.utc).astimezone()
    series = pd.Series(amounts, dtype="float64")
    return pd.DataFrame(
        {
            "total": [series.sum()],
            "median": [statistics.median(series.tolist())],
            "spread": [series.std(ddof=0)],
            "hour": [local.hour],
            "weekday": [local.weekday()],
            "month": [local.month],
        }
    )
