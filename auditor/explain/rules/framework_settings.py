"""A web framework is told another configuration or mode.

What it means
    DJANGO_SETTINGS_MODULE names Django's settings; FLASK_APP, FLASK_ENV and FLASK_DEBUG choose
    Flask's application and mode; DEBUG and its like switch a program's own. The sides differ.

Why it matters
    Another settings module is another database, other middleware, other caches and other
    formats; debug mode shows errors instead of handling them, reloads code and is slow.

How to confirm
    Start B with A's value: `docker run -e DJANGO_SETTINGS_MODULE=app.settings.production ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

# Variables, and the distributions that read them; none: the program itself does.
READERS = (
    (("DJANGO_SETTINGS_MODULE", "DJANGO_DEBUG"), ("django",), 0.8),
    (("FLASK_APP", "FLASK_ENV", "FLASK_DEBUG"), ("flask",), 0.7),
    (("DEBUG", "TESTING", "PRODUCTION", "DEV_MODE"), (), 0.5),
)

RULE = Rule(
    id="EA235",
    name="framework-settings",
    effects=("behaviour", "crash", "security"),
    severity="high",
    reads=(
        *(f"env.{name}" for names, _, _ in READERS for name in names),
        "python.packages.django",
        "python.packages.flask",
    ),
    remedy=variable_remedy("DJANGO_SETTINGS_MODULE", "app.settings.production"),
    sources=("https://github.com/pallets/flask/blob/main/docs/config.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for names, distributions, confidence in READERS:
        changes = settings(pair, *names)
        users = pair.installed_anywhere(*distributions)
        if changes and (users or not distributions):
            yield Hit(
                message=f"{told(changes)}: the application runs with another configuration or in "
                "another mode.",
                changes=changes,
                facts=first(users),
                confidence=confidence,
            )
