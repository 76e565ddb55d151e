"""A variable that holds a credential by its name is set on one side only.

What it means
    Programs take passwords, tokens, keys and the addresses of databases from the environment. A
    variable whose name announces such a thing is set on one side and missing on the other. Its
    value is not known here, only that it is there.

Why it matters
    Where it is missing, the program stops with a KeyError or a message about its configuration,
    is refused (401, 403, authentication failed), or goes on without what the credential opens:
    anonymous access, a local database, a feature switched off.

How to confirm
    `python -c 'import os; print(sorted(os.environ))'` in both containers (names only), and how
    the missing one is read in the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA612",
    name="credential-missing",
    effects=(
        "crash",
        "behaviour",
        "security",
    ),
    severity="medium",
    reads=("env.*",),
    remedy=Remedy(
        runtime="docker run --env-file secrets.env ... on both sides (Kubernetes: envFrom: "
        "[{secretRef: {name: app-secrets}}]); never in the Dockerfile",
    ),
    sources=(
        "https://github.com/OWASP/CheatSheetSeries/blob/master/cheatsheets/Secrets_Management_Cheat_Sheet.md",
        "https://github.com/django/django/blob/main/docs/howto/deployment/checklist.txt",
    ),
)


ENDS = (
    *("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "SECRET_KEY", "TOKEN", "API_KEY", "APIKEY"),
    *("ACCESS_KEY", "ACCESS_KEY_ID", "PRIVATE_KEY", "CREDENTIALS", "DATABASE_URL", "DB_URL"),
    *("REDIS_URL", "BROKER_URL", "MONGO_URL", "MONGODB_URI", "CONNECTION_STRING"),
    *("CLIENT_SECRET", "AUTH_TOKEN", "_DSN", "SIGNING_KEY", "ENCRYPTION_KEY"),
)
# Of monitoring, orchestrators and builds: programs run without them.
OTHERS = (
    *("DD_", "OTEL_", "NEW_RELIC_", "SENTRY_", "KUBERNETES_", "POD_", "GITHUB_", "GITLAB_"),
    *("CI_", "ACTIONS_", "BUILD_", "GIT_", "PIP_", "UV_", "POETRY_", "NPM_", "ECS_"),
)
MOST = 5


def check(pair: Pair) -> Iterator[Hit]:
    for side in ("A", "B"):
        found = [
            change
            for change in pair.changes("env.*")
            if (change.after if side == "A" else change.before) is None
            and change.key.upper().endswith(ENDS)
            and not change.key.upper().startswith(OTHERS)
        ]
        if not found:
            continue
        names = ", ".join(change.key for change in found[:MOST])
        more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
        yield Hit(
            message=f"{names}{more} {'is' if len(found) == 1 else 'are'} set in {side} only: "
            "by the name a credential or an address with one, without which the program stops, "
            "is refused, or goes on with less.",
            changes=tuple(found[:MOST]),
            confidence=0.3,
        )
