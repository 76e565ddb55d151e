"""Coordinates are transformed with other data (PROJ, GDAL).

What it means
    PROJ_DATA (once PROJ_LIB), PROJ_NETWORK and GDAL_DATA tell the libraries under pyproj,
    GeoPandas, rasterio and Fiona where their database and grids lie, and whether missing grids
    may be downloaded. The sides differ in them.

Why it matters
    Another database or a missing grid means another transformation: coordinates differ by metres,
    definitions are not found (CRSError: "proj.db"), or a download is tried.

How to confirm
    `python -c "import pyproj; pyproj.show_versions(); print(pyproj.datadir.get_data_dir())"` on
    both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NAMES = ("PROJ_DATA", "PROJ_LIB", "PROJ_NETWORK", "GDAL_DATA")
USERS = ("pyproj", "geopandas", "rasterio", "fiona", "gdal", "cartopy", "rioxarray")

RULE = Rule(
    id="EA255",
    name="geographic-data",
    effects=("numerics", "crash", "behaviour"),
    severity="high",
    reads=(*(f"env.{name}" for name in NAMES), "python.packages.*"),
    remedy=variable_remedy("PROJ_DATA", "/usr/share/proj"),
    sources=("https://github.com/pyproj4/pyproj/blob/main/docs/transformation_grids.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed_anywhere(*USERS)
    changes = settings(pair, *NAMES)
    if users and changes:
        yield Hit(
            message=f"{told(changes)}: coordinates are transformed with another database or other "
            "grids, or definitions are not found.",
            changes=changes,
            facts=first(users),
            confidence=0.75,
        )
