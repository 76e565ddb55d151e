"""The number of memory mappings that a process may have differs between the machines.

What it means
    vm.max_map_count bounds the mappings of a process: each mapped file or library, each thread
    stack and each large allocation needs at least one. The machines have different values
    (65530 unless set; many distributions now set 1048576).

Why it matters
    Programs that map many files (Elasticsearch, OpenSearch, Lucene, LMDB, LevelDB, vector
    databases, memory-mapped arrays) or allocate in many pieces fail with "Cannot allocate
    memory" though there is plenty. Elasticsearch refuses to start below 262144.

How to confirm
    `sysctl vm.max_map_count` on both machines, and `wc -l /proc/PID/maps` while it runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_numbers, lower, sides_in
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

USERS = (
    "lmdb", "plyvel", "faiss-cpu", "faiss-gpu", "chromadb", "annoy", "hnswlib", "usearch", "zarr",
    "rocksdict", "python-rocksdb", "datasets", "milvus-lite", "whoosh", "tantivy", "duckdb",
    "lancedb", "pylance", "elasticsearch", "opensearch-py", "pyspark", "mmap-ninja",
)  # fmt: skip
ENOUGH = 262144

RULE = Rule(
    id="EA331",
    name="memory-map-count",
    effects=("crash",),
    severity="medium",
    reads=("kernel.max_map_count", "python.packages.*"),
    remedy=Remedy(
        host="sysctl -w vm.max_map_count=1048576 (kept in /etc/sysctl.d/) on both machines; a "
        "container cannot set it for itself",
    ),
    sources=(
        "https://github.com/python/cpython/issues/126715",
        "https://github.com/manticoresoftware/manticoresearch/issues/3253",
        "https://github.com/GIScience/openrouteservice/issues/1088",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("kernel.max_map_count")
    users = pair.installed(*USERS)
    if change is None or not users or lower(change) >= ENOUGH:
        return
    yield Hit(
        message=f"A process may have {sides_in(change, in_numbers)} memory mappings "
        "(vm.max_map_count): mapping more files or memory fails with 'Cannot allocate memory'.",
        changes=(change,),
        facts=first(users),
        confidence=0.4,
    )
