"""A debug switch of the application is on, on one side.

What it means
    Frameworks and programs read from the environment whether they run for developers:
    FLASK_DEBUG, FLASK_ENV=development, DJANGO_DEBUG, DEBUG, DEV_MODE; PYTHONINSPECT leaves an
    interpreter open after the program's end.

Why it matters
    In debug mode Flask's debugger lets whoever causes an error run code in the browser, and
    Django shows source, local variables and settings. Errors are raised or shown instead of
    handled, code is reloaded, caches are off and queries are kept in memory, so the program also
    behaves otherwise, grows and is slower.

How to confirm
    Ask for a page that does not exist: a debug page with code is shown where debug mode is on.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts
from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA601",
    name="debug-switch-on",
    effects=(
        "security",
        "behaviour",
        "performance",
    ),
    severity="high",
    reads=(
        "env.*",
        "python.packages.*",
    ),
    remedy=Remedy(
        image="remove `ENV FLASK_DEBUG=1` (DJANGO_DEBUG, DEBUG ...) from the Dockerfile",
        runtime="docker run -e FLASK_DEBUG=0 -e DEBUG=0 ... (Kubernetes: env: [{name: DEBUG, "
        "value: '0'}])",
    ),
    sources=(
        "https://github.com/pallets/flask/blob/main/docs/debugging.rst",
        "https://github.com/pallets/flask/blob/main/docs/config.rst",
        "https://github.com/django/django/blob/main/docs/howto/deployment/checklist.txt",
        "https://docs.python.org/3.11/using/cmdline.html",
    ),
)


WEB = ("django", "flask", "fastapi", "starlette", "sanic", "quart", "bottle", "pyramid")
# Variable -> (who reads it, its default); DEBUG and the like are read by applications.
READERS = {
    "FLASK_DEBUG": (("flask", "quart"), "0"),
    "FLASK_ENV": (("flask",), "production"),
    "DJANGO_DEBUG": (("django",), "0"),
    "DEBUG": ((), "0"),
    "DEV_MODE": ((), "0"),
    "TESTING": ((), "0"),
    "PYTHONINSPECT": ((), ""),
}


def check(pair: Pair) -> Iterator[Hit]:
    web = pair.installed_anywhere(*WEB)
    for name, (packages, default) in READERS.items():
        change = pair.change(f"env.{name}")
        readers = pair.installed_anywhere(*packages)
        if change is None or not acts(change, default) or (packages and not readers):
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: with debugging on, the program shows its "
            "inside to its users, handles errors otherwise and is slower.",
            changes=(change,),
            facts=first(readers or web, 2),
            confidence=0.6 if readers else 0.45 if web or name == "PYTHONINSPECT" else 0.3,
        )
