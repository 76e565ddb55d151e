"""What a switch in the environment means: not set is its default, `yes` is `1`."""

from __future__ import annotations

from collections.abc import Iterable

from ...model import Change, Value
from ..pair import Pair, shown
from ..rule import Remedy

_SPELLINGS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}


def meaning(value: Value, default: str = "") -> str:
    """A switch's value in lower case, `1` and `0` for yes and no; not set is the default."""
    text = "" if value is None else str(value).strip().lower()
    return _SPELLINGS.get(text, text) or default


def acts(change: Change | None, default: str = "", alike: Iterable[str] = ()) -> bool:
    """Whether the sides mean different things; values in `alike` mean the default as well."""
    if change is None:
        return False
    means = [meaning(value, default) for value in (change.before, change.after)]
    a, b = (default if mean in alike else mean for mean in means)
    return a != b


def settings(pair: Pair, *names: str) -> tuple[Change, ...]:
    """Of these variables the changes, in the order of the names, that are not merely another
    way to say nothing."""
    changes = (pair.change(f"env.{name}") for name in names)
    return tuple(change for change in changes if change is not None and acts(change))


def told(changes: Iterable[Change]) -> str:
    """`X is 1 in A, not set in B, and Y is ...`: for messages."""
    return ", and ".join(
        f"{change.key} is {shown(change.before)} in A, {shown(change.after)} in B"
        for change in changes
    )


def variable_remedy(name: str, value: str) -> Remedy:
    """The same setting of a variable on both sides."""
    return Remedy(
        image=f"remove `ENV {name}=...` from the Dockerfile, or set the same in both",
        runtime=f"docker run -e {name}={value} ... (Kubernetes: env: "
        f"[{{name: {name}, value: '{value}'}}]) on both sides, or on neither",
    )
