"""A locale that is asked for is not installed.

What it means
    `LC_ALL`, `LC_*` or `LANG` name a locale that the image does not hold: slim images have `C`,
    `C.UTF-8` and `POSIX` only. That is so on one side, or with other locales on each.

Why it matters
    `locale.setlocale(locale.LC_ALL, "")` raises locale.Error ("unsupported locale setting"),
    and so does asking for such a locale by name. Programs in C go on silently in the C locale:
    ASCII instead of UTF-8, English names and formats, sorting by code point; Perl and bash
    warn.

How to confirm
    `locale -a` and `python -c "import locale; locale.setlocale(locale.LC_ALL, '')"` on both
    sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, shown, where
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA502",
    name="locale-not-installed",
    effects=("crash", "text", "behaviour"),
    severity="high",
    reads=("locale.*", "env.LC_*", "env.LANG", "os.packages.*"),
    remedy=Remedy(
        image="`RUN apt-get update && apt-get install -y locales && sed -i "
        "'/de_DE.UTF-8/s/^# //' /etc/locale.gen && locale-gen` (Fedora: `dnf "
        "install glibc-langpack-de`) in both, or `ENV LC_ALL=C.UTF-8`, which is "
        "always there",
        runtime="docker run -e LC_ALL=C.UTF-8 ... (Kubernetes: env: [{name: LC_ALL, value: "
        "C.UTF-8}]) on both sides",
    ),
    sources=(
        "https://github.com/docker-library/python/issues/400",
        "https://github.com/cowrie/docker-cowrie/issues/15",
        "https://github.com/mkerrisk/man-pages/blob/master/man3/setlocale.3",
    ),
)

# What distributions put locales into.
PACKAGES = ("locales", "locales-all", "language-pack-*", "glibc-langpack-*", "glibc-all-langpacks")


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("locale.missing")
    if change is None:
        return
    lacks = where((change.before, change.after), bool)
    packages = pair.changes(*(f"os.packages.{name}" for name in PACKAGES))
    names = change.before or change.after
    yield Hit(
        message=f"{lacks} asks for the locale {shown(names)}, which is not installed there: "
        "setting the locale fails with unsupported locale setting, or silently leaves the C "
        "locale with its ASCII encoding, formats and sorting.",
        changes=(change, *packages),
        confidence=0.75,
    )
