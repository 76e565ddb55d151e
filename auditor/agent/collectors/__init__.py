"""One file a section, and the ordered tuple of all of them.

A collector is a module with `SECTION`, `ORIGIN` and `collect(subject, facts)`; see
`run.Collector`.
"""

from . import (
    container,
    cpu,
    env,
    filesystem,
    gpu,
    kernel,
    limits,
    locale,
    native,
    network,
    os,
    os_packages,
    process,
    python,
    python_integrity,
    python_packages,
    python_path,
    python_sources,
    time,
)

COLLECTORS = (
    os,
    os_packages,
    kernel,
    cpu,
    gpu,
    limits,
    process,
    container,
    env,
    locale,
    time,
    filesystem,
    network,
    python,
    python_path,
    python_packages,
    python_sources,
    python_integrity,
    native,
)
