"""The program may write to its directories on one side only.

What it means
    The working directory, HOME or the directory for temporary files can be written to by the
    process on one side and not on the other: other owners or modes, another user, or a
    read-only mount.

Why it matters
    Results, logs and databases go to the working directory; caches, tokens and configuration
    below HOME (Hugging Face, Matplotlib, Numba, Torch, NLTK, pip); spool files and sockets to
    the temporary directory. Writing fails with "PermissionError: [Errno 13]", or the library
    works without its cache, slowly.

How to confirm
    `docker exec --user UID CONTAINER sh -c 'id; ls -ld . "$HOME" /tmp; touch "$HOME/x"'` on
    both sides, with the user that the program runs as.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

PLACES = {
    "home": "the home directory",
    "tmp": "the directory for temporary files",
    "cwd": "the working directory",
}
# They keep caches or configuration below HOME.
HOME_USERS = (
    "huggingface-hub", "transformers", "datasets", "sentence-transformers", "matplotlib", "torch",
    "numba", "nltk", "spacy", "kaggle", "wandb", "keras", "tensorflow", "triton", "ipython",
    "streamlit", "jupyter-core", "playwright", "pooch", "scikit-learn", "tldextract", "diskcache",
)  # fmt: skip

RULE = Rule(
    id="EA319",
    name="directory-not-writable",
    effects=("crash", "behaviour"),
    severity="high",
    reads=("filesystem.*.writable", "filesystem.mounts.*", "process.uid", "python.packages.*"),
    remedy=Remedy(
        image="RUN mkdir -p /app/cache && chown -R 1000:1000 /app/cache; "
        "ENV HOME=/app/cache HF_HOME=/app/cache/hf MPLCONFIGDIR=/app/cache/mpl",
        runtime="docker run --user 1000:1000 --tmpfs /tmp -e HOME=/tmp ... on both sides "
        "(Kubernetes: securityContext: {fsGroup: 1000} for volumes)",
    ),
    sources=(
        "https://github.com/huggingface/datasets/issues/1581",
        "https://github.com/huggingface/sentence-transformers/issues/2317",
        "https://github.com/matplotlib/matplotlib/issues/18011",
        "https://github.com/python/cpython/blob/main/Doc/library/tempfile.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    if pair.change("filesystem.root.read_only") is not None:
        return  # the cause of it all: EA318
    for place, name in PLACES.items():
        change = pair.change(f"filesystem.{place}.writable")
        if change is None or None in (change.before, change.after):
            continue
        if pair.change(f"filesystem.{place}.exists") is not None:
            continue  # a directory that is missing: EA322, EA323
        users = pair.installed(*HOME_USERS) if place == "home" else []
        confidence = 0.62 if users or place == "tmp" else 0.5
        yield Hit(
            message=f"The program may write to {name}: {sides(change)}; where it may not, "
            "saving files there fails with 'Permission denied' or caches are not used.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
        )
