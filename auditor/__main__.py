"""The `envaudit` command and `python -m auditor`."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from .shortcut import agent_is_enough

        if agent_is_enough(sys.argv[1:]):
            from .agent.main import main as run
        else:
            from .cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the modules were imported
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
