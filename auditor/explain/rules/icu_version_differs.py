"""Another ICU sorts, transliterates and formats by other data.

What it means
    PyICU calls the system's ICU, which carries its own copy of Unicode's and CLDR's data;
    `ICU_DATA` names data elsewhere. The version of ICU, PyICU or its data differs.

Why it matters
    Sort keys, word and line breaks, transliterations, and formats of dates and numbers change
    from one major version to the next: sort keys that were stored on one side do not fit the
    other's. PyICU that was built for another ICU cannot be imported ("libicui18n.so.72: cannot
    open shared object file").

How to confirm
    `python -c "import icu; print(icu.ICU_VERSION, icu.UNICODE_VERSION)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA513",
    name="icu-version-differs",
    effects=("text", "behaviour"),
    severity="medium",
    reads=("os.packages.*icu*", "python.packages.*", "env.ICU_DATA"),
    remedy=Remedy(
        image="the same base image and `RUN pip install PyICU==2.13.1` in both",
        runtime="run the same image on both sides: docker run IMAGE@sha256:DIGEST ...",
    ),
    sources=(
        "https://postgrespro.com/list/id/CA+hUKGLRKKd2knzx-Y=-M6acogqZZ=LwdPUwWo007or3np7wyQ@mail.gmail.com",
        "https://learn.microsoft.com/en-us/dotnet/api/android.icu.util.versioninfo.ucolruntimeversion?view=net-android-37.0",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed_anywhere("pyicu", "icu", "polyglot")
    changes = [
        *pair.changes("os.packages.libicu[0-9]*", "os.packages.icu-libs", "os.packages.libicu"),
        *pair.changes("python.packages.pyicu", "os.packages.icu-data-*", "env.ICU_DATA"),
    ]
    changes = [
        change
        for change in changes
        if None in (change.before, change.after) or _major(change.before) != _major(change.after)
    ]
    if not users or not changes:
        return
    name = changes[0].path.partition("packages.")[2] or "ICU_DATA"
    yield Hit(
        message=f"ICU or its data differs ({name} is {sides(changes[0])}): PyICU sorts, splits and "
        "formats text differently, or cannot be imported where its library is missing.",
        changes=tuple(changes),
        facts=first(users),
        confidence=0.55,
    )


def _major(value: object) -> str:
    return str(value).partition(".")[0]
