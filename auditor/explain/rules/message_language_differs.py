"""Programs speak another language.

What it means
    `LANGUAGE`, or else the locale's LC_MESSAGES, decides which translations gettext loads, in
    Python's `gettext`, in frameworks that build on it, and in programs that are started. The
    sides differ in that.

Why it matters
    Messages of errors and programs are in another language: parsing the output of git, df or
    apt, or matching the text of an exception, works on one side only; the C library's own
    messages (strerror) change as well.

How to confirm
    `LANGUAGE= LC_ALL=C.UTF-8` for the program on both sides; `locale` shows what holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.locales import differs_in_language, is_plain
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA509",
    name="message-language-differs",
    effects=("text", "behaviour"),
    severity="low",
    reads=("env.LANGUAGE", "locale.lc_messages", "env.LC_*", "env.LANG", "python.packages.*"),
    remedy=Remedy(
        image="`ENV LANGUAGE= LC_ALL=C.UTF-8` in both",
        runtime="docker run -e LC_ALL=C.UTF-8 ... (Kubernetes: env: [{name: LC_ALL, value: "
        "C.UTF-8}]) on both sides",
    ),
    sources=(
        "https://github.com/bminor/glibc/blob/master/manual/message.texi",
        "https://github.com/mkerrisk/man-pages/blob/master/man7/locale.7",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    language = pair.change("env.LANGUAGE")
    category = pair.change("locale.lc_messages")
    if language is not None and all(is_plain(v) for v in pair.values("locale.lc_messages")):
        language = None  # gettext translates nothing in the C locale
    if category is not None and not differs_in_language(category):
        category = None
    changes = [change for change in (language, category) if change is not None]
    if not changes:
        return
    users = pair.installed("django", "babel", "flask-babel", "wtforms", "jinja2", "click")
    yield Hit(
        message=f"{'LANGUAGE' if language else 'The locale for messages'} is {sides(changes[0])}: "
        "programs and libraries with translations answer in another language, so that what reads "
        "their output or errors can fail.",
        changes=tuple(changes),
        facts=first(users),
        confidence=0.4 if pair.installed("django", "babel", "flask-babel") else 0.3,
    )
