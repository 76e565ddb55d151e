"""Tokenizers work on one thread on one side.

What it means
    TOKENIZERS_PARALLELISM decides whether Hugging Face's tokenizers split their work over
    threads; not set, they do.

Why it matters
    With false, tokenizing a large batch uses one CPU. With threads, a program that forks after
    the first use is warned, and its children go on with one thread, since threads do not survive
    a fork and could wait forever.

How to confirm
    Time `tokenizer(list_of_texts)` on both sides with the variable set to true and to false.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA428",
    name="tokenizers-parallelism",
    effects=(
        "performance",
        "behaviour",
    ),
    severity="medium",
    reads=(
        "env.TOKENIZERS_PARALLELISM",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="ENV TOKENIZERS_PARALLELISM=true (or false) in the Dockerfile of both",
        runtime="docker run -e TOKENIZERS_PARALLELISM=true ... on both sides",
    ),
    sources=(
        "https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/utils/parallelism.rs",
        "https://github.com/huggingface/tokenizers/blob/main/bindings/python/CHANGELOG.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.TOKENIZERS_PARALLELISM")
    readers = pair.installed("tokenizers", "transformers")
    if change is None or not readers or not acts(change, "1"):
        return
    yield Hit(
        message=f"TOKENIZERS_PARALLELISM is {sides(change)}: tokenizing uses one thread on one "
        "side and all CPUs on the other.",
        changes=(change,),
        facts=first(readers),
        confidence=0.6,
    )
