r"""Text is sorted by the rules of another language.

What it means
    The locale's category LC_COLLATE (by `LC_ALL`, `LC_COLLATE` or `LANG`) decides how the C
    library compares text: `locale.strcoll` and `strxfrm` once the program has called
    `setlocale`, and programs such as sort, ls and join that it starts. The sides have different
    languages there, or one has the C locale, which compares by code point.

Why it matters
    In the C locale all capitals come before small letters and accented letters after z; a
    language's locale ignores case and punctuation at first and knows its own alphabet. Sorted
    lists differ, searches in sorted data miss, merges of files that were sorted elsewhere go
    wrong, and ranges such as [a-z] match other letters.

How to confirm
    `printf 'b\nB\na\nä\n' | sort` on both sides; then the program with `LC_ALL=C` on both.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.locales import differs_in_language, is_plain, only_musl
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA501",
    name="collation-order-differs",
    effects=("text", "behaviour"),
    severity="high",
    reads=("locale.lc_collate", "env.LC_*", "env.LANG", "os.libc.family", "locale.missing"),
    remedy=Remedy(
        image="`ENV LC_ALL=C.UTF-8` in both, or install the language's locale in both",
        runtime="docker run -e LC_ALL=C.UTF-8 ... (Kubernetes: env: [{name: LC_ALL, value: "
        "C.UTF-8}]) on both sides",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man7/locale.7",
        "https://github.com/python/cpython/blob/main/Doc/library/locale.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("locale.lc_collate")
    if change is None or not differs_in_language(change) or only_musl(pair):
        return
    plain = is_plain(change.before) or is_plain(change.after)
    effect = (
        "one side sorts by code point (all capitals first), the other by its language's rules"
        if plain
        else "each side sorts by its own language's alphabet"
    )
    yield Hit(
        message=f"Text is compared by the locale {sides(change)}: {effect}, wherever the program "
        "or one that it starts sorts by locale.",
        changes=(change,),
        confidence=0.65 if plain else 0.5,
    )
