"""Protocol Buffers run on another implementation.

What it means
    `PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION` makes the protobuf package run in pure Python, in
    C++ or on upb, instead of what it would choose. The sides differ in it.

Why it matters
    The implementations differ in what generated code they accept ("Descriptors cannot be created
    directly"), in the text of errors, and in speed.

How to confirm
    `python -c "from google.protobuf.internal import api_implementation as i; print(i.Type())"`
    on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

NAME = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"

RULE = Rule(
    id="EA208",
    name="protobuf-implementation",
    effects=("behaviour", "crash", "performance"),
    severity="high",
    reads=(f"env.{NAME}", "python.packages.protobuf"),
    remedy=variable_remedy(NAME, "upb"),
    sources=(
        "https://github.com/protocolbuffers/protocolbuffers.github.io/blob/main/content/reference/python/python-generated.md",
        "https://github.com/protocolbuffers/protocolbuffers.github.io/blob/main/content/news/2022-05-06.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change(f"env.{NAME}")
    users = pair.installed_anywhere("protobuf")
    if change is None or not users:
        return
    yield Hit(
        message=f"{NAME} is {sides(change)}: protobuf parses and prints messages by another "
        "implementation, which accepts other generated code and has another speed.",
        changes=(change,),
        facts=tuple(users),
        confidence=0.8,
    )
