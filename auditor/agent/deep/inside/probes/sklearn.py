"""scikit-learn: distances by way of a matrix product, and a small fit."""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def distances() -> dict[str, Any]:
    from sklearn.decomposition import PCA
    from sklearn.metrics.pairwise import euclidean_distances

    points = array("sklearn", 61, 17)
    single = array("sklearn single", 61, 17, single=True)
    return {
        "sklearn.distances": probe(lambda: bits(euclidean_distances(points))),
        "sklearn.distances.float32": probe(lambda: bits(euclidean_distances(single))),
        "sklearn.pca": probe(lambda: bits(PCA(3, random_state=1).fit(points).explained_variance_)),
    }
