"""The `envaudit` command and `python -m auditor`."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:2] == ["exec"]:
        # The command that follows must not wait for what only people need.
        from .agent.main import main as agent

        sys.exit(agent(sys.argv[1:]))
    try:
        from .cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the modules were imported
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
