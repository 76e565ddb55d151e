"""`python -m auditor.agent`, and the single-file agent.

The version gate stands before everything that an older Python could not even parse, so this
file keeps to what Python 2.7 and 3.0 read.
"""

import sys


def main():  # type: () -> int
    if sys.version_info < (3, 8):
        sys.stderr.write(
            "envaudit: needs Python 3.8 or newer, this is %d.%d\n" % sys.version_info[:2]
        )
        if sys.argv[1:2] == ["exec"] and "--" in sys.argv[:-1]:
            import os  # whatever becomes of the snapshot, the command runs

            sys.stderr.flush()
            command = sys.argv[sys.argv.index("--") + 1 :]
            try:
                os.execvp(command[0], command)  # noqa: S606 - the user's own command
            except OSError:
                sys.stderr.write("envaudit: %s cannot be started\n" % command[0])
                return 127
        return 2
    from .main import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
