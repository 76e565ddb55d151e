"""HDF5 files are locked in another way (HDF5_USE_FILE_LOCKING).

What it means
    The HDF5 library under h5py, PyTables and netCDF locks files that it opens, unless the
    variable says FALSE or BEST_EFFORT. The sides differ in it.

Why it matters
    On network and shared file systems without locks opening fails ("unable to lock file"); without
    locks two writers damage a file.

How to confirm
    `HDF5_USE_FILE_LOCKING=FALSE python PROGRAM` on the side that fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NAMES = ("HDF5_USE_FILE_LOCKING", "HDF5_DISABLE_VERSION_CHECK")
USERS = ("h5py", "tables", "netcdf4", "h5netcdf", "xarray", "keras", "tensorflow", "anndata")

RULE = Rule(
    id="EA256",
    name="hdf5-settings",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=(*(f"env.{name}" for name in NAMES), "python.packages.*"),
    remedy=variable_remedy("HDF5_USE_FILE_LOCKING", "BEST_EFFORT"),
    sources=("https://github.com/h5py/h5py/blob/master/docs/high/file.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed_anywhere(*USERS)
    changes = settings(pair, *NAMES)
    if users and changes:
        yield Hit(
            message=f"{told(changes)}: HDF5 files are locked, or checked, on one side only; "
            "opening them can fail on file systems without locks.",
            changes=changes,
            facts=first(users),
            confidence=0.65,
        )
