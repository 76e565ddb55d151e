"""Models and data sets are taken from another place, or not downloaded at all.

What it means
    `HF_HUB_OFFLINE`, `TRANSFORMERS_OFFLINE` and `HF_DATASETS_OFFLINE` forbid requests to the
    Hugging Face Hub; `HF_ENDPOINT` sends them to another server, and `HF_HOME` and
    `HF_HUB_CACHE` say where downloads are kept. The sides differ in one of them.

Why it matters
    Offline, only what is cached is found: a first start fails (OfflineModeIsEnabled,
    LocalEntryNotFoundError), and a cached older revision is used while the other side takes the
    newest one, which changes results. A mirror can lack a model or hold another revision.

How to confirm
    `python -c "from huggingface_hub import constants as c; print(c.HF_HUB_OFFLINE, c.ENDPOINT,
    c.HF_HUB_CACHE)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA375",
    name="hub-offline-or-mirrored",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "env.HF_*",
        "env.TRANSFORMERS_OFFLINE",
        "env.HUGGINGFACE_HUB_CACHE",
        "env.TRANSFORMERS_CACHE",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="put the model into both images and name its revision: `RUN huggingface-cli "
        "download ORG/MODEL --revision COMMIT`, `ENV HF_HUB_OFFLINE=1`",
        runtime="docker run -e HF_HUB_OFFLINE=1 -v hub-cache:/cache -e HF_HOME=/cache ... "
        "(Kubernetes: env and a volume) on both sides",
    ),
    sources=(
        "https://github.com/huggingface/huggingface_hub/blob/main/docs/source/en/package_reference/environment_variables.md",
    ),
)

USERS = (
    "huggingface-hub",
    "transformers",
    "datasets",
    "diffusers",
    "sentence-transformers",
    "tokenizers",
    "timm",
    "accelerate",
    "vllm",
    "faster-whisper",
)
OFFLINE = (
    "the side that is offline uses only what its cache holds, and fails, or takes an older "
    "revision, where the other downloads"
)
CACHE = "what was downloaded is looked for elsewhere, so that it is downloaded again or missing"
VARIABLES = (
    ("HF_HUB_OFFLINE", OFFLINE, 0.75),
    ("TRANSFORMERS_OFFLINE", OFFLINE, 0.75),
    ("HF_DATASETS_OFFLINE", OFFLINE, 0.7),
    ("HF_ENDPOINT", "models and data sets are downloaded from another server", 0.65),
    ("HF_HOME", CACHE, 0.5),
    ("HF_HUB_CACHE", CACHE, 0.5),
    ("HUGGINGFACE_HUB_CACHE", CACHE, 0.5),
    ("TRANSFORMERS_CACHE", CACHE, 0.5),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed(*USERS)
    if not users:
        return
    for name, effect, confidence in VARIABLES:
        change = pair.change(f"env.{name}")
        if change is None:
            continue
        if name.endswith("OFFLINE") and _on(change.before) == _on(change.after):
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: {effect}.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
        )


def _on(value: object) -> bool:
    return isinstance(value, str) and value.upper() in ("1", "ON", "YES", "TRUE")
