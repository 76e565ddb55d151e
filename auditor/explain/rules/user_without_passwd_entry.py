"""The user that the program runs as has no entry in /etc/passwd on one side.

What it means
    A container can be started with any number as its user (`--user 1501`, Kubernetes
    runAsUser, OpenShift's random numbers). On one side nothing in the image's /etc/passwd says
    who that is.

Why it matters
    `getpass.getuser()` and `pwd.getpwuid()` raise "KeyError: getpwuid(): uid not found" (OSError
    since Python 3.13), also inside libraries: PyTorch's compile cache, database and SSH clients,
    Hadoop, Git. There is no home directory either, unless HOME is set.

How to confirm
    `docker exec CONTAINER python -c 'import getpass; print(getpass.getuser())'` on both sides
    (`id` shows the number without a name).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, shown
from ..rule import Hit, Remedy, Rule

# They ask for the user's name by themselves.
USERS = (
    "torch", "triton", "vllm", "pymysql", "paramiko", "pyspark", "ray", "wandb", "mlflow", "dask",
    "ansible-core", "fabric", "prefect", "keyring", "psycopg2", "psycopg2-binary", "jupyter-core",
    "gitpython", "sagemaker", "luigi", "snakemake", "papermill", "pytest", "notebook", "hdfs",
)  # fmt: skip

RULE = Rule(
    id="EA324",
    name="user-without-passwd-entry",
    effects=("crash",),
    severity="high",
    reads=(
        "process.passwd_entry",
        "process.user",
        "process.uid",
        "container.user",
        "env.USER",
        "env.LOGNAME",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="RUN useradd --uid 1501 --create-home app (the number that the container is "
        "started with), or ENV USER=app LOGNAME=app HOME=/tmp",
        runtime="docker run --user app ... (a user that the image knows), or -e USER=app "
        "-e LOGNAME=app -e HOME=/tmp",
    ),
    sources=(
        "https://github.com/pytorch/pytorch/issues/140765",
        "https://github.com/vectorize-io/hindsight/pull/3934",
        "https://github.com/h2oai/h2o-llmstudio/pull/974",
        "https://github.com/PyMySQL/PyMySQL/pull/472",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("process.passwd_entry")
    if change is None or None in (change.before, change.after):
        return
    lacking = pair.a if change.before is False else pair.b
    # getpass looks at these first.
    named = [path for path in ("env.LOGNAME", "env.USER") if lacking.get(path) is not None]
    users = pair.installed(*USERS)
    uid = pair.values("process.uid")
    yield Hit(
        message=f"The program's user (uid {shown(uid[0])} in A, {shown(uid[1])} in B) has an "
        f"entry in /etc/passwd: {shown(change.before)} in A, {shown(change.after)} in B; without "
        "one, asking for the user's name fails ('getpwuid(): uid not found').",
        changes=(change,),
        facts=first([*named, *users]),
        confidence=0.45 if named else 0.78 if users else 0.7,
    )
